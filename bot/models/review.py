"""What people who hire say of an application to one another, and the views of a board that they keep."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class Note(Base):
    """A note on an application. A deleted one stays for a while, so that deleting can be undone."""

    __tablename__ = "notes"

    id: Mapped[pk]
    public_id: Mapped[public]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Rating(Base):
    """One to five stars, by one user for one application."""

    __tablename__ = "ratings"
    __table_args__ = (UniqueConstraint("application_id", "user_id"),)

    id: Mapped[pk]
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    stars: Mapped[int]
    rated_at: Mapped[datetime]


class SavedView(Base):
    """A filter of a job's board under a name, for one user or for all."""

    __tablename__ = "saved_views"

    id: Mapped[pk]
    public_id: Mapped[public]
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    query: Mapped[str]
    """The filter as the address of a page has it, such as `status=failed&tag=night`."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
