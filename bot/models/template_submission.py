"""Templates that are written here and handed to the provider for approval."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class SubmissionStatus(StrEnum):
    """How far a template of ours is."""

    DRAFT = "draft"
    CREATING = "creating"
    """The provider is to keep it, or keeps it without our knowing yet."""
    REQUESTING = "requesting"
    """The provider keeps it; its approval is to be asked for."""
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    """By WhatsApp: the name is used up."""
    FAILED = "failed"
    """The provider did not take it."""


class TemplateSubmission(Base):
    """One template of ours on its way to the provider and to approval. A task works on it, whoever dies over it."""

    __tablename__ = "template_submissions"
    __table_args__ = (UniqueConstraint("name", "language"),)

    id: Mapped[pk]
    public_id: Mapped[public]
    name: Mapped[str]
    language: Mapped[str]
    category: Mapped[str]
    body: Mapped[str]
    samples: Mapped[dict[str, Any]]
    buttons: Mapped[list[Any]]
    status: Mapped[str] = mapped_column(default=SubmissionStatus.DRAFT)
    content_sid: Mapped[str | None]
    problem: Mapped[str | None]
    """Why it failed, was rejected, or is tried again, in the words or the code of whoever said so."""
    not_before: Mapped[datetime | None]
    """When a task may look at it: also the time for which one that looks has it for itself."""
    attempts: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
