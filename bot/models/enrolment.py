"""Enrolments: one sending of one version of a stage campaign to one application, with its whole history."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public

_QUEUED = text("status = 'queued'")
_UNFINISHED = text("ended_at is null")
_ENDED = text("ended_at is not null")
_OPEN = text("status in ('delivered', 'in_progress')")


class Enrolment(Base):
    """One application's run through one published version. Moves of `status`: `flows.lifecycles.ENROLMENT`."""

    __tablename__ = "enrolments"
    __table_args__ = (
        Index("ix_enrolments_expiry", "expires_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_enrolments_reminder", "remind_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_enrolments_queued", "job_id", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
        # `ended_at` among the columns, though it is null in all: SQLite takes another index where this fits no closer
        Index(
            "ix_enrolments_unfinished",
            "job_id",
            "ended_at",
            "status",
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
        Index("ix_enrolments_ended", "ended_at", "status", sqlite_where=_ENDED, postgresql_where=_ENDED),
        Index("ix_enrolments_candidate", "candidate_id", "status"),
        Index("ix_enrolments_job", "job_id", "status"),
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"))
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("stage_campaign_versions.id"))
    stage_move_id: Mapped[int | None] = mapped_column(ForeignKey("stage_moves.id"), unique=True)
    reopens_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"), unique=True)
    """The expired enrolment that this one goes on with."""
    status: Mapped[str]
    reason: Mapped[str | None]
    """Why it was cancelled, or the provider's or our own code for why it failed."""
    is_blast: Mapped[bool] = mapped_column(default=False)
    place: Mapped[int] = mapped_column(default=0)
    """Its place in the candidate's queue: the id of the first enrolment that took the place."""
    waits_for_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"))
    waits_because: Mapped[str | None]
    position: Mapped[dict[str, Any]] = mapped_column(default=dict)
    finished: Mapped[bool] = mapped_column(default=False)
    """Everything was said before the receipt of the welcome: complete on delivery."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    quiet_since: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminders_sent: Mapped[int] = mapped_column(default=0)


class EnrolmentEvent(Base):
    """One line of an enrolment's history: which status, since when, and why."""

    __tablename__ = "enrolment_events"

    id: Mapped[pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    status: Mapped[str]
    cause: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    at: Mapped[datetime]


class Delivery(Base):
    """One attempt to reach the candidate with the welcome, on one kind of channel."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("enrolment_id", "attempt"),)

    id: Mapped[pk]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"))
    attempt: Mapped[int]
    kind: Mapped[str]
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    created_at: Mapped[datetime]
