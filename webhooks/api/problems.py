"""Errors as `application/problem+json`: what went wrong, and which fields are at fault."""

import json
import logging
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Response
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from bot.errors import BotError, Conflict, IllegalMove, InvalidEvent, NotAllowed, NotFound
from bot.log import log_event
from webhooks.api.field_words import message_of, without_what_follows

MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 100
LONGEST_FIELD = 300
"""A body of nothing but mistakes must not be answered with one that is larger still."""
_LOG = logging.getLogger(__name__)


class Problem(BotError):
    """A request that is answered with *status*; *fields* are pairs of field and message."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        fields: Iterable[tuple[str, str]] = (),
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.fields = tuple(fields)
        self.members = dict(members or {})
        self.headers = dict(headers or {})


def wrong_field(field: str, message: str) -> Problem:
    """Return the refusal of a request for one of its fields."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, message, fields=[(field, message)])


def to_response(error: Exception) -> Response:
    """Return the answer for an error; one that is our own fault is logged and says nothing of itself."""
    match error:
        case Problem():
            return write_problem(error)
        case ValidationError():
            return write_problem(from_validation(error))
        case HTTPException():
            return from_http(error)
        case BotError():
            return write_problem(_of_ours(error))
        case OperationalError():
            log_event(_LOG, "api_database_busy", level=logging.ERROR, error=error)
            return write_problem(
                Problem(503, "the database is busy: try again in a moment", headers={"Retry-After": "5"})
            )
        case IntegrityError():
            return write_problem(Problem(409, "somebody else changed the same thing at that moment: try again"))
    log_event(_LOG, "api_request_failed", level=logging.ERROR, error=error)
    return write_problem(Problem(500, "Something went wrong on our side; it has been noted."))


def from_validation(error: ValidationError) -> Problem:
    """Name each field that cannot be taken, such as `stages[0].name`, with the reason."""
    parts = error.errors(include_url=False, include_input=False)
    told = [(path_of(part["loc"]), message_of(part) + hint) for part, hint in without_what_follows(parts)]
    return Problem(422, _summary(told, len(told)), fields=told[:MOST_FIELDS])


def path_of(location: Iterable[str | int]) -> str:
    """Write the place of a value as people do: `stages[0].campaign.name`."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if path else step
    return path if len(path) <= LONGEST_FIELD else f"{path[:LONGEST_FIELD]}…"


def from_http(error: HTTPException) -> Response:
    """Return werkzeug's own errors, such as 405 and 413, as problems with their headers."""
    if error.response is not None and error.code is None:
        return write_problem(Problem(500, "this address answers nothing"))
    made = write_problem(Problem(error.code or 500, str(error.description or "")))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            made.headers[name] = value
    return made


def write_problem(told: Problem) -> Response:
    """Write a problem document."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(told.status).phrase,
        "status": int(told.status),
        "detail": str(told),
        "errors": [{"field": field, "message": message} for field, message in told.fields],
        **told.members,
    }
    body = json.dumps(document, ensure_ascii=True)
    return Response(body, told.status, headers=told.headers, mimetype=MEDIA_TYPE)


def _of_ours(error: BotError) -> Problem:
    match error:
        case NotFound():
            return Problem(404, str(error))
        case Conflict() | IllegalMove():
            return Problem(409, str(error))
        case NotAllowed():
            return Problem(403, str(error))
        case InvalidEvent():
            return Problem(422, str(error), fields=[(error.field, str(error))])
    return Problem(500, "Something went wrong on our side.")


def _summary(fields: list[tuple[str, str]], count: int) -> str:
    first = ": ".join(part for part in fields[0] if part)
    return first if count == 1 else f"{first} (and {count - 1} more)"
