"""The recruiters' pages: who is logged in is asked here, once, before any view."""

import hmac

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.runtime import Runtime
from webhooks.desk.access import ANYONE, WRITERS, roles_of
from webhooks.desk.addresses import page_in_browser
from webhooks.desk.signed_in import csrf_token, current_user, note_click

desk = Blueprint("desk", __name__, template_folder="../templates")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAY_LOOK = "Your role may look, and not change this. Ask an administrator for another role."
NOT_FOR_YOU = "This page is not for your role. Ask an administrator if you need it."


def runtime() -> Runtime:
    """Return the runtime of this process."""
    found: Runtime = current_app.extensions["callboard"]
    return found


@desk.before_request
def check() -> AnyResponse | None:
    """Ask for the log-in, the form's token and, for what changes something, the role."""
    if request.method not in SAFE_METHODS:
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), csrf_token().encode()):
            abort(400, "This page had been open for too long. Go back, reload it and try again.")
    roles = roles_of(request.endpoint or "")
    user = current_user()
    if user is None and roles is not ANYONE:
        return _ask_to_log_in()
    if user is not None and roles is not None and user.role not in roles:
        abort(403, NOT_FOR_YOU if request.method in SAFE_METHODS else MAY_LOOK)
    g.user = user
    note_click()
    return None


def _ask_to_log_in() -> AnyResponse:
    """Lead to the log-in, and back. Where htmx asks for a part, the whole page goes there."""
    asked = page_in_browser() if "HX-Request" in request.headers else None
    back = f"{asked.path}?{asked.query}" if asked else request.full_path
    place = url_for("desk.log_in", then=back.rstrip("?"))
    return Response("", 401, {"HX-Redirect": place}) if asked else redirect(place)


@desk.after_request
def keep_nothing(response: Response) -> Response:
    """Pages hold personal data: no cache keeps them, and going back after a log-out shows nothing."""
    response.headers["Cache-Control"] = "no-store"
    return response


@desk.app_context_processor
def helpers() -> dict[str, object]:
    """Give every template the form token, the user, what they may do, and whether there is a sandbox phone."""
    has_sandbox = not runtime().settings.twilio_connected
    user = g.get("user")
    may_write = user is not None and user.role in WRITERS
    return {"csrf_token": csrf_token, "user": user, "may_write": may_write, "has_sandbox": has_sandbox}
