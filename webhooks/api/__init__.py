"""The REST API below `/api/v1`. Its addresses are those of the table of operations, and no others."""

from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException

from bot.errors import NotFound
from bot.runtime import Runtime
from flows.reading import dump_yaml
from webhooks.api.authentication import Caller, authenticate, check_scope, note_use
from webhooks.api.bodies import preferred_yaml, read_body, read_form, read_query
from webhooks.api.idempotency import read_repeat
from webhooks.api.openapi import PREFIX, describe
from webhooks.api.operations import Call, Operation, Result
from webhooks.api.problems import MEDIA_TYPE, Problem, to_response, write_problem
from webhooks.api.table import OPERATIONS

__all__ = ["OPERATIONS", "PREFIX", "api"]

_NOTED = "callboard_api_keys_noted"


class _View:
    """Answers one operation."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self.__name__ = operation.name

    def __call__(self, id: str = "") -> Response:  # noqa: A002  the name in the path
        runtime: Runtime = current_app.extensions["callboard"]
        caller = authenticate(runtime, request.headers.get("Authorization", ""))
        note_use(runtime, caller, current_app.extensions[_NOTED])
        check_scope(runtime, caller, self._operation.scopes)
        call = self._read(caller, id)
        if self._operation.prepare is not None:
            self._operation.prepare(runtime, call)
        result = self._run(runtime, call)
        if result.afterwards is not None:
            result.afterwards(runtime)
        return _write(result)

    def _read(self, caller: Caller, path_id: str) -> Call:
        """Read the request. Raises what `read_body`, `read_form` and `read_query` do."""
        if not (path_id.isascii() and path_id.isprintable()):
            raise NotFound("there is nothing with this id")
        operation, body, repeat = self._operation, None, None
        query = read_query(request, operation.query, operation.body)
        if operation.body is not None:
            document = read_body(
                request,
                required=operation.body_required,
                yaml=operation.yaml is not None,
                unreadable=operation.unreadable,
            )
            if operation.method == "POST":
                key = request.headers.get("Idempotency-Key")
                repeat = read_repeat(key, caller.key_id, operation.method, request.path, document)
            body = read_form(operation.body, document)
        return Call(caller, path_id, body, query, repeat)

    def _run(self, runtime: Runtime, call: Call) -> Result:
        """Run the operation; where another request was first with the same thing, once more to see it."""
        try:
            return self._operation.run(runtime, call)
        except IntegrityError:
            return self._operation.run(runtime, call)


def _write(result: Result) -> Response:
    if result.file is not None and (kind := preferred_yaml(request)):
        response = Response(dump_yaml(result.file), mimetype=kind)
    else:
        response = jsonify(result.document())
    if result.file is not None:
        response.vary.add("Accept")
    response.status_code = result.status
    response.headers.extend({"Cache-Control": "no-store", **result.headers})
    return response


@cache
def _description() -> dict[str, Any]:
    return describe(OPERATIONS)


def _describe() -> Response:
    """Describe the API; no key is needed to read that."""
    read_query(request, None)
    return jsonify(_description())


def _as_problem(response: Response) -> Response:
    """Whatever refuses a request below `/api` (no such address, wrong method, too large) does so as a problem."""
    if not request.path.startswith("/api/") or response.status_code < 400 or response.mimetype == MEDIA_TYPE:
        return response
    made = write_problem(Problem(response.status_code, _SAYINGS.get(response.status_code, "the request was refused")))
    if "Allow" in response.headers:
        made.headers["Allow"] = response.headers["Allow"]
    return made


_SAYINGS = {
    404: "there is no such address: see /api/v1/openapi.json",
    405: "this address does not know that method",
    413: "the body is too large",
    500: "Something went wrong on our side; it has been noted.",
}


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NOTED] = {}


def _blueprint() -> Blueprint:
    made = Blueprint("api", __name__, url_prefix=PREFIX)
    for operation in OPERATIONS:
        rule = operation.path.replace("{id}", "<id>")
        made.add_url_rule(rule, operation.name, _View(operation), methods=[operation.method])
    made.add_url_rule("/openapi.json", "describe", _describe)
    made.register_error_handler(Exception, to_response)
    made.register_error_handler(HTTPException, to_response)
    made.after_app_request(_as_problem)
    made.record_once(_prepare)
    return made


api = _blueprint()
