"""Messages in and out. The rows going out are the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public, shared

HAS_PROVIDER_ID = text("provider_id is not null")
_IS_FALLBACK = text("fallback_of_id is not null")
_QUEUED = text("status = 'queued' and not held")
_QUEUED_SQLITE = text("status = 'queued' and held = 0")  # as SQLAlchemy writes it, or SQLite does not know it again
_UNSETTLED = text("status in ('queued', 'sending', 'sent') and confirmed_at is null")
_STALE = text("status = 'queued' and expires_at is not null")
_SENDING = text("status = 'sending'")
_SENT = text("status = 'sent'")
_UNCONFIRMED = text("status = 'unconfirmed'")
_RECEIVED = text("status = 'received'")


class Origin(StrEnum):
    """Who a message is from."""

    CANDIDATE = "candidate"
    BOT = "bot"
    PERSON = "person"
    NOTICE = "notice"
    """A confirmation that is owed even after an opt-out, such as "you get no more messages"."""


class InboundStatus(StrEnum):
    """The fate of an incoming message."""

    RECEIVED = "received"
    HANDLED = "handled"
    ABANDONED = "abandoned"


class Message(Base):
    """One message. Outgoing status: queued → sending → sent → delivered → read, and the ways out of that."""

    __tablename__ = "messages"
    __table_args__ = (
        Index(
            "uq_messages_provider",
            "provider_id",
            "channel_id",
            unique=True,
            sqlite_where=HAS_PROVIDER_ID,
            postgresql_where=HAS_PROVIDER_ID,
        ),
        Index(
            "uq_messages_fallback",
            "fallback_of_id",
            unique=True,
            sqlite_where=_IS_FALLBACK,
            postgresql_where=_IS_FALLBACK,
        ),
        Index("ix_messages_thread", "conversation_id", "id"),
        Index("ix_messages_due", "channel_id", "priority", "id", sqlite_where=_QUEUED_SQLITE, postgresql_where=_QUEUED),
        Index(
            "ix_messages_unsettled",
            "conversation_id",
            "id",
            sqlite_where=_UNSETTLED,
            postgresql_where=_UNSETTLED,
        ),
        Index("ix_messages_stale", "expires_at", sqlite_where=_STALE, postgresql_where=_STALE),
        Index("ix_messages_sending", "claimed_at", sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("ix_messages_unconfirmed", "channel_id", sqlite_where=_UNCONFIRMED, postgresql_where=_UNCONFIRMED),
        Index("ix_messages_sent", "sent_at", sqlite_where=_SENT, postgresql_where=_SENT),
        Index("ix_messages_received", "created_at", sqlite_where=_RECEIVED, postgresql_where=_RECEIVED),
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    channel_id: Mapped[shared]
    address_id: Mapped[int] = mapped_column(ForeignKey("addresses.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"))
    inbound: Mapped[bool]
    origin: Mapped[str]
    status: Mapped[str]
    text: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Out: options, media, template, so that it can be sent, and sent again elsewhere. In: media, tap, place."""
    created_at: Mapped[datetime]

    priority: Mapped[int] = mapped_column(default=0)
    """0 for what answers a candidate, 1 for what was started by many at once."""
    not_before: Mapped[datetime | None]
    """Before this it is not sent; nor, where that failed, taken for delivered without a receipt."""
    expires_at: Mapped[datetime | None]
    """After this it is of no use and is not sent."""
    held: Mapped[bool] = mapped_column(default=False)
    """Out: waits until a person hands the conversation back. In: the bot left it to that person, unanswered."""
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    """The mark of the claim; whoever records must still hold it."""
    claimed_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    """When the provider was last asked what became of it, so that each has its turn."""
    provider_id: Mapped[str | None]
    error_code: Mapped[str | None]
    segments: Mapped[int] = mapped_column(default=1)
    cause: Mapped[str | None]
    """Why it is cancelled, waits, is unconfirmed, or counts as sent or delivered without a receipt, in a few words."""
    retry_of_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    fallback_of_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    place: Mapped[int | None]
    """In the order of its conversation, of what is said again: the id of what was said first. Others have their own."""
    sent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """When the provider first said that it is on its way: the next part may follow."""
    delivered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]


class MessageEvent(Base):
    """One status callback, kept as it came; a repeated one is the same row."""

    __tablename__ = "message_events"
    __table_args__ = (UniqueConstraint("provider_id", "status", "error_code"),)

    id: Mapped[pk]
    # indexed, as the history of one message is looked up by it, and so is what refers to one that is to be deleted
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    provider_id: Mapped[str]
    status: Mapped[str]
    error_code: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
