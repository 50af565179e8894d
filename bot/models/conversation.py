"""A candidate's single thread, and the answers given in it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, Json, pk, shared

_NEEDS_PERSON = text("needs_person is not null")
_AWAITED = text("awaiting_since is not null")
_HELD = text("held_by is not null")
_ASSIGNED = text("assigned_to_id is not null")
_STIRRED = text("stirred_at is not null")


class Conversation(Base):
    """One per candidate, over all channels and jobs. Its row is the lock that each turn takes."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_person", "id", sqlite_where=_NEEDS_PERSON, postgresql_where=_NEEDS_PERSON),
        Index("ix_conversations_awaited", "awaiting_since", "id", sqlite_where=_AWAITED, postgresql_where=_AWAITED),
        Index("ix_conversations_stirred", "stirred_at", "id", sqlite_where=_STIRRED, postgresql_where=_STIRRED),
        Index("ix_conversations_held", "stirred_at", "id", sqlite_where=_HELD, postgresql_where=_HELD),
        Index(
            "ix_conversations_assigned",
            "assigned_to_id",
            "stirred_at",
            "id",
            sqlite_where=_ASSIGNED,
            postgresql_where=_ASSIGNED,
        ),
    )

    id: Mapped[pk]
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), unique=True)
    active_enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"), unique=True)
    """The one that has the turn."""
    channel_id: Mapped[shared | None]
    """Ours, over which they last wrote or were last written to."""
    address_id: Mapped[int | None] = mapped_column(ForeignKey("addresses.id"))
    window_until: Mapped[datetime | None]
    """Until when free text may be sent on WhatsApp: 24 hours from their last message there."""
    window_channel_id: Mapped[shared | None]
    held_by: Mapped[str | None]
    """The person who holds the conversation: the bot is silent."""
    held_by_id: Mapped[shared | None]
    """That person as a user; none where they write through the API."""
    assigned_to_id: Mapped[shared | None]
    """The user who looks after it, whoever holds it."""
    needs_person: Mapped[str | None]
    """Why a person should look, such as `asked` or `not_understood`."""
    awaiting_since: Mapped[datetime | None]
    """Since when a person is awaited: one was called, or the candidate wrote to whoever holds it and got no answer."""
    stirred_at: Mapped[datetime | None]
    """When the candidate, or a person, last wrote, to the minute: the inbox is in this order. The bot stirs nothing."""
    pending: Mapped[dict[str, Any] | None]
    """A question of ours outside any campaign that waits for its answer, such as "really withdraw?"."""
    backlog: Mapped[bool] = mapped_column(default=False)
    """Something they wrote could not be handled yet; what comes after it waits, so that the order stays."""
    last_notice_at: Mapped[datetime | None]
    """When a message outside any campaign was last answered with a fixed text."""
    created_at: Mapped[datetime]


class Answer(Base):
    """What a candidate told us: as written, as read, to which question of which version."""

    __tablename__ = "answers"
    __table_args__ = (Index("ix_answers_enrolment", "enrolment_id", "question"),)

    id: Mapped[pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    version_id: Mapped[shared]
    question: Mapped[str]
    type: Mapped[str]
    raw: Mapped[str]
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    answered_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    """When the candidate took it back."""
