"""The description of the API by OpenAPI 3.1, made from the table of operations and the forms themselves."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from webhooks.api.bodies import YAML
from webhooks.api.campaigns import FindingShape
from webhooks.api.operations import Operation
from webhooks.api.problems import MEDIA_TYPE
from webhooks.api.texts import Shape

VERSION = "1"
PREFIX = "/api/v1"
_REFERENCE = "#/components/schemas/{model}"
_REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)

_ABOUT = (
    "Recruiting over WhatsApp and SMS. A query parameter that is not listed is refused with 422, and sends nothing."
)

Schemas = Mapping[Any, dict[str, Any]]
"""By form and whether it is read or written."""


class FieldProblem(Shape):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Shape):
    """Why a request was refused."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]
    application: str = Field("", description="With 409: the application that there is already.")
    findings: list[FindingShape] = Field([], description="With 422 of a campaign: all that the checks say of it.")


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document of *operations*."""
    table = tuple(operations)
    schemas, definitions = models_json_schema(_models(table), ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for operation in table:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    paths[f"{PREFIX}/openapi.json"] = {"get": _of_itself()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Callboard", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "responses": {"Problem": _problem()},
        },
    }


def _models(table: Iterable[Operation]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    found: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for operation in table:
        for form in (operation.body, operation.query, operation.yaml):
            if form is not None:
                found[form, "validation"] = None
        for shape in operation.returns.values():
            found[shape, "serialization"] = None
    return list(found)


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1]],
        "parameters": _parameters(operation),
        "responses": _responses(operation, schemas),
    }
    if operation.body is not None:
        content = {"application/json": {"schema": schemas[operation.body, "validation"]}}
        described["requestBody"] = {"required": operation.body_required, "content": content | _yaml(operation, schemas)}
    return described


def _yaml(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    return {YAML[0]: {"schema": schemas[operation.yaml, "validation"]}} if operation.yaml is not None else {}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    if "{id}" in operation.path:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": {"type": "string"}})
    if operation.query is not None:
        schema = operation.query.model_json_schema(ref_template=_REFERENCE)
        for name, form in schema["properties"].items():
            parameters.append({"name": name, "in": "query", "required": False, "schema": form})
    if operation.method == "POST":
        text = {"type": "string", "minLength": 1, "maxLength": 255}
        parameters.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": text})
    return parameters


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    responses: dict[str, Any] = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schemas[shape, "serialization"]}},
        }
        for status, shape in operation.returns.items()
    }
    if operation.body is None:
        responses["200"]["content"] |= _yaml(operation, schemas)
    refusals = _REFUSALS if operation.body is not None else (401, 403, 404, 422)
    refused = {*refusals} - ({400} if operation.unreadable != 400 else set())
    return responses | {str(status): {"$ref": "#/components/responses/Problem"} for status in sorted(refused)}


def _problem() -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {"description": "The request was refused.", "content": {MEDIA_TYPE: {"schema": schema}}}


def _of_itself() -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": "describe",
        "summary": "This document.",
        "tags": ["openapi.json"],
        "security": [],
        "responses": {
            "200": {"description": "OK", "content": content},
            "422": {"$ref": "#/components/responses/Problem"},
        },
    }
