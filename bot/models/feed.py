"""What has changed, for those who are looking at it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class Topic(StrEnum):
    """What a change is of; its key is the id of a row."""

    CONVERSATION = "conversation"
    """A message, its fate, who holds it; the cards of that candidate's applications with it."""
    INBOX = "inbox"
    """That a conversation wants somebody, or no more, or has something unread; its key is the conversation."""
    APPLICATION = "application"
    """Its stage, state, tags, notes."""
    JOB = "job"
    """The job itself, its stages, or applications that came or went."""
    BULK_MOVE = "bulk_move"
    IMPORT = "import"
    TEMPLATES = "templates"
    """Any template or channel; the key is 0."""
    USER = "user"
    """What concerns one user alone."""


class Change(Base):
    """That something changed, never what it is now: pages ask again. Kept for minutes (`bot/sweeps.py`)."""

    __tablename__ = "changes"

    id: Mapped[pk]
    topic: Mapped[str]
    key: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
