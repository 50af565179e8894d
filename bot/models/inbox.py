"""What people add to conversations: notes, what they have read, who is looking, texts to write again or later."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Json, pk, public, shared

_WAITING = text("status = 'waiting'")


class ScheduledStatus(StrEnum):
    """What became of a message that was written for later."""

    WAITING = "waiting"
    QUEUED = "queued"
    """It is a message now, and has that message's status."""
    CANCELLED = "cancelled"
    NOT_SENT = "not_sent"
    """When its moment came it could not go; `cause` says why, and a person was called."""


class ConversationNote(Base):
    """A private note within a conversation: no candidate ever sees it."""

    __tablename__ = "conversation_notes"
    __table_args__ = (Index("ix_conversation_notes_thread", "conversation_id", "created_at"),)

    id: Mapped[pk]
    public_id: Mapped[public]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    user_id: Mapped[shared]
    text: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class ReadMark(Base):
    """Up to which message of a conversation a user has read."""

    __tablename__ = "reads"

    user_id: Mapped[shared] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    message_id: Mapped[shared]
    at: Mapped[datetime]


class Presence(Base):
    """A user who has a conversation open, as their page last said; it is of no use after seconds."""

    __tablename__ = "presences"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    user_id: Mapped[shared] = mapped_column(primary_key=True)
    typing: Mapped[bool]
    at: Mapped[datetime] = mapped_column(index=True)


class Snippet(Base):
    """A text that is written often, with variables in it: of one user, or shared by all."""

    __tablename__ = "snippets"

    id: Mapped[pk]
    public_id: Mapped[public]
    user_id: Mapped[shared] = mapped_column(index=True)
    """Who made it; a private one is theirs alone."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str]
    """What one types after the `/`."""
    text: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ScheduledMessage(Base):
    """Words of a person, to be sent at a moment; whether they may go is asked then (`bot/dialogue/scheduling.py`)."""

    __tablename__ = "scheduled_messages"
    __table_args__ = (
        Index("ix_scheduled_messages_due", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_scheduled_messages_thread", "conversation_id", "id"),
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    user_id: Mapped[shared]
    kind: Mapped[str | None]
    """The kind of channel; the one in use by then, where nothing was chosen."""
    text: Mapped[str]
    template: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """`name`, `language`, `variables`, where a template is to be sent."""
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=ScheduledStatus.WAITING)
    cause: Mapped[str | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Submission(Base):
    """A form that was sent, by the token that it carried: a second click on it does nothing more."""

    __tablename__ = "submissions"

    token: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
