"""What Twilio calls: incoming messages, and the fate of ours. Signed, or refused before anything is stored."""

from collections.abc import Callable
from functools import wraps
from time import perf_counter

from flask import Blueprint, Request, Response, current_app, request
from werkzeug.exceptions import HTTPException

from bot.channels import TWILIO
from bot.dialogue.inbox import Receipt, receive
from bot.dialogue.statuses import record_status
from bot.errors import InvalidEvent
from bot.runtime import Runtime
from webhooks.metrics import DUPLICATES, STATUSES, TURN_SECONDS, WEBHOOK_SECONDS, WEBHOOKS
from webhooks.signatures import SIGNED_BY, public_url, raw_path, signed_fields
from webhooks.twilio_forms import account_sid, form_of, read_inbound, read_status

twilio = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")

MOST_BYTES = 64 * 1024
_ACCEPTED = {Receipt.HANDLED: "accepted", Receipt.STORED: "accepted", Receipt.DUPLICATE: "duplicate"}
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


View = Callable[..., Response]


def _timed(source: str) -> Callable[[View], View]:
    """Time what a view does, and count it where it fails by a fault of ours."""

    def wrap(view: View) -> View:
        @wraps(view)
        def timed(**named: str) -> Response:
            runtime: Runtime = current_app.extensions["callboard"]
            began = perf_counter()
            try:
                return view(runtime, **named)
            except HTTPException:
                raise
            except Exception:
                runtime.tallies.count(WEBHOOKS, source=source, outcome="error")
                raise
            finally:
                runtime.tallies.time(WEBHOOK_SECONDS, perf_counter() - began, source=source)

        return timed

    return wrap


@twilio.post("/messages")
@_timed("twilio")
def receive_message(runtime: Runtime) -> Response:
    """Take an incoming message. 200 with empty TwiML only after the commit; 403 unsigned; 400 without an id; 413."""
    form = _signed_form(runtime)
    if form is None:
        runtime.tallies.count(WEBHOOKS, source="twilio", outcome="bad_signature")
        return Response("the signature is missing or wrong", 403, mimetype="text/plain")
    try:
        inbound = read_inbound(form)
    except InvalidEvent as error:
        runtime.tallies.count(WEBHOOKS, source="twilio", outcome="unreadable")
        return Response(f"{error.field}: {error}", 400, mimetype="text/plain")
    began = perf_counter()
    outcome = receive(runtime, TWILIO, inbound)
    runtime.tallies.time(TURN_SECONDS, perf_counter() - began)
    runtime.tallies.count(WEBHOOKS, source="twilio", outcome=_ACCEPTED[outcome])
    if outcome is Receipt.DUPLICATE:
        runtime.tallies.count(DUPLICATES, place="inbox")
    return Response(EMPTY, 200, mimetype="text/xml")


@twilio.post("/status/<public_id>")
@_timed("twilio_status")
def message_status(runtime: Runtime, public_id: str) -> Response:
    """Take the fate of a message of ours; one that we do not know is kept and answered all the same."""
    form = _signed_form(runtime)
    if form is None:
        runtime.tallies.count(WEBHOOKS, source="twilio_status", outcome="bad_signature")
        return Response("the signature is missing or wrong", 403, mimetype="text/plain")
    try:
        news = read_status(form, public_id)
    except InvalidEvent as error:
        runtime.tallies.count(WEBHOOKS, source="twilio_status", outcome="unreadable")
        return Response(f"{error.field}: {error}", 400, mimetype="text/plain")
    known = record_status(runtime, news)
    runtime.tallies.count(WEBHOOKS, source="twilio_status", outcome="accepted" if known else "unknown")
    if known:
        # our number stands in From, and its channel before it
        kind = "whatsapp" if form.get("From", [""])[0].startswith("whatsapp:") else "sms"
        runtime.tallies.count(STATUSES, channel=kind, status=news.status or "other")
    return Response(status=204)


def _signed_form(runtime: Runtime) -> dict[str, list[str]] | None:
    """Return the form if Twilio has signed it for our account; None otherwise, and where Twilio is not set up."""
    settings = runtime.settings
    body = _body(request)
    if not settings.twilio_auth_token:
        return None
    environ = request.environ
    url = public_url(settings.public_url, raw_path(environ), environ.get("QUERY_STRING", ""))
    fields = signed_fields(
        url=url,
        body=body,
        content_type=request.content_type or "",
        headers={name: request.headers[name] for name in SIGNED_BY if name in request.headers},
        tokens=[settings.twilio_auth_token],
    )
    if fields is None:
        return None
    form = form_of(fields)
    # the signature has proved who calls; an account that is named must still be ours
    return form if account_sid(form) in {"", settings.twilio_account_sid} else None


def _body(incoming: Request) -> bytes:
    """Return the raw body. Raises werkzeug's 413 for one that is larger than any that Twilio sends."""
    incoming.max_content_length = MOST_BYTES
    return incoming.get_data(cache=False, parse_form_data=False)
