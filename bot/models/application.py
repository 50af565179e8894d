"""Applications and the moves between stages."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public

_PROPOSED = text("proposed_stage is not null")
_PENDING = text("status = 'pending'")
_WAITING = text("status = 'waiting'")
_UNFINISHED = text("finished_at is null")


class BulkItemStatus(StrEnum):
    """How far one application of a bulk move is."""

    WAITING = "waiting"
    """Of a bulk move that has not begun, or is paused."""
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """There was nothing to do for it."""
    CANCELLED = "cancelled"


class BulkKind(StrEnum):
    """What a bulk move does to each of its applications."""

    MOVE = "move"
    REJECT_EVERYWHERE = "reject_everywhere"
    """The person leaves the running in every job, each by that job's own Reject stage."""
    ARCHIVE = "archive"
    WITHDRAW = "withdraw"
    TAG = "tag"
    UNTAG = "untag"


class ApplicationState(StrEnum):
    """Whether an application is still in the running."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"


class Application(Base):
    """One candidate for one job, now in one stage."""

    __tablename__ = "applications"
    __table_args__ = (
        Index(
            "uq_applications_active",
            "job_id",
            "candidate_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_applications_job", "job_id", "id"),
        # for a column of a board: its number, its newest, and the one in the middle
        Index("ix_applications_stage_since", "stage_id", "state", "moved_at", "id"),
        Index("ix_applications_proposed", "job_id", sqlite_where=_PROPOSED, postgresql_where=_PROPOSED),
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), index=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    external_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=ApplicationState.ACTIVE)
    score: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    proposed_stage: Mapped[str | None]
    last_enrolment_id: Mapped[int | None]
    """Not a foreign key: enrolments refer to this table, and two tables cannot each come first."""
    moved_at: Mapped[datetime]
    """Since when it is in its stage."""
    created_at: Mapped[datetime]


class StageMove(Base):
    """An application going from one stage to another, kept for ever."""

    __tablename__ = "stage_moves"
    __table_args__ = (UniqueConstraint("source", "external_id"),)

    id: Mapped[pk]
    public_id: Mapped[public]
    # indexed for the timeline of one application
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    from_stage_id: Mapped[int | None] = mapped_column(ForeignKey("stages.id"))
    to_stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    source: Mapped[str]
    external_id: Mapped[str | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who made it on the dashboard."""
    created_at: Mapped[datetime]


class BulkMove(Base):
    """Applications to be moved into one stage, or to have something else done to them, in the background.

    Until it begins, at `not_before`, it can be taken back as if it had never been.
    """

    __tablename__ = "bulk_moves"
    __table_args__ = (
        Index("ix_bulk_moves_unfinished", "job_id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    kind: Mapped[str] = mapped_column(default=BulkKind.MOVE)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    """The job on whose board it was asked for; None where another system asked."""
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stages.id"))
    tag: Mapped[str | None]
    sends: Mapped[bool]
    sends_elsewhere: Mapped[bool] = mapped_column(default=False)
    """Who is rejected everywhere gets the Reject campaigns of the other jobs too."""
    again: Mapped[bool] = mapped_column(default=False)
    """Applications that are in the stage already get its campaign again."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class BulkMoveItem(Base):
    """One application of a bulk move and what became of it."""

    __tablename__ = "bulk_move_items"
    __table_args__ = (
        UniqueConstraint("bulk_move_id", "place"),
        Index("ix_bulk_move_items_pending", "bulk_move_id", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index(
            "ix_bulk_move_items_application",
            "application_id",
            "id",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        Index("ix_bulk_move_items_waiting", "application_id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[pk]
    bulk_move_id: Mapped[int] = mapped_column(ForeignKey("bulk_moves.id"))
    place: Mapped[int]
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    application_ref: Mapped[str]
    """The id as it was given, which may name nothing."""
    status: Mapped[str] = mapped_column(default=BulkItemStatus.PENDING)
    reason: Mapped[str | None]
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"))


class ApplicationChange(Base):
    """Something done to an application that is neither a move nor said in its conversation, kept for its timeline."""

    __tablename__ = "application_changes"

    id: Mapped[pk]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None where no user did it: the candidate, or another system."""
    kind: Mapped[str]
    """`tagged`, `untagged`, or the state that it came into."""
    tag: Mapped[str | None]
    at: Mapped[datetime]
