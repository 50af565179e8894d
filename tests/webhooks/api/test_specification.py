"""The promises that other systems build on, sentence by sentence, with a live application."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.models import Message
from bot.work import unit_of_work
from tests.webhooks.api.conftest import ANN, BEN, SCREENING, Api, api_of, fields_of
from tests.webhooks.api.test_odd_bodies import a_good_body, address, world
from webhooks.api import OPERATIONS

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTS = [operation for operation in OPERATIONS if operation.method == "POST"]
STATUSES = {"sending", "queued", "delivered", "in_progress", "completed", "failed", "expired", "cancelled"}

pytestmark = ONLY_SQLITE


def moments(document: Any) -> list[str]:
    """Return the values of all fields that are times."""
    if isinstance(document, list):
        return [moment for each in document for moment in moments(each)]
    if not isinstance(document, dict):
        return []
    own = [value for name, value in document.items() if (name == "at" or name.endswith("_at")) and value is not None]
    return own + [moment for each in document.values() for moment in moments(each)]


def everything(api: Api) -> dict[str, Any]:
    """Let a campaign be answered and return all that the API shows of it."""
    job = api.job()
    made = api.apply(job)
    for text in ("go", "yes", "Lisbon"):
        api.runtime.clock.move(timedelta(seconds=7, microseconds=123_456))  # type: ignore[attr-defined]
        api.says(text)
    candidate, enrolment = made["candidate"], made["enrolment"]
    paths = ["/jobs", f"/jobs/{job['id']}", f"/applications/{made['id']}", "/applications", "/enrolments",
             f"/enrolments/{enrolment}", f"/enrolments/{enrolment}/answers", f"/candidates/{candidate}", "/candidates",
             f"/candidates/{candidate}/messages"]  # fmt: skip
    return {re.sub(r"/[0-9a-f]{20,}", "/{id}", path): api.get(path) for path in paths}


def test_times_are_rfc_3339_in_utc(api: Api) -> None:
    found = moments(list(everything(api).values()))
    assert len(found) > 20
    for moment in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment), moment
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(0)


def test_the_shapes_are_as_they_were_promised(api: Api) -> None:
    shown = everything(api)
    enrolment = shown["/enrolments/{id}"]
    assert enrolment.keys() >= {
        "id", "application", "candidate", "stage", "version", "status", "reason", "provider_code", "explanation",
        "waits_for", "position", "created_at", "sent_at", "delivered_at", "started_at", "expires_at", "ended_at", "history",
    }  # fmt: skip
    assert enrolment["position"].keys() == {"module", "question"}
    assert enrolment["status"] == "completed"
    assert {each["status"] for each in enrolment["history"]} <= STATUSES
    assert all(each.keys() == {"status", "at", "cause", "message"} for each in enrolment["history"])
    answers = shown["/enrolments/{id}/answers"]["items"]
    assert [(each["question"], each["value"]) for each in answers] == [("licence", True), ("city", "Lisbon")]
    assert all(e.keys() == {"question", "type", "raw", "value", "answered_at", "version"} for e in answers)
    messages = shown["/candidates/{id}/messages"]["items"]
    assert all(
        each.keys() >= {"id", "direction", "channel", "text", "media", "template", "status", "error_code", "explanation",
                        "enrolment", "retry_of", "fallback_of", "created_at", "sent_at", "delivered_at", "read_at"}
        for each in messages
    )  # fmt: skip
    assert [each["created_at"] for each in messages] == sorted(each["created_at"] for each in messages)
    assert {each["direction"] for each in messages} == {"incoming", "outgoing"}
    job = shown["/jobs/{id}"]
    assert [stage["campaign"] is None for stage in job["stages"]] == [True, False, False]
    assert all(stage.keys() >= {"id", "name", "type", "campaign"} for stage in job["stages"])
    assert job["stages"][1]["campaign"].keys() >= {"draft", "version", "ready", "findings"}
    assert job["state"] == "open"


@pytest.mark.parametrize("path", ["/jobs", "/applications", "/candidates", "/enrolments"])
def test_lists_are_paged_newest_first_without_gaps_or_repeats(api: Api, path: str) -> None:
    job = api.job()
    for number in range(5):
        api.apply(job, phone=f"+1415555010{number}")
        api.job(title=f"Job {number}")
    whole = api.get(path)
    assert whole.keys() == {"items", "next"}
    assert whole["next"] is None
    ids = [item["id"] for item in whole["items"]]
    assert ids == sorted(ids, reverse=True)
    seen: list[str] = []
    cursor = ""
    for _ in range(20):
        page = api.get(f"{path}?limit=2{cursor}")
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        assert len(page["items"]) == 2
        cursor = f"&cursor={page['next']}"
    assert seen == ids


def test_what_is_added_meanwhile_moves_no_page(api: Api) -> None:
    for number in range(4):
        api.job(title=f"Job {number}")
    first = api.get("/jobs?limit=2")
    api.job(title="Later")
    second = api.get(f"/jobs?limit=2&cursor={first['next']}")
    assert [job["title"] for job in (*first["items"], *second["items"])] == ["Job 3", "Job 2", "Job 1", "Job 0"]


@pytest.mark.parametrize("operation", POSTS, ids=lambda operation: operation.name)
def test_every_post_repeated_with_its_key_has_its_effect_once(api: Api, operation: Any) -> None:
    ids = world(api)
    if operation.name == "releaseEnrolment":
        other = api.job(title="Second")
        ids["enrolments"] = api.apply(other)["enrolment"]
    if operation.name == "settleMessage":
        with unit_of_work(api.runtime) as work:
            lost = {"status": "unconfirmed", "claimed_at": work.now}
            work.connection.execute(update(Message).where(Message.public_id == ids["messages"]).values(**lost))
    body, path = a_good_body(operation, ids), address(operation, ids)
    first = api.call("POST", path, body, Idempotency_Key="k")
    assert first.status_code < 300, first.text
    again = api.call("POST", path, body, Idempotency_Key="k")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    other_key = api_of(api.runtime).call("POST", path, body, Idempotency_Key="k")
    assert "Idempotent-Replayed" not in other_key.headers
    changed = api.call(
        "POST", path, {**body, "text": "another", "title": "another", "person": "another"}, Idempotency_Key="k"
    )
    assert changed.status_code == 422


ONE_SCOPE = [operation for operation in OPERATIONS if len(operation.scopes) == 1]


@pytest.mark.parametrize("operation", ONE_SCOPE, ids=lambda operation: operation.name)
def test_scopes_divide_reading_from_writing(api: Api, operation: Any) -> None:
    ids = world(api)
    path, body = address(operation, ids), a_good_body(operation, ids) if operation.body else None
    (needed,) = operation.scopes
    assert needed in ("admin", "read" if operation.method == "GET" else "write")
    other = "write" if needed == "read" else "read"
    refused = api_of(api.runtime, other).call(operation.method, path, body)
    assert refused.status_code == 403
    assert needed in refused.json["detail"]
    assert api_of(api.runtime, needed).call(operation.method, path, body).status_code != 403
    assert api.client.open(f"/api/v1{path}", method=operation.method, json=body).status_code == 401


def test_errors_are_problems_with_all_their_members(api: Api) -> None:
    job = api.job()
    for answer in (
        api.call("GET", "/jobs/x"), api.call("POST", "/jobs", {}), api.call("GET", "/nothing"), api.call("DELETE", "/jobs"),
        api.call("POST", "/jobs", [1]), api.call("GET", "/jobs", Authorization=""),
        api.call("GET", "/jobs?cursor=x"), api.call("PATCH", f"/jobs/{job['id']}", {"state": "lost"}),
    ):  # fmt: skip
        assert answer.mimetype == "application/problem+json"
        assert answer.json.keys() >= {"type", "title", "status", "detail", "errors"}
        assert answer.json["status"] == answer.status_code
        assert all(error.keys() == {"field", "message"} for error in answer.json["errors"])
    assert fields_of(api.call("GET", "/jobs?cursor=x").json) == ["cursor"]


def test_a_campaign_with_errors_stores_nothing_of_the_job(api: Api) -> None:
    wrong = {**SCREENING, "modules": [SCREENING["modules"][0], {"key": "x", "type": "questions", "questions": []}]}
    stages = [{"name": "a", "type": "form", "campaign": wrong}]
    refused = api.post("/jobs", {"title": "Cook", "stages": stages}, 422)
    assert any(field.startswith("stages[0].campaign.modules[1]") for field in fields_of(refused))
    assert api.get("/jobs")["items"] == []
    kept = api.post("/jobs", {"title": "Cook", "stages": [{**stages[0], "publish": False}]})
    assert (kept["stages"][0]["campaign"]["version"], kept["stages"][0]["campaign"]["ready"]) == (None, False)


def test_a_draft_is_stored_with_its_findings_and_published_only_without_errors(api: Api) -> None:
    stage = api.job()["stages"][1]["id"]
    wrong = api.call("PUT", f"/stages/{stage}/campaign", {"callboard": 1, "modules": 5})
    assert wrong.status_code == 200
    assert not wrong.json["ready"]
    assert wrong.json["findings"]
    assert api.post(f"/stages/{stage}/campaign/publish", None, 422)["errors"]
    assert api.call("PUT", f"/stages/{stage}/campaign", [1]).status_code == 422
    assert api.call("PUT", f"/stages/{stage}/campaign", SCREENING).json["ready"]
    assert api.post(f"/stages/{stage}/campaign/publish")["version"] == 2


def test_applications_are_made_once(api: Api) -> None:
    job = api.job()
    made = api.apply(job, external_id="e1")
    assert made.keys() == {"id", "candidate", "job", "stage", "enrolment"}
    assert api.apply(job, external_id="e1", status=200) == made
    refused = api.apply(job, phone="(415) 555-0101", status=409)
    assert refused["application"] == made["id"]
    unsent = api.apply(job, stage=0, phone=BEN)
    assert unsent["enrolment"] is None


def test_a_stage_whose_campaign_is_not_published_takes_nobody_except_without_sending(api: Api) -> None:
    job = api.post("/jobs", {"title": "C", "default_country": "US", "stages": [{"name": "f", "type": "form"}]})
    assert fields_of(api.apply(job, stage=0, status=422)) == ["stage"]
    assert api.apply(job, stage=0, send=False)["enrolment"] is None


def test_somebody_who_opted_out_gets_an_application_whose_enrolment_failed_and_says_why(api: Api) -> None:
    api.apply(api.job())
    api.says("STOP")
    made = api.apply(api.job(title="Cook"))
    enrolment = api.get(f"/enrolments/{made['enrolment']}")
    assert enrolment["status"] == "failed"
    assert "asked us to stop" in enrolment["explanation"]


def test_moves_are_made_once_and_withdrawals_cancel(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    path = f"/applications/{made['id']}/moves"
    wish = {"stage": job["stages"][2]["id"], "external_id": "m1"}
    moved = api.post(path, wish)
    assert moved.keys() == {"application", "enrolment"}
    assert api.post(path, wish, 200) == moved
    old = api.get(f"/enrolments/{made['enrolment']}")
    assert (old["status"], old["reason"]) == ("cancelled", "superseded")
    other = api.apply(job, phone=BEN)
    assert api.post(f"/applications/{other['id']}/withdraw", None, 200)["state"] == "withdrawn"
    assert api.get(f"/enrolments/{other['enrolment']}")["reason"] == "withdrawn"


def test_many_are_moved_in_the_background_and_can_be_looked_at_before(api: Api) -> None:
    job = api.job()
    made = [api.apply(job, phone=phone)["id"] for phone in (ANN, BEN)]
    wish = {"applications": [*made, "x"], "stage": job["stages"][2]["id"]}
    preview = api.post("/moves/preview", wish, 200)
    assert [item["application"] for item in preview["items"]] == wish["applications"]
    assert api.get(f"/applications/{made[0]}")["stage"] == job["stages"][1]["id"]
    accepted = api.post("/moves", wish, 202)
    assert accepted.keys() == {"id"}
    assert [result["application"] for result in api.get(f"/moves/{accepted['id']}")["results"]] == wish["applications"]


def test_enrolments_are_found_by_what_they_belong_to(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    api.apply(api.job(title="Cook"), phone=BEN)
    status = api.get(f"/enrolments/{made['enrolment']}")["status"]
    for query in (f"application={made['id']}", f"candidate={made['candidate']}", f"job={job['id']}"):
        assert [e["id"] for e in api.get(f"/enrolments?{query}&status={status}")["items"]] == [made["enrolment"]]
    assert fields_of(api.call("GET", "/enrolments?status=lost").json) == ["status"]
