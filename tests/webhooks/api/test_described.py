"""Every operation, driven with bodies made from its own description: each answer is one that is described."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhooks.api.conftest import SCREENING, Api
from tests.webhooks.api.schemas import Document
from tests.webhooks.api.test_odd_bodies import HOOK
from webhooks.api import OPERATIONS, PREFIX
from webhooks.api.operations import Operation

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PATIENT = settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
UNDESCRIBED = {500, 503}
PATH_IDS = st.sampled_from(["x", "0" * 32, "é", "%00", "..", "' OR 1=1", "😀"])


def known(api: Api) -> dict[str, list[Any]]:
    """Return ids of everything, by the name of the field that takes them."""
    job = api.job()
    made = api.apply(job)
    api.says("hello")
    stages = [stage["id"] for stage in job["stages"]]
    said = api.get(f"/candidates/{made['candidate']}/messages")["items"]
    hook = api.post("/webhook_endpoints", HOOK)
    pinged = api.post(f"/webhook_endpoints/{hook['id']}/ping", None, 202)
    moves = api.post("/moves", {"applications": [made["id"]], "stage": stages[0]}, 202)
    return {"job": [job["id"]], "stage": stages, "candidate_id": [made["candidate"]], "application": [made["id"]],
            "webhook_endpoint": [hook["id"]], "webhook_delivery": [pinged["id"]], "url": [HOOK["url"], "https://10.0.0.1/"],
            "enrolment": [made["enrolment"]], "moves": [moves["id"]], "campaign": [SCREENING, None],
            "message": [message["id"] for message in said],
            "applications": [[made["id"]], [made["id"], "x"]]}  # fmt: skip


def in_path(operation: Operation, ids: dict[str, list[Any]]) -> list[Any]:
    if "{id}" not in operation.path:
        return [""]
    kind = operation.path.split("/")[1]
    return ids[
        {"candidates": "candidate_id", "webhook_deliveries": "webhook_delivery"}.get(
            kind, kind if kind == "moves" else kind.removesuffix("s")
        )
    ]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@ONLY_SQLITE
def test_every_answer_is_one_that_is_described(api: Api, operation: Operation) -> None:
    ids = known(api)
    document = Document(api.client.get(f"{PREFIX}/openapi.json").json, ids)
    described = document.document["paths"][PREFIX + operation.path][operation.method.lower()]
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    queries = {
        p["name"]: document.bodies(p["schema"], p["name"]) for p in described["parameters"] if p["in"] == "query"
    }
    seen: set[int] = set()

    @PATIENT
    @given(
        st.one_of(st.sampled_from(in_path(operation, ids)), st.sampled_from(in_path(operation, ids)), PATH_IDS),
        document.bodies(body) if body else st.none(),
        st.fixed_dictionaries({}, optional=queries),
    )
    def try_one(path_id: str, made: Any, query: dict[str, Any]) -> None:
        path = operation.path.replace("{id}", quote(path_id, safe=""))
        words = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items() if value is not None)
        answer = api.call(operation.method, f"{path}?{words}" if words else path, made)
        seen.add(answer.status_code)
        assert str(answer.status_code) in described["responses"], (answer.status_code, answer.text)
        assert answer.status_code not in UNDESCRIBED
        response = document.document["components"]["responses"]["Problem"]
        if answer.status_code < 400:
            response = described["responses"][str(answer.status_code)]
        assert answer.mimetype in response["content"]
        document.validate(response["content"][answer.mimetype]["schema"], answer.json)

    try_one()
    assert seen
