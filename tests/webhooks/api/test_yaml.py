"""Campaigns go in and out of the API as the YAML files that they are."""

import json
from time import process_time

import pytest
from flask import Request
from werkzeug.test import TestResponse

from flows.reading import dump_yaml, parse_text
from tests.webhooks.api.conftest import SCREENING, SORRY, Api
from webhooks.api.bodies import read_body

YAML = "application/yaml"
LARGEST = 150_000


def put(api: Api, stage: str, text: str | bytes, content_type: str = YAML) -> TestResponse:
    headers = {"Authorization": f"Bearer {api.key}"}
    path = f"/api/v1/stages/{stage}/campaign"
    return api.client.put(path, data=text, content_type=content_type, headers=headers)


@pytest.fixture
def stage(api: Api) -> str:
    return str(api.job()["stages"][1]["id"])


@pytest.mark.parametrize("content_type", [YAML, f"{YAML}; charset=utf-8", "text/yaml", "application/x-yaml"])
def test_a_draft_is_taken_as_yaml(api: Api, stage: str, content_type: str) -> None:
    answer = put(api, stage, dump_yaml({**SCREENING, "name": "Olá: não"}), content_type)
    assert answer.status_code == 200
    assert answer.json["draft"] == {**SCREENING, "name": "Olá: não"}
    assert answer.json["ready"]


def test_yaml_that_begins_like_json_is_read_as_well(api: Api, stage: str) -> None:
    assert put(api, stage, json.dumps(SCREENING)).json["draft"] == SCREENING


def test_the_words_of_yaml_stay_text(api: Api, stage: str) -> None:
    assert put(api, stage, "callboard: 1\nlanguage: no\nname: 2026-03-01\n").json["draft"] == {
        "callboard": 1,
        "language": "no",
        "name": "2026-03-01",
    }


def test_a_job_is_taken_as_yaml(api: Api) -> None:
    body = {"title": "Barista", "stages": [{"name": "screening", "type": "form", "campaign": SCREENING}]}
    headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": "k"}
    made = [api.client.post("/api/v1/jobs", data=dump_yaml(body), content_type=YAML, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json["stages"][0]["campaign"]["draft"] == SCREENING
    assert made[1].json["id"] == made[0].json["id"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (YAML, YAML),
        (f"{YAML}, application/json;q=0.9", YAML),
        ("text/html, text/yaml", "text/yaml"),
        ("application/x-yaml", "application/x-yaml"),
        ("text/*", "text/yaml"),
    ],
)
def test_the_draft_is_given_as_the_file_that_it_is(api: Api, stage: str, accept: str, kind: str) -> None:
    answer = api.call("GET", f"/stages/{stage}/campaign", Accept=accept)
    assert (answer.status_code, answer.mimetype, answer.headers["Vary"]) == (200, kind, "Accept")
    assert parse_text(answer.text) == SCREENING
    assert put(api, stage, answer.data).json["draft"] == SCREENING


@pytest.mark.parametrize("accept", ["application/json", "*/*", "", f"{YAML};q=0.5, */*", "image/png"])
def test_json_is_given_unless_yaml_is_preferred(api: Api, stage: str, accept: str) -> None:
    answer = api.call("GET", f"/stages/{stage}/campaign", Accept=accept)
    assert answer.json["draft"] == SCREENING
    assert answer.headers["Vary"] == "Accept"


def test_what_is_refused_is_a_problem_whatever_is_asked_for(api: Api) -> None:
    answer = api.call("GET", "/stages/none/campaign", Accept=YAML)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("a: &x [1]\nb: *x", 422, "line 1, column 4: anchors"),
        ("a: !!python/object/apply:os.system [id]", 422, "line 1, column 4: tags"),
        ("a: b: c", 422, "line 1, column 5: not YAML: a colon"),
        ("a: 1\na: 2", 422, 'the field "a" is written twice, first in line 1'),
        ("a: 1\n---\nb: 2", 422, "second document"),
        ("[" * 100_000, 422, "inside one another"),
        ("- " * 70_000, 422, "inside one another"),
        (b"a: 1\nb: \xff", 422, "line 2, column 4: it is not UTF-8"),
        ("", 422, "the file is empty"),
        ("- a", 422, "this must be an object"),
        ("a: 1.0e+999", 422, "values that cannot be stored"),
        ('a: "\\0"', 422, "values that cannot be stored"),
        ("a: " + "x" * (LARGEST - 2), 413, "as YAML a body has at most 150,000 bytes: send what is larger as JSON"),
        ("a: " + "x" * 2**21, 413, "the body is too large"),
    ],
)
def test_hostile_yaml_is_refused_with_the_reason(
    api: Api, stage: str, text: str | bytes, status: int, words: str
) -> None:
    answer = put(api, stage, text)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert words in answer.json["detail"]
    assert api.get(f"/stages/{stage}/campaign")["draft"] == SCREENING


def test_yaml_may_be_many_times_as_large_as_any_campaign(api: Api, stage: str) -> None:
    assert put(api, stage, f"a: {'x' * (LARGEST - 3)}").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("piece", ["a,", "[],", "{},", "a: a,"])
def test_no_yaml_takes_the_process_for_long(api: Api, stage: str, piece: str) -> None:
    began = process_time()
    put(api, stage, f"a: [{piece * ((2**21 - 6) // len(piece))}]")
    refused_after = process_time() - began
    text = f"a: [{piece * ((LARGEST - 5) // len(piece))}]"
    began = process_time()
    read_body(Request.from_values(method="PUT", data=text, content_type=YAML), required=True, yaml=True)
    assert refused_after < 0.5
    assert process_time() - began < 1.5  # a third of that here, which a laden machine may need


def test_yaml_is_taken_only_where_campaigns_are(api: Api) -> None:
    job = api.job()
    headers = {"Authorization": f"Bearer {api.key}"}
    answer = api.client.patch(f"/api/v1/jobs/{job['id']}", data="title: x", content_type=YAML, headers=headers)
    assert (answer.status_code, "application/yaml" in answer.json["detail"]) == (415, False)
    answer = put(api, job["stages"][1]["id"], dump_yaml(SORRY), "text/plain")
    assert (answer.status_code, "application/yaml" in answer.json["detail"]) == (415, True)


def test_the_description_says_so(api: Api) -> None:
    paths = api.get("/openapi.json")["paths"]
    campaign = paths["/api/v1/stages/{id}/campaign"]
    assert set(campaign["put"]["requestBody"]["content"]) == {"application/json", YAML}
    assert set(campaign["get"]["responses"]["200"]["content"]) == {"application/json", YAML}
    assert set(campaign["put"]["responses"]["200"]["content"]) == {"application/json"}
    assert set(paths["/api/v1/jobs"]["post"]["requestBody"]["content"]) == {"application/json", YAML}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"callboard": 1,\n "name" 2}', "line 2, column 9"),
        (b'{"a": 1, "a": 2}', 'the field "a" is given twice'),
        (b'{\n"a": "\xff"}', "line 2, column 7: it is not UTF-8"),
    ],
)
def test_a_campaign_that_is_no_json_is_refused_like_one_that_is_no_yaml(
    api: Api, stage: str, raw: bytes, words: str
) -> None:
    answer = put(api, stage, raw, "application/json")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert words in answer.json["detail"]
