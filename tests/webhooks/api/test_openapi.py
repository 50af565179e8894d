"""The OpenAPI document says what the routes do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.webhooks.api.conftest import ANN, SCREENING, Api

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(api: Api) -> Any:
    response = api.client.get("/api/v1/openapi.json")
    assert response.status_code == 200
    return response.json


def operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def schema(document: Any, name: str) -> Any:
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_every_route_below_the_api_is_described_and_nothing_else(api: Api, document: Any) -> None:
    routes = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in api.client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, method, _ in operations(document)}


def test_the_document_has_the_form_of_openapi(document: Any) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"].keys() >= {"title", "version"}
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, method, operation in operations(document):
        assert method in METHODS
        assert operation["summary"]
        assert operation["responses"]
        parameters = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert parameters == set(re.findall(r"{(\w+)}", path))
        assert ("requestBody" in operation) == (method in {"post", "put", "patch"})
        for status, response in operation["responses"].items():
            assert re.fullmatch(r"[2-5]\d\d", status)
            assert "$ref" in response or response["description"]


def test_every_reference_leads_somewhere(document: Any) -> None:
    for reference in references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_schema_is_a_json_schema(document: Any) -> None:
    for name, form in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(form)
        assert name in {"Draft", "Problem"} or form.get("type") or form.get("properties") or form.get("enum")


def test_real_answers_have_the_forms_that_are_described(api: Api, document: Any) -> None:
    job = api.job()
    made = api.apply(job)
    api.says("hello")
    api.says("yes")
    for path, name in (
        (f"/jobs/{job['id']}", "JobShape"),
        ("/jobs", "JobPage"),
        (f"/stages/{job['stages'][1]['id']}", "StageAlone"),
        (f"/applications/{made['id']}", "ApplicationShape"),
        (f"/enrolments/{made['enrolment']}", "EnrolmentShape"),
        (f"/enrolments/{made['enrolment']}/answers", "AnswerList"),
        (f"/candidates/{made['candidate']}", "CandidateShape"),
        (f"/candidates/{made['candidate']}/messages", "MessagePage"),
    ):
        Draft202012Validator(schema(document, name)).validate(api.get(path))
    refused = api.call("POST", "/jobs", {}).json
    Draft202012Validator(schema(document, "Problem")).validate(refused)


def test_requests_of_the_described_form_are_taken(api: Api, document: Any) -> None:
    stages = [{"name": "s", "type": "form", "campaign": SCREENING}]
    body = {"title": "Cook", "default_country": "US", "stages": stages}
    Draft202012Validator(schema(document, "NewJob")).validate(body)
    job = api.post("/jobs", body)
    candidate = {"first_name": "Ann", "last_name": "Silva", "phone": ANN}
    application = {"job": job["id"], "stage": job["stages"][0]["id"], "candidate": candidate}
    Draft202012Validator(schema(document, "NewApplication")).validate(application)
    api.post("/applications", application)


def test_the_description_needs_no_key_and_says_that_the_others_do(api: Api, document: Any) -> None:
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    assert document["paths"]["/api/v1/openapi.json"]["get"]["security"] == []
