"""People, the ways to reach them, and what they agreed to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class Candidate(Base):
    """A person. `phone_key` is the phone number with its regional variants folded into one."""

    __tablename__ = "candidates"

    id: Mapped[pk]
    public_id: Mapped[public]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str | None]
    phone_key: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(index=True)
    """Indexed, as people who have one in common may be one person."""
    city: Mapped[str | None]
    language: Mapped[str | None]
    time_zone: Mapped[str | None]
    channel: Mapped[str | None]
    """The channel to try first."""
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opted_out_at: Mapped[datetime | None]
    opted_in_at: Mapped[datetime | None]
    """When they last took an opt-out back: what a provider says of a message from before does not count."""
    created_at: Mapped[datetime]


class Address(Base):
    """One way to reach a candidate on one kind of channel; `value` is what the provider last used, and opaque."""

    __tablename__ = "addresses"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    id: Mapped[pk]
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    used_at: Mapped[datetime]
    """When it was last used; of several of one kind the latest is written to."""
    unreachable_code: Mapped[str | None]
    """The provider's code for an address that can never be reached on this kind of channel."""


class Consent(Base):
    """What an address agreed to: which channel, on whose word, since when, and until when."""

    __tablename__ = "consents"

    id: Mapped[pk]
    candidate_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), index=True)
    channel: Mapped[str]
    source: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_how: Mapped[str | None]
