"""E-mails that we send ourselves, such as invitations. A mail is a row first."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class MailStatus(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    KEPT = "kept"
    """There is no mail server: it stays in the local mailbox."""


DUE = text("status IN ('queued', 'sending')")


class Mail(Base):
    """One mail to one person."""

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_due", "not_before", sqlite_where=DUE, postgresql_where=DUE),)

    id: Mapped[pk]
    public_id: Mapped[public]
    kind: Mapped[str]
    """A word such as `invitation`."""
    sender: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    sealed_body: Mapped[str]
    """Text and HTML, encrypted (`bot/secrets_at_rest.py`), as links in them log people in; blank when it has gone."""
    headers: Mapped[dict[str, Any]]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime]
    """When it may be tried; of one that is being sent, when somebody else may take it over."""
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
