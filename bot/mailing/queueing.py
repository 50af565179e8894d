"""A mail is a row first: it is written with what it tells of, and so neither lost nor sent for nothing."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from sqlalchemy import delete, insert

from bot.errors import InvalidEvent
from bot.models import Mail, MailStatus, new_public_id
from bot.queue import SWEEPS
from bot.secrets_at_rest import seal, unseal
from bot.work import Work

TASK = "bot.sweeps.send_mails"
PURPOSE = "mail"
KEPT_FOR = timedelta(days=30)
OWN_HEADERS = frozenset({"from", "to", "subject", "date", "message-id", "mime-version", "content-type"})

_BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be read, as text and as HTML."""

    kind: str
    """A word such as `invitation`."""
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


def queue_mail(work: Work, recipient: str, letter: Letter) -> str:
    """Have a mail sent once this transaction has committed, or kept where there is no server; return its public id.

    Raises `InvalidEvent` where a header would hold a line break, or the recipient is not one mailbox.
    """
    _check_headers(recipient, letter)
    public_id = new_public_id()
    body = json.dumps({"text": letter.text, "html": letter.html})
    status = MailStatus.KEPT if work.settings.smtp_url is None else MailStatus.QUEUED
    work.connection.execute(
        insert(Mail).values(
            public_id=public_id,
            kind=letter.kind,
            sender=work.settings.mail_from,
            recipient=recipient,
            subject=letter.subject,
            sealed_body=seal(work.settings.secret_key, PURPOSE, body),
            headers=dict(letter.headers),
            status=status,
            not_before=work.now,
            created_at=work.now,
        )
    )
    if status == MailStatus.QUEUED:
        work.ring(SWEEPS, TASK)
    return public_id


def _check_headers(recipient: str, letter: Letter) -> None:
    """Refuse what would add a header or a recipient (ASVS 1.3.11)."""
    if _BREAKS.search(recipient) or parseaddr(recipient) != ("", recipient) or recipient.count("@") != 1:
        raise InvalidEvent("a mail goes to one mailbox: this is not the address of one", field="to")
    if _BREAKS.search(letter.subject):
        raise InvalidEvent("a subject has no line break and no control character", field="subject")
    for name, value in letter.headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in OWN_HEADERS or _BREAKS.search(value):
            raise InvalidEvent(f"the header {name!r} cannot be set like this", field="headers")


def message_of(secret_key: str, mail: Mail) -> EmailMessage:
    """Put the mail together, the same each time. Raises `Unreadable` where the key has changed."""
    body = json.loads(unseal(secret_key, PURPOSE, mail.sealed_body))
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.public_id}@{parseaddr(mail.sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(body["text"])
    message.add_alternative(body["html"], subtype="html")
    return message


def forget_old_mails(work: Work) -> None:
    """Drop mails of last month, with the addresses in them."""
    work.connection.execute(delete(Mail).where(Mail.created_at <= work.now - KEPT_FOR))
