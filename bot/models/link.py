"""Signed links: addresses that let whoever has them do one thing, once."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class LinkPurpose(StrEnum):
    """What a link is for; it does nothing else."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  a word, no password


class SignedLink(Base):
    """A link that was sent to a user. Only the hash of its token is kept."""

    __tablename__ = "signed_links"

    id: Mapped[pk]
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
