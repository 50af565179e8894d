"""What Twilio calls: incoming messages, and the fate of ours. Signed, or refused before anything is stored.

A WSGI application of its own that stands before Flask's. These two addresses take nearly all requests, and need
nothing of a framework: Flask took a tenth of the time of one (benchmarks/webhook.py, docs/decisions/014).
"""

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import perf_counter
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from bot.channels import TWILIO
from bot.dialogue.inbox import Reception, receive
from bot.dialogue.statuses import record_status
from bot.errors import InvalidEvent
from bot.runtime import Runtime
from webhooks.faults import answer_to
from webhooks.metrics import DUPLICATES, STATUSES, TURN_SECONDS, WEBHOOK_SECONDS, WEBHOOKS
from webhooks.signatures import SIGNED_BY, public_url, raw_path, signed_fields
from webhooks.twilio_forms import account_sid, form_of, read_inbound, read_status

MESSAGES, STATUS = "/webhooks/twilio/messages", "/webhooks/twilio/status/"
MOST_BYTES = 64 * 1024
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
_ACCEPTED = {Reception.HANDLED: "accepted", Reception.STORED: "accepted", Reception.DUPLICATE: "duplicate"}
_SLASHES = re.compile("/{2,}")
_HEADERS = {name: "HTTP_" + name.upper().replace("-", "_") for name in SIGNED_BY}


class Response(NamedTuple):
    """What Twilio is told."""

    status: HTTPStatus
    body: str = ""
    media_type: str = "text/plain"


_UNSIGNED = Response(HTTPStatus.FORBIDDEN, "the signature is missing or wrong")
Handler = Callable[[WSGIEnvironment], Response]


class TwilioCalls:
    """The WSGI application for the addresses that Twilio calls."""

    def __init__(self, runtime: Runtime, otherwise: WSGIApplication) -> None:
        """All other requests are left to *otherwise*."""
        self._runtime = runtime
        self._otherwise = otherwise

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as PEP 3333 has it."""
        if environ["REQUEST_METHOD"] != "POST":
            return self._otherwise(environ, start_response)
        path = _path(environ)
        if path == MESSAGES:
            return self._timed("twilio", self._message, environ, start_response)
        public_id = path.removeprefix(STATUS)
        if public_id == path or not public_id or "/" in public_id or "\0" in public_id:
            return self._otherwise(environ, start_response)
        return self._timed("twilio_status", self._news, environ, start_response)

    def _timed(
        self, source: str, handler: Handler, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer, time it, and count it where it fails by a fault of ours."""
        began = perf_counter()
        try:
            return _send(handler(environ), start_response)
        except HTTPException as error:
            return error(environ, start_response)
        except Exception as error:  # noqa: BLE001  as Flask does for the other addresses
            self._runtime.tallies.count(WEBHOOKS, source=source, outcome="error")
            return answer_to(error)(environ, start_response)
        finally:
            self._runtime.tallies.time(WEBHOOK_SECONDS, perf_counter() - began, source=source)

    def _message(self, environ: WSGIEnvironment) -> Response:
        """Take an incoming message. 200 with empty TwiML only after the commit; 403 unsigned; 400 without an id."""
        tallies = self._runtime.tallies
        form = _signed_form(self._runtime, environ)
        if form is None:
            tallies.count(WEBHOOKS, source="twilio", outcome="bad_signature")
            return _UNSIGNED
        try:
            inbound = read_inbound(form)
        except InvalidEvent as error:
            tallies.count(WEBHOOKS, source="twilio", outcome="unreadable")
            return Response(HTTPStatus.BAD_REQUEST, f"{error.field}: {error}")
        began = perf_counter()
        outcome = receive(self._runtime, TWILIO, inbound)
        tallies.time(TURN_SECONDS, perf_counter() - began)
        tallies.count(WEBHOOKS, source="twilio", outcome=_ACCEPTED[outcome])
        if outcome is Reception.DUPLICATE:
            tallies.count(DUPLICATES, place="inbox")
        return Response(HTTPStatus.OK, EMPTY, "text/xml")

    def _news(self, environ: WSGIEnvironment) -> Response:
        """Take the fate of a message of ours; one that we do not know is kept and answered all the same."""
        tallies = self._runtime.tallies
        form = _signed_form(self._runtime, environ)
        if form is None:
            tallies.count(WEBHOOKS, source="twilio_status", outcome="bad_signature")
            return _UNSIGNED
        public_id = _path(environ).removeprefix(STATUS).encode("latin-1").decode("utf-8", "replace")
        try:
            news = read_status(form, public_id)
        except InvalidEvent as error:
            tallies.count(WEBHOOKS, source="twilio_status", outcome="unreadable")
            return Response(HTTPStatus.BAD_REQUEST, f"{error.field}: {error}")
        known = record_status(self._runtime, news)
        tallies.count(WEBHOOKS, source="twilio_status", outcome="accepted" if known else "unknown")
        if known:
            # our number stands in From, and its channel before it
            kind = "whatsapp" if form.get("From", [""])[0].startswith("whatsapp:") else "sms"
            tallies.count(STATUSES, channel=kind, status=news.status or "other")
        return Response(HTTPStatus.NO_CONTENT)


def _path(environ: WSGIEnvironment) -> str:
    """Return the path as called, with one slash for several: the address in a console may be put together."""
    path: str = environ.get("PATH_INFO", "")
    return _SLASHES.sub("/", path) if "//" in path else path


def _send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    body = response.body.encode()
    headers = [("Content-Type", f"{response.media_type}; charset=utf-8"), ("Content-Length", str(len(body)))]
    if response.status is HTTPStatus.NO_CONTENT:
        headers = []
    start_response(f"{response.status:d} {response.status.phrase}", headers)
    return [body]


def _signed_form(runtime: Runtime, environ: WSGIEnvironment) -> dict[str, list[str]] | None:
    """Return the form if Twilio has signed it for our account; None otherwise, and where Twilio is not set up.

    Raises werkzeug's 413 for a body that is larger than any that Twilio sends.
    """
    settings = runtime.settings
    body = get_input_stream(environ, max_content_length=MOST_BYTES + 1).read()
    if len(body) > MOST_BYTES:  # one byte more shows it of a body that does not say how long it is
        raise RequestEntityTooLarge
    if not settings.twilio_auth_token:
        return None
    fields = signed_fields(
        url=public_url(settings.public_url, raw_path(environ), environ.get("QUERY_STRING", "")),
        body=body,
        content_type=environ.get("CONTENT_TYPE", ""),
        headers={name: environ[key] for name, key in _HEADERS.items() if key in environ},
        tokens=[settings.twilio_auth_token],
    )
    if fields is None:
        return None
    form = form_of(fields)
    # the signature has proved who calls; an account that is named must still be ours
    return form if account_sid(form) in {"", settings.twilio_account_sid} else None
