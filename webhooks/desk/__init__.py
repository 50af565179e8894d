"""The recruiters' pages: who is logged in is asked here, once, before any view."""

import hmac

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.runtime import Runtime
from webhooks.desk.access import ANYONE, WRITERS, roles_of
from webhooks.desk.addresses import way_back
from webhooks.desk.signed_in import csrf_token, current_user, note_click

desk = Blueprint("desk", __name__, template_folder="../templates")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOO_OLD = "This page is from before the latest log-in. Go back, copy what you wrote, reload the page and try again."
LOGGED_OUT = "You are logged out. Go back and copy what you wrote; then reload the page and log in."
MAY_LOOK = "Your role may look, and not change this. Ask an administrator for another role."
NOT_FOR_YOU = "This page is not for your role. Ask an administrator if you need it."


def runtime() -> Runtime:
    """Return the runtime of this process."""
    found: Runtime = current_app.extensions["callboard"]
    return found


@desk.before_request
def check() -> AnyResponse | None:
    """Ask for the log-in, the form's token and, for what changes something, the role."""
    roles = roles_of(request.endpoint or "")
    user = current_user()
    is_barred = user is None and roles is not ANYONE
    if is_barred and "HX-Request" in request.headers:
        return Response("", 401)  # the page stays, and says so itself: somebody may be writing there
    if request.method not in SAFE_METHODS:
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), csrf_token().encode()):
            abort(400, LOGGED_OUT if is_barred else TOO_OLD)
    if is_barred:
        return redirect(url_for("desk.log_in", then=way_back()))
    if user is not None and roles is not None and user.role not in roles:
        abort(403, NOT_FOR_YOU if request.method in SAFE_METHODS else MAY_LOOK)
    g.user = user
    note_click()
    return None


@desk.after_request
def keep_nothing(response: Response) -> Response:
    """Pages hold personal data: no cache keeps them, and going back after a log-out shows nothing."""
    response.headers["Cache-Control"] = "no-store"
    return response


@desk.app_context_processor
def helpers() -> dict[str, object]:
    """Give every template the form token, the user, what they may do, and what of the settings shows."""
    settings, user = runtime().settings, g.get("user")
    return {
        "csrf_token": csrf_token,
        "user": user,
        "may_write": user is not None and user.role in WRITERS,
        "has_sandbox": not settings.twilio_connected,
        "undo_seconds": settings.undo_seconds,
        "way_back": way_back,
    }
