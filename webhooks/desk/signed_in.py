"""Who is logged in on this device: a random token in a cookie, and the row behind it."""

import hmac
import secrets
from hashlib import sha256

from flask import Response, after_this_request, current_app, g, request, session

from bot.audit import Actor, record
from bot.intake.devices import device_of
from bot.intake.sign_ins import (
    begin_sign_in,
    end_sign_ins,
    exchange_token,
    find_sign_in,
    is_worth_noting,
    note_use,
)
from bot.models import SignIn, User
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work

UNATTENDED = "Callboard-Unattended"
"""A header of requests that a page makes by itself: they do not keep somebody logged in who has gone."""


def remember(user: User, proof: str) -> None:
    """Log a user in who has proved by *proof*, a word of ours, who they are. Always by a new token."""
    with unit_of_work(_runtime()) as work:
        _end_this(work)
        token = begin_sign_in(work, user.id, device_of(request.user_agent.string))
        record(work, _actor(user), "user.logged_in", "user", user.public_id, {"by": proof})
    session.clear()
    _carry(token)


def remember_half(user: User) -> None:
    """Note that the password was right; the code of the second factor is still to come."""
    with unit_of_work(_runtime()) as work:
        _end_this(work)
        token = begin_sign_in(work, user.id, device_of(request.user_agent.string), awaits_code=True)
    session.clear()
    _carry(token)


def renew_token() -> None:
    """Let this log-in go on under another token, as what protects it has changed (ASVS 7.2.4)."""
    found = _found()
    if found:
        with unit_of_work(_runtime()) as work:
            token = exchange_token(work, found[0].id)
        _carry(token)


def forget() -> None:
    """Log out on this device."""
    found = _found()
    with unit_of_work(_runtime()) as work:
        _end_this(work)
        if found and not found[0].awaits_code:
            record(work, _actor(found[1]), "user.logged_out", "user", found[1].public_id)
    session.clear()
    _carry(None)


def _end_this(work: Work) -> None:
    """End the log-in that this device has, if any; another request may have ended it meanwhile."""
    found = _found()
    if found:
        end_sign_ins(work, found[0].user_id, only=found[0].id)


def current_actor() -> Actor:
    """Return who is logged in, as the audit log names them."""
    user = current_user()
    return _actor(user) if user else Actor(label="nobody", address=request.remote_addr or "")


def _actor(user: User) -> Actor:
    return Actor(user.id, address=request.remote_addr or "")


def current_user() -> User | None:
    """Return who is logged in, in all steps that it takes."""
    found = _found()
    return found[1] if found and not found[0].awaits_code else None


def current_sign_in() -> SignIn | None:
    """Return the log-in of this device, also one that still awaits its code."""
    found = _found()
    return found[0] if found else None


def half_signed_in() -> User | None:
    """Return whose password was right, where the code of the second factor is still to come."""
    found = _found()
    return found[1] if found and found[0].awaits_code else None


def note_click() -> None:
    """Write down now and then that the log-in is in use, by a person."""
    found = _found()
    if not found or found[0].awaits_code or UNATTENDED in request.headers:
        return
    if is_worth_noting(found[0], _runtime().clock.now()):
        with unit_of_work(_runtime()) as work:
            note_use(work, found[0].id)


def csrf_token() -> str:
    """Return the token that every form of this log-in carries; before there is one, of this visit."""
    if _found():
        key = _runtime().settings.secret_key.encode()
        return hmac.new(key, f"csrf {_token()}".encode(), sha256).hexdigest()
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    token: str = session["csrf"]
    return token


def _found() -> tuple[SignIn, User] | None:
    """Look the cookie up, once for each request: one row by its index."""
    if "found_sign_in" not in g:
        g.found_sign_in = None
        if token := _token():
            with reading(_runtime()) as work:
                g.found_sign_in = find_sign_in(work, token)
    found: tuple[SignIn, User] | None = g.found_sign_in
    return found


def _token() -> str:
    return request.cookies.get(_cookie(), "")[:100]


def _carry(token: str | None) -> None:
    """Give the browser the cookie, or take it away, with the answer."""
    g.found_sign_in = None

    @after_this_request
    def set_cookie(response: Response) -> Response:
        if token is None:
            response.delete_cookie(_cookie(), secure=_is_secure(), httponly=True, samesite="Lax")
        else:
            response.set_cookie(_cookie(), token, secure=_is_secure(), httponly=True, samesite="Lax")
        return response


def _cookie() -> str:
    """Return a name for which a browser vouches, over TLS, that nobody but this host has set it."""
    return "__Host-callboard" if _is_secure() else "callboard"


def _is_secure() -> bool:
    return _runtime().settings.public_url.startswith("https://")


def _runtime() -> Runtime:
    found: Runtime = current_app.extensions["callboard"]
    return found
