"""`/webhook_endpoints`: made with a secret that is seen once, changed, tested, replayed, for administrators alone."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.models import AuditEntry, IdempotencyKey, WebhookEndpoint
from bot.outgoing.delivering import deliver
from bot.outgoing.posting import Poster
from bot.outgoing.signing import sign
from bot.runtime import Runtime
from bot.settings.values import EVERY_NETWORK
from bot.work import reading
from tests.bot.outgoing.receiver import Receiver, receiving
from tests.conftest import Build, make_ready
from tests.webhooks.api.conftest import Api, api_of, fields_of
from tests.webhooks.desk import on_sqlite

EVENTS = ["application.created", "enrolment.status_changed"]
HOOK = {"url": "https://93.184.215.14/hook", "events": EVENTS}


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def open_api(build_runtime: Build) -> Api:
    """An installation whose operator allows endpoints on loopback."""
    runtime = build_runtime(CALLBOARD_WEBHOOKS_ALLOW_PRIVATE="127.0.0.0/8")
    make_ready(runtime)
    return api_of(runtime)


def settle(runtime: Runtime) -> None:
    deliver(runtime, Poster(EVERY_NETWORK, seconds=3), patience=None)


def test_who_is_told_sees_signed_events_with_the_ids_of_the_api(open_api: Api, receiver: Receiver) -> None:
    made = open_api.post("/webhook_endpoints", {"url": receiver.url, "events": EVENTS})
    applied = open_api.apply(open_api.job(), external_id="ats-1")
    settle(open_api.runtime)
    told = [json.loads(request.body) for request in receiver.requests]
    created = next(each["data"] for each in told if each["type"] == "application.created")
    assert (created["application"], created["candidate"]) == (applied["id"], applied["candidate"])
    assert created["external_id"] == "ats-1"
    changed = [each["data"] for each in told if each["type"] == "enrolment.status_changed"]
    assert "sending" in {each["status"] for each in changed}  # several are told at once, in any order
    assert {each["enrolment"] for each in changed} == {applied["enrolment"]}
    for request in receiver.requests:
        headers = request.headers
        at = int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == sign(made["secret"], headers["webhook-id"], at, request.body)
    log = open_api.get(f"/webhook_endpoints/{made['id']}/deliveries")["items"]
    assert {each["event"] for each in log} == {request.headers["webhook-id"] for request in receiver.requests}
    assert {(each["status"], each["code"], each["attempts"]) for each in log} == {("delivered", 200, 1)}


def test_a_secret_is_shown_once_and_kept_nowhere_to_be_read(api: Api) -> None:
    made = api.post("/webhook_endpoints", HOOK, Idempotency_Key="k1")
    assert made["secret"].startswith("whsec_")
    again = api.call("POST", "/webhook_endpoints", HOOK, Idempotency_Key="k1")
    assert (again.status_code, again.json) == (201, made), "who asks twice has lost the first answer"
    rotated = api.post(f"/webhook_endpoints/{made['id']}/rotate", None, 200, Idempotency_Key="k2")
    assert rotated["secret"] != made["secret"]
    assert rotated["former_secret_until"] == "2026-03-03T09:00:00Z"
    for path in ("/webhook_endpoints", f"/webhook_endpoints/{made['id']}"):
        assert "secret" not in json.dumps(api.get(path)).replace("former_secret_until", "")
    with reading(api.runtime) as work:
        tables = (WebhookEndpoint, IdempotencyKey, AuditEntry)
        kept = "".join(str(work.connection.execute(select(table)).all()) for table in tables)
    assert made["secret"] not in kept
    assert rotated["secret"] not in kept


@on_sqlite
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**HOOK, "url": "https://127.0.0.1/"}, "url"),
        ({**HOOK, "url": "https://localhost/"}, "url"),
        ({**HOOK, "url": "http://93.184.215.14/"}, "url"),
        ({**HOOK, "url": "https://93.184.215.14:8443/"}, "url"),
        ({**HOOK, "url": "https://a:b@93.184.215.14/"}, "url"),
        ({**HOOK, "url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({**HOOK, "url": ""}, "url"),
        ({**HOOK, "events": []}, "events"),
        ({**HOOK, "events": ["booking.changed"]}, "events[0]"),
        ({**HOOK, "secret": "whsec_mine"}, "secret"),
        ({"url": HOOK["url"]}, "events"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused_with_its_field(api: Api, body: Any, field: str) -> None:
    assert fields_of(api.post("/webhook_endpoints", body, 422)) == [field]
    made = api.post("/webhook_endpoints", HOOK)
    if len(body) == 2 and field != "secret":
        assert fields_of(api.patch(f"/webhook_endpoints/{made['id']}", body, 422)) == [field]
    assert len(api.get("/webhook_endpoints")["items"]) == 1


def test_an_endpoint_is_changed_switched_off_and_on_and_taken_away(api: Api) -> None:
    made = api.post("/webhook_endpoints", HOOK)
    path = f"/webhook_endpoints/{made['id']}"
    changed = api.patch(path, {"url": "https://93.184.215.14/other", "events": ["answer.given", "answer.given"]})
    assert (changed["url"], changed["events"]) == ("https://93.184.215.14/other", ["answer.given"])
    off = api.patch(path, {"state": "disabled"})
    assert (off["state"], off["state_reason"]) == ("disabled", "disabled over the API")
    refused = api.post(f"{path}/replay", {"since": "2026-03-01T00:00:00Z"}, 409)
    assert "enable it first" in refused["detail"]
    on = api.patch(path, {"state": "active"})
    assert (on["state"], on["state_reason"]) == ("active", None)
    assert api.call("DELETE", path).json["state"] == "deleted"
    assert api.call("GET", path).status_code == 404
    assert api.get("/webhook_endpoints")["items"] == []
    with reading(api.runtime) as work:
        found = work.connection.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars().all()
    assert [action.partition(".")[2] for action in found if action.startswith("webhook_endpoint")] == [
        "created", "changed", "disabled", "enabled", "deleted",
    ]  # fmt: skip


def test_a_ping_and_what_failed_are_seen_in_the_log_and_can_be_told_again(open_api: Api, receiver: Receiver) -> None:
    made = open_api.post("/webhook_endpoints", {"url": receiver.url, "events": EVENTS})
    path = f"/webhook_endpoints/{made['id']}"
    pinged = open_api.post(f"{path}/ping", None, 202)
    assert (pinged["type"], pinged["status"]) == ("ping", "pending")
    receiver.answers_with(500)
    settle(open_api.runtime)
    (shown,) = open_api.get(f"{path}/deliveries?status=failed")["items"]
    assert (shown["code"], shown["response"], shown["next_attempt_at"]) == (500, "ok", None)
    assert shown["error"] == "it answered 500, which is no success"
    again = open_api.post(f"/webhook_deliveries/{shown['id']}/replay", None, 202)
    assert (again["event"], again["status"], again["attempts"]) == (pinged["event"], "pending", 0)
    settle(open_api.runtime)
    assert [request.headers["webhook-id"] for request in receiver.requests] == [pinged["event"]] * 2
    assert open_api.post(f"{path}/replay", {"since": "2026-03-01T00:00:00Z"}, 202) == {"count": 0}
    assert open_api.get(f"{path}/deliveries?status=delivered")["items"][0]["id"] == shown["id"]


@on_sqlite
def test_only_a_key_that_may_do_everything_sees_any_of_it(api: Api) -> None:
    made = api.post("/webhook_endpoints", HOOK)
    for scopes in (("read",), ("write",), ("read", "write")):
        other = api_of(api.runtime, *scopes)
        assert other.call("GET", "/webhook_endpoints").status_code == 403
        assert other.call("DELETE", f"/webhook_endpoints/{made['id']}").status_code == 403
    assert api_of(api.runtime, "admin").call("GET", "/webhook_endpoints").status_code == 200


@on_sqlite
def test_there_is_an_end_to_the_number_of_endpoints(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outgoing.endpoints.MOST_ENDPOINTS", 1)
    api.post("/webhook_endpoints", HOOK)
    assert "already" in api.post("/webhook_endpoints", HOOK, 409)["detail"]
