"""What Twilio calls: incoming messages, and the fate of ours. Signed, or refused before anything is stored."""

from flask import Blueprint, Request, Response, current_app, request

from bot.channels import TWILIO
from bot.dialogue.inbox import receive
from bot.dialogue.statuses import record_status
from bot.errors import InvalidEvent
from bot.runtime import Runtime
from webhooks.metrics import WEBHOOKS
from webhooks.signatures import public_url, raw_path, verify_twilio
from webhooks.twilio_forms import decode_form, read_inbound, read_status

twilio = Blueprint("twilio", __name__, url_prefix="/webhooks/twilio")

MOST_BYTES = 64 * 1024
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


@twilio.post("/messages")
def receive_message() -> Response:
    """Take an incoming message. 200 with empty TwiML only after the commit; 403 unsigned; 400 without an id; 413."""
    runtime: Runtime = current_app.extensions["callboard"]
    form = _signed_form(runtime)
    if form is None:
        WEBHOOKS.labels("twilio", "bad_signature").inc()
        return Response("the signature is missing or wrong", 403, mimetype="text/plain")
    try:
        inbound = read_inbound(form)
    except InvalidEvent as error:
        WEBHOOKS.labels("twilio", "unreadable").inc()
        return Response(f"{error.field}: {error}", 400, mimetype="text/plain")
    outcome = receive(runtime, TWILIO, inbound)
    WEBHOOKS.labels("twilio", outcome).inc()
    return Response(EMPTY, 200, mimetype="text/xml")


@twilio.post("/status/<public_id>")
def message_status(public_id: str) -> Response:
    """Take the fate of a message of ours; one that we do not know is kept and answered all the same."""
    runtime: Runtime = current_app.extensions["callboard"]
    form = _signed_form(runtime)
    if form is None:
        WEBHOOKS.labels("twilio_status", "bad_signature").inc()
        return Response("the signature is missing or wrong", 403, mimetype="text/plain")
    try:
        news = read_status(form, public_id)
    except InvalidEvent as error:
        WEBHOOKS.labels("twilio_status", "unreadable").inc()
        return Response(f"{error.field}: {error}", 400, mimetype="text/plain")
    known = record_status(runtime, news)
    WEBHOOKS.labels("twilio_status", "accepted" if known else "unknown").inc()
    return Response(status=204)


def _signed_form(runtime: Runtime) -> dict[str, list[str]] | None:
    """Return the form if Twilio has signed it for our account; None otherwise, and where Twilio is not set up."""
    settings = runtime.settings
    body = _body(request)
    if not settings.twilio_auth_token:
        return None
    environ = request.environ
    url = public_url(settings.public_url, raw_path(environ), environ.get("QUERY_STRING", ""))
    signed = verify_twilio(
        url=url,
        body=body,
        content_type=request.content_type or "",
        headers=dict(request.headers),
        tokens=[settings.twilio_auth_token],
    )
    if not signed:
        return None
    form = decode_form(body)
    return form if form.get("AccountSid", [""])[0] == settings.twilio_account_sid else None


def _body(incoming: Request) -> bytes:
    """Return the raw body. Raises werkzeug's 413 for one that is larger than any that Twilio sends."""
    incoming.max_content_length = MOST_BYTES
    return incoming.get_data(cache=False, parse_form_data=False)
