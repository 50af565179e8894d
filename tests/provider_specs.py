"""Holds requests against the providers' own API descriptions (OpenAPI 3.0).

They are not part of this repository: they are looked for in `CALLBOARD_SPECS`, else in `../shared/specs`
beside it. Where they are absent a test that needs them is skipped, and says so; in CI it fails.
"""

import json
import os
import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

MESSAGES = "twilio_api_v2010.messages.strict.json"
CONTENT = "twilio_content_v1.strict.json"
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "specs"


@dataclass(frozen=True)
class SentRequest:
    """A request as it was on the wire."""

    method: str
    target: str  # path and query
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body))

    @property
    def fields(self) -> dict[str, str]:
        return dict(self.form)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def specs_folder() -> Path | None:
    """Return the folder that holds the descriptions, None if there is none."""
    folder = Path(os.environ.get("CALLBOARD_SPECS", "") or _BESIDE)  # noqa: TID251  tests have no settings
    return folder if (folder / MESSAGES).is_file() else None


def require_specs() -> Path:
    """Return the folder; without it skip the test, or fail where skipping is not allowed."""
    folder = specs_folder()
    if folder is not None:
        return folder
    reason = "the providers' API descriptions are absent: set CALLBOARD_SPECS to their folder"
    if os.environ.get("CI") == "true":  # noqa: TID251
        pytest.fail(reason)
    pytest.skip(reason)


@lru_cache(maxsize=8)
def load(name: str, folder: Path | None = None) -> "Specification":
    """Read the description *name*; it is known to be there."""
    where = folder or specs_folder()
    assert where is not None
    return Specification(json.loads((where / name).read_text()))


def violations(request: SentRequest) -> list[str]:
    """List what is wrong with a request to Twilio; empty if nothing is."""
    return load(MESSAGES if request.path.startswith("/2010-04-01/") else CONTENT).violations(request)


class Specification:
    """One API description, ready to judge requests."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = _as_json_schema(document)
        resource = Resource.from_contents(self._document, default_specification=DRAFT7)
        self._registry = Registry().with_resource("urn:spec", resource)
        self._paths = [(re.compile(_pattern(path)), path) for path in self._document["paths"]]
        self._validators: dict[str, Draft7Validator] = {}

    def violations(self, request: SentRequest) -> list[str]:
        found = next((item for item in self._paths if item[0].fullmatch(request.path)), None)
        if found is None:
            return [f"no such path: {request.path}"]
        operation = self._document["paths"][found[1]].get(request.method.lower())
        if operation is None:
            return [f"{request.method} is not possible on {found[1]}"]
        match = found[0].fullmatch(request.path)
        assert match is not None
        problems = self._parameters(operation, match.groupdict(), request.query)
        if not request.headers.get("authorization", "").startswith("Basic "):
            problems.append("no Basic authorization")
        return problems + self._body(found[1], request, operation)

    def _parameters(self, operation: dict[str, Any], path: dict[str, str], query: list[tuple[str, str]]) -> list[str]:
        known = {(given["in"], given["name"]): given["schema"] for given in operation.get("parameters", ())}
        problems = []
        for where, pairs in (("path", list(path.items())), ("query", query)):
            for name, value in pairs:
                schema = known.get((where, name))
                if schema is None:
                    problems.append(f"unknown {where} parameter {name}")
                else:
                    problems += self._problems(f"{where} {name}", schema, _decoded(value, schema))
        return problems

    def _body(self, path: str, request: SentRequest, operation: dict[str, Any]) -> list[str]:
        described = operation.get("requestBody", {}).get("content", {})
        if not described:
            return ["an unexpected body"] if request.body else []
        content_type = request.headers.get("content-type", "").partition(";")[0]
        if content_type not in described:
            return [f"content type {content_type!r} instead of {sorted(described)}"]
        schema = described[content_type]["schema"]
        if content_type == "application/json":
            return self._problems(path, schema, request.json)
        value, problems = _decoded_form(request.form, schema["properties"])
        return problems + self._problems(path, schema, value)

    def _problems(self, key: str, schema: dict[str, Any], value: Any) -> list[str]:
        validator = self._validators.get(key)
        if validator is None:
            validator = Draft7Validator(_absolute(schema), registry=self._registry)
            self._validators[key] = validator
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _pattern(path: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(path))


def _as_json_schema(node: Any) -> Any:
    """Write OpenAPI's `nullable` as JSON Schema does."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _as_json_schema(value) for key, value in node.items() if key != "examples"}
    if out.pop("nullable", None) is True and isinstance(out.get("type"), str):
        out["type"] = [out["type"], "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
    return out


def _absolute(node: Any) -> Any:
    if isinstance(node, list):
        return [_absolute(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"urn:spec{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
        for key, value in node.items()
    }


def _decoded(text: str, schema: dict[str, Any]) -> Any:
    """Read a form's or a query's text as the type that the description names."""
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
        case _:
            return text


def _decoded_form(pairs: list[tuple[str, str]], properties: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    value: dict[str, Any] = {}
    problems = []
    for name, text in pairs:
        schema = properties.get(name, {})
        if schema.get("type") == "array":
            value.setdefault(name, []).append(text)
        elif name in value:
            problems.append(f"{name} occurs twice")
        else:
            value[name] = _decoded(text, schema)
    return value, problems
