"""What holds for every request: keys, bodies, repeats, and the form of errors."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.intake.repeats import KEPT
from bot.models import ApiKey, IdempotencyKey, Job
from bot.runtime import Runtime
from bot.sweeps import forget_answers
from bot.work import reading, unit_of_work
from tests.webhooks.api.conftest import ANN, Api, api_of, fields_of

FORM: dict[str, Any] = {"title": "Cook", "stages": [{"name": "x", "type": "form"}]}


def jobs(api: Api) -> int:
    with reading(api.runtime) as work:
        return work.connection.execute(select(func.count()).select_from(Job)).scalar_one()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "bearer \xe9"])
def test_without_a_key_that_stands_nothing_is_answered(api: Api, header: str) -> None:
    refused = api.call("GET", "/jobs", Authorization=header)
    assert (refused.status_code, refused.mimetype) == (401, "application/problem+json")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_that_may_only_read_writes_nothing(api: Api) -> None:
    reader = api_of(api.runtime, "read")
    assert reader.get("/jobs")["items"] == []
    refused = reader.post("/jobs", FORM, 403)
    assert "write" in refused["detail"]
    assert jobs(api) == 0


def test_a_key_that_may_only_write_reads_nothing_and_an_admin_may_do_both(api: Api) -> None:
    assert api_of(api.runtime, "write").call("GET", "/jobs").status_code == 403
    admin = api_of(api.runtime, "admin")
    admin.post("/jobs", FORM)
    assert len(admin.get("/jobs")["items"]) == 1


@pytest.mark.parametrize("scope", ["read", "write"])
def test_the_use_of_a_key_is_noted_even_where_it_may_not_do_what_it_tries(runtime: Runtime, scope: str) -> None:
    api_of(runtime, scope).call("GET", "/jobs")
    with reading(runtime) as work:
        assert work.connection.execute(select(ApiKey.last_used_at)).scalar_one() == runtime.clock.now()


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"NaN", b'{"a": 1, "a": 2}', b"[" * 100_000, b"9" * 5000])
def test_a_body_that_is_no_json_cannot_be_read(api: Api, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.key}"}
    refused = api.client.post("/api/v1/jobs", data=raw, content_type="application/json", headers=headers)
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("raw", [b"[]", b"5", b"null", b'"text"', b"true"])
def test_a_body_that_is_no_object_is_refused(api: Api, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.key}"}
    refused = api.client.post("/api/v1/jobs", data=raw, content_type="application/json", headers=headers)
    assert refused.status_code == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_type_of_body_is_not_taken(api: Api, kind: str) -> None:
    headers = {"Authorization": f"Bearer {api.key}"}
    refused = api.client.post("/api/v1/jobs", data=b"{}", content_type=kind, headers=headers)
    assert (refused.status_code, refused.json["status"]) == (415, 415)


def test_what_a_database_cannot_hold_is_named_by_its_place(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.key}"}
    raw = b'{"title": "\\u0000", "stages": [{"name": "\\ud800", "type": 1e999}], "big": 10000000000000000000000}'
    refused = api.client.post("/api/v1/jobs", data=raw, content_type="application/json", headers=headers)
    assert refused.status_code == 422
    assert set(fields_of(refused.json)) == {"title", "stages[0].name", "stages[0].type", "big"}


def test_a_body_that_is_too_large_is_refused_as_a_problem(api: Api) -> None:
    refused = api.call("POST", "/jobs", {"title": "x" * 3_000_000})
    assert (refused.status_code, refused.mimetype) == (413, "application/problem+json")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/jobs", "/api/", "/api/v1/jobs/"])
def test_an_address_that_does_not_exist_is_a_problem_too(api: Api, path: str) -> None:
    refused = api.client.get(path)
    assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")
    assert refused.json["title"] == "Not Found"


def test_a_method_that_an_address_does_not_know_is_a_problem_too(api: Api) -> None:
    refused = api.call("DELETE", "/jobs")
    assert (refused.status_code, refused.mimetype) == (405, "application/problem+json")
    assert "POST" in refused.headers["Allow"]


def test_a_fault_of_ours_says_nothing_of_itself(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("webhooks.api.jobs.create_job", fail)
    refused = api.call("POST", "/jobs", FORM)
    assert (refused.status_code, "secret" in refused.text) == (500, False)


def test_a_repeated_request_has_its_effect_once_and_gets_the_same_answer(api: Api) -> None:
    first = api.call("POST", "/jobs", FORM, Idempotency_Key="k1")
    again = api.call("POST", "/jobs", dict(reversed(FORM.items())), Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert jobs(api) == 1


def test_the_same_key_for_another_request_is_refused(api: Api) -> None:
    job = api.post("/jobs", FORM, Idempotency_Key="k1")
    api.post("/jobs", {**FORM, "title": "Baker"}, 422, Idempotency_Key="k1")
    api.post(f"/jobs/{job['id']}/clone", {}, 422, Idempotency_Key="k1")
    other = api_of(api.runtime)
    other.post("/jobs", {**FORM, "title": "Baker"}, Idempotency_Key="k1")


def test_a_key_of_a_refused_request_can_be_used_again(api: Api) -> None:
    api.post("/jobs", {**FORM, "title": ""}, 422, Idempotency_Key="k1")
    api.post("/jobs", FORM, 201, Idempotency_Key="k1")


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "\xe9"])
def test_a_key_that_cannot_be_kept_is_refused(api: Api, key: str) -> None:
    api.post("/jobs", FORM, 400, Idempotency_Key=key)


def test_requests_at_once_with_one_key_have_one_effect(api: Api) -> None:
    answers: list[int] = []

    def post() -> None:
        caller = Api(api.runtime, api.client.application.test_client(), api.key)
        answers.append(caller.call("POST", "/jobs", FORM, Idempotency_Key="k1").status_code)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs(api) == 1
    assert set(answers) <= {201, 409}
    assert 201 in answers


def test_different_requests_at_once_with_one_key_have_one_effect_between_them(api: Api) -> None:
    answers: list[int] = []

    def post(title: str) -> None:
        caller = Api(api.runtime, api.client.application.test_client(), api.key)
        answers.append(caller.call("POST", "/jobs", {**FORM, "title": title}, Idempotency_Key="k1").status_code)

    threads = [threading.Thread(target=post, args=(title,)) for title in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs(api) == 1
    assert answers.count(201) == 1
    assert set(answers) <= {201, 409, 422}


def test_applications_at_once_for_one_person_make_one(api: Api) -> None:
    job = api.job()
    answers: list[int] = []
    candidate = {"first_name": "Ann", "last_name": "Silva", "phone": ANN}
    body = {"job": job["id"], "stage": job["stages"][1]["id"], "candidate": candidate, "external_id": "e"}

    def post() -> None:
        caller = Api(api.runtime, api.client.application.test_client(), api.key)
        answers.append(caller.call("POST", "/applications", body).status_code)

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 201]


def test_every_post_honours_the_key_previews_included(api: Api) -> None:
    job = api.job()
    made = api.apply(job)
    body = {"applications": [made["id"]], "stage": job["stages"][2]["id"]}
    first = api.call("POST", "/moves/preview", body, Idempotency_Key="p")
    again = api.call("POST", "/moves/preview", body, Idempotency_Key="p")
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    path = f"/applications/{made['id']}/moves"
    moved = api.post(path, {"stage": job["stages"][2]["id"]}, Idempotency_Key="m")
    assert api.post(path, {"stage": job["stages"][2]["id"]}, Idempotency_Key="m") == moved


def test_answers_are_kept_for_two_days(api: Api) -> None:
    api.post("/jobs", FORM, Idempotency_Key="old")
    api.runtime.clock.move(KEPT + timedelta(hours=1))  # type: ignore[attr-defined]
    api.post("/jobs", FORM, Idempotency_Key="new")
    forget_answers(api.runtime)
    with unit_of_work(api.runtime) as work:
        assert list(work.connection.execute(select(IdempotencyKey.key)).scalars()) == ["new"]


def test_the_hint_of_an_unknown_parameter_names_it(api: Api) -> None:
    assert fields_of(api.call("GET", "/enrolments?state=queued").json) == ["state"]
    assert fields_of(api.call("GET", "/jobs?limit=1&limit=2").json) == ["limit"]


def words_of(problem: Any) -> dict[str, str]:
    return {error["field"]: error["message"] for error in problem["errors"]}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({**FORM, "stages": []}, {"stages": "this is empty"}),
        ({**FORM, "title": ""}, {"title": "this is empty"}),
        ({**FORM, "reference": "x" * 201}, {"reference": "this may have at most 200 characters"}),
        (
            {**FORM, "default_country": "USA"},
            {"default_country": "there is no such country: write its two letters, such as PT"},
        ),
        ({**FORM, "state": "closed"}, {"state": "write 'draft', 'open' or 'paused'"}),
        ({**FORM, "stages": FORM["stages"] * 51}, {"stages": "this may have at most 50 entries"}),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_plain_words(api: Api, body: object, told: dict[str, str]) -> None:
    assert words_of(api.post("/jobs", body, 422)) == told


def test_a_misspelt_field_is_told_once_as_the_one_that_was_meant(api: Api) -> None:
    refused = api.post("/jobs", {"titles": "Cook", "stages": [{"names": "x", "type": "form"}], "colour": 1}, 422)
    assert words_of(refused) == {
        "titles": 'there is no such field here: did you mean "title"?',
        "stages[0].names": 'there is no such field here: did you mean "name"?',
        "colour": "there is no such field here",
    }


def test_a_parameter_that_is_not_known_is_called_a_parameter(api: Api) -> None:
    told = {name: words_of(api.call("GET", f"/jobs?{name}=1").json)[name] for name in ("stat", "x")}
    assert told == {
        "stat": 'there is no such parameter here: did you mean "state"?',
        "x": "there is no such parameter here; known are cursor, limit, state",
    }
    assert words_of(api.call("GET", "/jobs?limit=500").json) == {"limit": "this must be at most 200"}
