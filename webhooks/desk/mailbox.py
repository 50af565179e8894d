"""The mails that Callboard has written, for admins: the local mailbox where no server is set."""

from datetime import timedelta

from flask import abort, request
from werkzeug.wrappers import Response

from bot.audit import record, was_recorded
from bot.errors import NotFound
from bot.insight.mailbox import OpenedMail, list_mails, open_mail
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.audit_page import key_in
from webhooks.desk.rendering import page
from webhooks.desk.signed_in import current_actor

PARTS = (("html", "As it looks"), ("text", "Text"), ("headers", "Headers"), ("source", "Source"))
FRAMED = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""For the HTML of a mail: it has styles of its own, and may do nothing at all."""


@desk.get("/mailbox")
def mailbox() -> Response:
    """List the mails, newest first."""
    with reading(runtime()) as work:
        mails, older = list_mails(work, key_in(request.args.get("before", "")))
    return page("people/mailbox.html", mails=mails, older=older, sends=runtime().settings.smtp_url is not None)


@desk.get("/mailbox/<public_id>")
def mail(public_id: str) -> Response:
    """Show one mail; that somebody has looked is noted, as its links log people in."""
    opened = _opened(public_id)
    part = request.args.get("part", "")
    shown = part if part in dict(PARTS) else "html"
    if opened.source:
        _note_opened(public_id)
    return page("people/mail.html", mail=opened, shown=shown, parts=PARTS)


@desk.get("/mailbox/<public_id>/html")
def mail_html(public_id: str) -> Response:
    """Give the HTML of a mail, for the frame on its page."""
    answer = Response(_opened(public_id).html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = FRAMED
    return answer


def _note_opened(public_id: str) -> None:
    """Write down who has looked into a mail, once an hour."""
    with unit_of_work(runtime()) as work:
        if not was_recorded(work, current_actor(), "mail.opened", public_id, within=timedelta(hours=1)):
            record(work, current_actor(), "mail.opened", "mail", public_id)


def _opened(public_id: str) -> OpenedMail:
    try:
        with reading(runtime()) as work:
            return open_mail(work, public_id)
    except NotFound:
        abort(404)
