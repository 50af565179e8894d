"""The local mailbox: mails as they were written, and what became of each."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import select

from bot.errors import NotFound
from bot.mailing.queueing import message_of
from bot.models import Mail
from bot.secrets_at_rest import Unreadable
from bot.work import Work

MOST = 50
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in the list."""

    id: int
    public_id: str
    kind: str
    recipient: str
    subject: str
    status: str
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedMail:
    """A mail with all that is in it; the parts are blank once it has gone, or where the secret key has changed."""

    row: MailRow
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    source: str
    is_unreadable: bool = False

    @property
    def links(self) -> list[str]:
        """The addresses in its text, each once."""
        return list(dict.fromkeys(_LINK.findall(self.text)))


def list_mails(work: Work, before: int = 0) -> tuple[list[MailRow], int]:
    """Return a page of mails, newest first, and before which id the next one begins; 0 where there is none."""
    wanted = select(Mail).order_by(Mail.id.desc()).limit(MOST + 1)
    found = work.session.execute(wanted.where(Mail.id < before) if before else wanted).scalars().all()
    rows = [_row(mail) for mail in found[:MOST]]
    return rows, rows[-1].id if len(found) > MOST else 0


def open_mail(work: Work, public_id: str) -> OpenedMail:
    """Return one mail. Raises `NotFound`."""
    mail = work.session.execute(select(Mail).where(Mail.public_id == public_id)).scalar_one_or_none()
    if mail is None:
        raise NotFound(f"there is no mail {public_id!r} any more")
    if not mail.sealed_body:
        return OpenedMail(_row(mail), "", "", (), "")
    try:
        message = message_of(work.settings.secret_key, mail)
    except Unreadable:
        return OpenedMail(_row(mail), "", "", (), "", is_unreadable=True)
    headers = tuple((name, str(value)) for name, value in message.items())
    return OpenedMail(_row(mail), _part(message, "plain"), _part(message, "html"), headers, message.as_string())


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _row(mail: Mail) -> MailRow:
    names = ("id", "public_id", "kind", "recipient", "subject", "status", "attempts", "error", "created_at", "sent_at")
    return MailRow(**{name: getattr(mail, name) for name in names})
