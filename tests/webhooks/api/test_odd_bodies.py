"""No body, however odd, is our fault: it is taken, or refused as a problem."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhooks.api.conftest import ANN, BEN, SCREENING, Api
from webhooks.api import OPERATIONS
from webhooks.api.operations import Operation

WORDS = st.sampled_from(
    ["title", "stages", "name", "type", "campaign", "candidate", "phone", "job", "stage", "applications", "fields",
     "consents", "text", "send", "form", "+14155550101", "callboard", "modules", "welcome", "opted_out", "state", "closed"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)
WRITING = [operation for operation in OPERATIONS if operation.body is not None]


ODD = ["\x00", "\ud800", "", " ", "x" * 5000, 1e308, 10**18, -(10**18), 2**63, "0001-01-01T00:00:00Z",
       "9999-12-31T23:59:59-14:00", "{{", "{% x %}", "+", "+0", "P999999999D", [], {}, [[]], {"": ""}]  # fmt: skip
PATIENT = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))


HOOK = {"url": "https://93.184.215.14/hook", "events": ["answer.given", "candidate.opted_out"]}


def send(api: Api, operation: Operation, path: str, body: Any) -> None:
    response = api.call(operation.method, path, body)
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.mimetype == "application/problem+json"


def world(api: Api) -> dict[str, Any]:
    """Return an id of each kind, by the first part of the addresses that name it."""
    job = api.job()
    made = api.apply(job)
    hook = api.post("/webhook_endpoints", HOOK)
    return {
        "webhook_endpoints": hook["id"],
        "webhook_deliveries": api.post(f"/webhook_endpoints/{hook['id']}/ping", None, 202)["id"],
        "jobs": job["id"],
        "stages": job["stages"][1]["id"],
        "applications": made["id"],
        "candidates": made["candidate"],
        "enrolments": made["enrolment"],
        "messages": api.get(f"/candidates/{made['candidate']}/messages")["items"][0]["id"],
    }


def address(operation: Operation, ids: dict[str, Any]) -> str:
    return operation.path.replace("{id}", ids.get(operation.path.split("/")[1], "x"))


def a_good_body(operation: Operation, ids: dict[str, Any]) -> Any:
    """Return a body that is taken, with all that it can hold."""
    consent = {"channel": "sms", "source": "form", "at": "2026-01-05T10:00:00Z"}
    person = {"first_name": "Ann", "last_name": "Silva", "email": "ann@example.org", "city": "Lisbon", "language": "pt",
              "time_zone": "Europe/Lisbon", "channel": "sms", "consents": [consent], "fields": {"size": "M"}}  # fmt: skip
    job = {"title": "Cook", "reference": "R", "language": "en", "time_zone": "UTC", "default_country": "US",
           "channels": ["sms", "whatsapp"]}  # fmt: skip
    move = {"stage": ids["stages"], "send": True}
    bodies: dict[str, Any] = {
        "createJob": {**job, "stages": [{"name": "s", "type": "form", "publish": True, "campaign": SCREENING}]},
        "changeJob": {**job, "state": "open"},
        "cloneJob": {"title": "Copy"},
        "storeCampaign": SCREENING,
        "createApplication": {"job": ids["jobs"], "stage": ids["stages"], "send": True, "external_id": "e",
                              "candidate": {**person, "phone": BEN}},
        "moveApplication": {**move, "external_id": "m"},
        "moveMany": {**move, "applications": [ids["applications"], "x"]},
        "previewMoves": {**move, "applications": [ids["applications"], "x"]},
        "changeCandidate": {**person, "opted_out": False},
        "holdConversation": {"person": "Maria"},
        "settleMessage": {"outcome": "sent"},
        "createWebhookEndpoint": HOOK,
        "changeWebhookEndpoint": {**HOOK, "state": "active"},
        "replayMissedWebhooks": {"since": "2026-03-01T09:00:00Z"},
        "writeMessage": {"text": f"Hello {ANN}", "channel": "sms"},
    }  # fmt: skip
    return bodies.get(operation.name, {})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the way to each value inside a body."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def with_another(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of *body* with another value at *path*."""
    made = copy.deepcopy(body)
    inner = made
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return made


@pytest.mark.parametrize("operation", WRITING, ids=lambda operation: operation.name)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_body_whatever_is_our_fault(api: Api, operation: Operation) -> None:
    ids = world(api)
    real = st.sampled_from([*ids.values()])
    bodies = st.dictionaries(WORDS, VALUES | real | st.lists(real, max_size=2), max_size=6) | VALUES

    @PATIENT
    @given(bodies)
    def try_one(body: object) -> None:
        send(api, operation, address(operation, ids), body)

    try_one()


@pytest.mark.parametrize("operation", WRITING, ids=lambda operation: operation.name)
def test_a_good_body_with_one_odd_value_is_not_our_fault(api: Api, operation: Operation) -> None:
    ids = world(api)
    good = a_good_body(operation, ids)
    everywhere = list(places(good))
    if not everywhere:
        return

    @PATIENT
    @given(st.sampled_from(everywhere), st.sampled_from(ODD) | VALUES)
    def try_one(path: tuple[Any, ...], value: Any) -> None:
        send(api, operation, address(operation, ids), with_another(good, path, value))

    try_one()
