"""Who did what: a record that is only ever added to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class AuditEntry(Base):
    """Something that somebody did. Neither names, addresses of people nor secrets stand in it, but ids."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_user_id_id", "user_id", "id"),
        Index("ix_audit_entries_object_id_id", "object_id", "id"),
    )

    id: Mapped[pk]
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who, where a user did it."""
    actor: Mapped[str] = mapped_column(default="")
    """Who, where none did: `command line`, or a key of the API."""
    action: Mapped[str]
    """What, in dotted words: `user.role_changed`."""
    object_kind: Mapped[str] = mapped_column(default="")
    object_id: Mapped[str] = mapped_column(default="")
    """The public id of what it was done to."""
    details: Mapped[dict[str, Any]]
    address: Mapped[str] = mapped_column(default="")
    """From which network address."""
    position: Mapped[int | None] = mapped_column(unique=True)
    """Its place in the chain of seals; given by a sweep, so that nobody who writes has to wait."""
    seal: Mapped[str | None]
    """A keyed hash of this entry and of the seal before it: an entry cannot be changed or taken out unseen."""
