"""People who come from a table: the table as it was uploaded, what was found in it, and how far it is."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class ImportState(StrEnum):
    """How far an import is."""

    UPLOADING = "uploading"
    DRAFT = "draft"
    """Its rows are stored; which column is what is still to be said."""
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What a row was found to be."""

    NEW = "new"
    KNOWN = "known"
    """A candidate who is not in this job yet."""
    HERE = "here"
    """A candidate who has an active application for this job."""
    BAD = "bad"
    """Something must be put right first."""


class Barrier(StrEnum):
    """Why somebody is added and not written to."""

    OPTED_OUT = "opted_out"
    COUNTRY = "country"


class RowStatus(StrEnum):
    """What became of a row."""

    WAITING = "waiting"
    DONE = "done"
    HERE = "here"
    """They had an application for this job by then."""
    FAILED = "failed"


class Import(Base):
    """One table of people for one job."""

    __tablename__ = "imports"

    id: Mapped[pk]
    public_id: Mapped[public]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str]
    name: Mapped[str]
    """Of the file; empty where the table was pasted."""
    sheet: Mapped[str] = mapped_column(default="")
    other_sheets: Mapped[list[Any]] = mapped_column(default=list)
    width: Mapped[int]
    header: Mapped[list[Any]] = mapped_column(default=list)
    """The cells of the first row, whether they are names of columns or not."""
    first_line: Mapped[int]
    """The line of that row."""
    has_header: Mapped[bool]
    columns: Mapped[list[Any]] = mapped_column(default=list)
    """What each column holds: the name of a field, or nothing."""
    country: Mapped[str | None]
    """Where numbers without a country code are from."""
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stages.id"))
    sends: Mapped[bool] = mapped_column(default=True)
    consents: Mapped[list[Any]] = mapped_column(default=list)
    """The kinds of channel to which these people agreed, as the recruiter says."""
    consent_source: Mapped[str] = mapped_column(default="")
    checked_to: Mapped[int] = mapped_column(default=0)
    """The last line that was checked."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    """Before this nobody is added, so that a start can be taken back."""
    finished_at: Mapped[datetime | None]


class ImportRow(Base):
    """One person of a table."""

    __tablename__ = "import_rows"
    __table_args__ = (
        UniqueConstraint("import_id", "line"),
        # holds all that rows are counted by, so that counting reads no cells
        Index("ix_import_rows_kinds", "import_id", "verdict", "status", "barrier", "left_out", "same_as", "line"),
        Index("ix_import_rows_phone", "import_id", "phone_key", "line"),
        Index("ix_import_rows_external_id", "import_id", "external_id", "line"),
    )

    id: Mapped[pk]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    line: Mapped[int]
    cells: Mapped[list[Any]]
    left_out: Mapped[bool] = mapped_column(default=False)
    verdict: Mapped[str | None]
    barrier: Mapped[str | None]
    problems: Mapped[list[Any]] = mapped_column(default=list)
    """What is wrong with it, as pairs of a field and what to do."""
    phone: Mapped[str | None]
    phone_key: Mapped[str | None]
    external_id: Mapped[str | None]
    same_as: Mapped[int | None]
    """The line further up that has the same number: this one is passed over."""
    candidate_id: Mapped[int | None] = mapped_column(ForeignKey("candidates.id"), index=True)
    """Who it is already, as far as was known when it was checked."""
    status: Mapped[str] = mapped_column(default=RowStatus.WAITING)
    reason: Mapped[str | None]
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), index=True)
