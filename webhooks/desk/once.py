"""Secrets that are shown once: after the form that made one, and never again."""

from flask import session

from bot.secrets_at_rest import Unreadable, seal, unseal
from webhooks.desk import runtime

_PURPOSE = "shown_once"


def show_next(of: str, secret: str) -> None:
    """Have the next look at *of* show a secret. The browser carries it there, encrypted."""
    session[_PURPOSE] = seal(runtime().settings.secret_key, _PURPOSE, f"{of} {secret}")


def to_be_shown(of: str) -> str:
    """Return the secret that is to be shown of it now, for the only time; blank without one."""
    sealed = session.pop(_PURPOSE, "")
    if not sealed:
        return ""
    try:
        whose, _, secret = unseal(runtime().settings.secret_key, _PURPOSE, sealed).partition(" ")
    except Unreadable:
        return ""
    return secret if whose == of else ""
