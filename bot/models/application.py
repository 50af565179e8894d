"""Applications and the moves between stages."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public

_PENDING = text("status = 'pending'")


class BulkItemStatus(StrEnum):
    """How far one application of a bulk move is."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


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
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), index=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"), index=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=ApplicationState.ACTIVE)
    score: Mapped[int] = mapped_column(default=0)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    proposed_stage: Mapped[str | None]
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
    created_at: Mapped[datetime]


class BulkMove(Base):
    """Many applications to be moved into one stage, in the background."""

    __tablename__ = "bulk_moves"

    id: Mapped[pk]
    public_id: Mapped[public]
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    sends: Mapped[bool]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class BulkMoveItem(Base):
    """One application of a bulk move and what became of it."""

    __tablename__ = "bulk_move_items"
    __table_args__ = (
        UniqueConstraint("bulk_move_id", "place"),
        Index("ix_bulk_move_items_pending", "id", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index(
            "ix_bulk_move_items_application",
            "application_id",
            "id",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
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
