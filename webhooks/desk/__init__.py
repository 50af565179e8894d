"""The recruiters' pages: who is logged in is asked here, once, before any view."""

import hmac
import secrets
from hashlib import sha256

from flask import Blueprint, Response, abort, current_app, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.models import Role, User
from bot.runtime import Runtime
from bot.work import reading

desk = Blueprint("desk", __name__, template_folder="../templates")

OPEN_TO_ALL = frozenset({"desk.log_in", "desk.try_log_in"})
WRITERS = frozenset({Role.ADMIN, Role.RECRUITER})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def runtime() -> Runtime:
    """Return the runtime of this process."""
    found: Runtime = current_app.extensions["callboard"]
    return found


def remember(user: User) -> None:
    """Begin a session for a user who has proved who they are."""
    session.clear()
    session["user"] = user.public_id
    session["mark"] = mark_of(user)
    session["csrf"] = secrets.token_urlsafe(24)


def mark_of(user: User) -> str:
    """Return what binds a session to the password in force: a new password ends the sessions of the old one."""
    key = runtime().settings.secret_key.encode()
    return hmac.new(key, user.password_hash.encode(), sha256).hexdigest()[:32]


def csrf_token() -> str:
    """Return the token that every form of this session carries."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


@desk.before_request
def check() -> AnyResponse | None:
    """Ask for the log-in, the form's token and, for what changes something, the role."""
    if request.method not in SAFE_METHODS:
        given = request.form.get("csrf", "")
        if not hmac.compare_digest(given.encode(), csrf_token().encode()):
            abort(400, "This page had been open for too long. Go back, reload it and try again.")
    if request.endpoint in OPEN_TO_ALL:
        return None
    user = current_user()
    if user is None:
        return redirect(url_for("desk.log_in", then=request.full_path.rstrip("?")))
    if request.method not in SAFE_METHODS and user.role not in WRITERS and request.endpoint != "desk.log_out":
        abort(403, "Your role may look, and not change anything. Ask an administrator for another role.")
    g.user = user
    return None


def current_user() -> User | None:
    """Return who is logged in, if their account and password still stand."""
    public_id = session.get("user")
    if not public_id:
        return None
    with reading(runtime()) as work:
        user = work.session.query(User).filter_by(public_id=public_id).one_or_none()
    if user is None or user.disabled_at is not None:
        return None
    return user if hmac.compare_digest(session.get("mark", ""), mark_of(user)) else None


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


from webhooks.desk import auth, doubts, errors, jobs, sandbox  # noqa: E402, F401  the views need the blueprint
