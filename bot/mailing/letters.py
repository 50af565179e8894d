"""What our own mails say. Pure."""

from datetime import datetime
from html import escape

from bot.mailing.queueing import Letter
from bot.models import Role

ROLES = {
    Role.ADMIN: "an administrator",
    Role.RECRUITER: "a recruiter",
    Role.HIRING_MANAGER: "a hiring manager",
    Role.VIEWER: "a viewer",
}
_FONT = "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#1c2026"
_BUTTON = (
    "display:inline-block;padding:12px 20px;border-radius:8px;background:#0b5d57;color:#ffffff;text-decoration:none"
)


def invitation(company: str, role: Role, address: str, until: datetime) -> Letter:
    """Write to somebody who is to log in for the first time."""
    lines = (f"You are invited to Callboard at {company}, as {ROLES[role]}.", "Choose a password to begin.")
    end = (f"The link works once, until {_moment(until)}.", "If you do not expect this, you need do nothing.")
    return _letter("invitation", "Your invitation to Callboard", lines, ("Choose a password", address), end)


def password_reset(address: str, until: datetime) -> Letter:
    """Write to somebody who has asked for a new password."""
    lines = ("Somebody, probably you, has asked for a new password for Callboard.",)
    end = (
        f"The link works once, until {_moment(until)}.",
        "If it was not you, you need do nothing: your password stays as it is.",
    )
    return _letter("password_reset", "A new password for Callboard", lines, ("Choose a new password", address), end)


def security_notice(what: str, at: datetime, log_in_address: str) -> Letter:
    """Tell somebody that what protects their account was changed; *what* is a sentence."""
    lines = (what, f"This was at {_moment(at)}.")
    end = ("If it was not you, ask for a new password at once, and tell your administrator.",)
    return _letter(
        "security_notice", "Your Callboard account was changed", lines, ("Go to Callboard", log_in_address), end
    )


def endpoint_disabled(host: str, reason: str, address: str) -> Letter:
    """Tell an administrator that another system is told nothing any more; *reason* is half a sentence."""
    lines = (f"Callboard tells {host} nothing any more: {reason}.", "What happens meanwhile is not kept for it.")
    end = ("When it answers again, enable it there, and send again what it has missed.",)
    return _letter("webhook_disabled", "A webhook endpoint was disabled", lines, ("See what came back", address), end)


def _letter(kind: str, subject: str, lines: tuple[str, ...], button: tuple[str, str], end: tuple[str, ...]) -> Letter:
    words, address = button
    text = "\n\n".join((*lines, f"{words}:\n{address}", *end)) + "\n"
    linked = f'<a href="{escape(address)}" style="{_BUTTON}">{escape(words)}</a>'
    parts = (*map(escape, lines), linked, *map(escape, end))
    body = "\n".join(f"<p>{part}</p>" for part in parts)
    html = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(subject)}</title></head>\n'
        f'<body style="{_FONT};margin:0;padding:24px;background:#ffffff"><div style="max-width:560px">\n{body}\n'
        "</div></body></html>\n"
    )
    return Letter(kind, subject, text, html)


def _moment(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M} UTC"
