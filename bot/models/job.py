"""Vacancies and their stages."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class JobState(StrEnum):
    """Draft and paused jobs start no conversation; a closed one ends them."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Job(Base):
    """A vacancy."""

    __tablename__ = "jobs"

    id: Mapped[pk]
    public_id: Mapped[public]
    title: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    location: Mapped[str] = mapped_column(default="")
    hiring_manager: Mapped[str] = mapped_column(default="")
    recruiter: Mapped[str] = mapped_column(default="")
    """The owner's name, as candidates read it."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    hiring_manager_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Who sees this job though they see no others, where their role is that of a hiring manager."""
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    default_country: Mapped[str | None]
    """Where numbers without a country code are from, and where messages may go, such as "PT"."""
    channels: Mapped[list[Any]] = mapped_column(default=lambda: ["whatsapp", "sms"])
    """Kinds of channel in the order in which they are tried."""
    state: Mapped[str] = mapped_column(default=JobState.OPEN)
    is_template: Mapped[bool] = mapped_column(default=False)
    """Only to make jobs from: it is never listed among them, and takes no application."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the changes of the job and its stages, so that nobody overwrites what they have not seen."""
    created_at: Mapped[datetime]


class Stage(Base):
    """A step of a job's process; one that was removed is of no job, and stays for the history of those it held."""

    __tablename__ = "stages"
    __table_args__ = (UniqueConstraint("job_id", "place"),)

    id: Mapped[pk]
    public_id: Mapped[public]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    place: Mapped[int]
    name: Mapped[str]
    former_names: Mapped[list[Any]] = mapped_column(default=list)
    """By which the rules of campaigns that are in force may still propose it."""
    type: Mapped[str]
