"""Who may use the pages and the API."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class Role(StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    RECRUITER = "recruiter"
    HIRING_MANAGER = "hiring_manager"
    VIEWER = "viewer"


class User(Base):
    """A person who logs in."""

    __tablename__ = "users"

    id: Mapped[pk]
    public_id: Mapped[public]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    password_hash: Mapped[str]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """Failed log-ins of one account or one address, for throttling."""

    __tablename__ = "login_attempts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    """A keyed hash of the e-mail or of the caller's address."""
    failures: Mapped[int]
    last_at: Mapped[datetime]


class ApiKey(Base):
    """A key of the REST API; only its hash is kept."""

    __tablename__ = "api_keys"

    id: Mapped[pk]
    public_id: Mapped[public]
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(default="", server_default="")
    """How the key begins, by which people know it again; keys of before have none."""
    created_by: Mapped[str] = mapped_column(default="", server_default="")
    """The e-mail of a user, or "command line"."""
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """From then on it is refused."""
    revoked_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("api_keys.id"))
    """The key that was made to take its place."""


class IdempotencyKey(Base):
    """An answer that was given to a POST with an `Idempotency-Key`, to be given again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("api_key_id", "key"),)

    id: Mapped[pk]
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"))
    key: Mapped[str]
    fingerprint: Mapped[str]
    """Of method, path and body: the same key for another request is a mistake."""
    status: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
