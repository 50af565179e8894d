"""Choosing a password by a link: for who was invited, and for who has forgotten the one before. A GET only shows."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from bot.errors import InvalidEvent, NotFound
from bot.intake.invitations import ask_for_reset, choose_password
from bot.intake.passwords import hashed_password
from bot.intake.signed_links import find_link
from bot.intake.throttling import locked_until, note_failure
from bot.models import LinkPurpose
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.proving import HASHING, PATIENCE_SECONDS, TOO_MANY
from webhooks.desk.rendering import page


@desk.get("/forgotten-password")
def forgotten() -> Response:
    """Ask for the e-mail."""
    return page("people/forgotten.html", problem="", asked=False)


@desk.post("/forgotten-password")
def ask_reset() -> Response:
    """Send a link, if there is somebody to send it to. The answer is the same either way."""
    subject = f"reset-from:{request.remote_addr}"
    with reading(runtime()) as work:
        held_back = locked_until(work, subject) is not None
    if held_back:
        return page("people/forgotten.html", status=429, problem=TOO_MANY, asked=False)
    with unit_of_work(runtime()) as work:
        note_failure(work, subject)
        ask_for_reset(work, request.form.get("email", "")[:300])
    return redirect(url_for("desk.reset_asked"), 303)


@desk.get("/forgotten-password/sent")
def reset_asked() -> Response:
    """Say what happens now, whoever was asked for."""
    return page("people/forgotten.html", problem="", asked=True)


@desk.get("/invitation/<token>")
def invitation(token: str) -> Response:
    """Show who is invited, and ask for a password."""
    return _form(LinkPurpose.INVITATION, token)


@desk.post("/invitation/<token>")
def accept(token: str) -> Response:
    """Take the password of who was invited."""
    return _choose(LinkPurpose.INVITATION, token)


@desk.get("/new-password/<token>")
def new_password(token: str) -> Response:
    """Ask for another password."""
    return _form(LinkPurpose.PASSWORD_RESET, token)


@desk.post("/new-password/<token>")
def reset(token: str) -> Response:
    """Take the other password."""
    return _choose(LinkPurpose.PASSWORD_RESET, token)


def _form(purpose: LinkPurpose, token: str, problem: str = "", status: int = 200) -> Response:
    try:
        with reading(runtime()) as work:
            user = find_link(work, purpose, token)
    except NotFound:
        return page("people/link_over.html", status=404, purpose=purpose)
    return page("people/choose_password.html", status=status, purpose=purpose, email=user.email, problem=problem)


def _choose(purpose: LinkPurpose, token: str) -> Response:
    if not HASHING.acquire(timeout=PATIENCE_SECONDS):
        return _form(purpose, token, TOO_MANY, 429)
    try:
        with reading(runtime()) as work:
            user = find_link(work, purpose, token)
        password_hash = hashed_password(request.form.get("password", ""), user.email, user.name)
        with unit_of_work(runtime()) as work:
            choose_password(work, purpose, token, password_hash, address=request.remote_addr or "")
    except NotFound:
        return page("people/link_over.html", status=404, purpose=purpose)
    except InvalidEvent as error:
        return _form(purpose, token, str(error), 422)
    finally:
        HASHING.release()
    flash("Your password is set. Log in with it.", "good")
    return redirect(url_for("desk.log_in"), 303)
