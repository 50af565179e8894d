"""Our own sender identities, their templates, and what limits them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class Channel(Base):
    """A WhatsApp or SMS number of ours, at one provider. Pace and pauses are columns: all workers share them."""

    __tablename__ = "channels"
    __table_args__ = (UniqueConstraint("provider", "kind", "address"),)

    id: Mapped[pk]
    kind: Mapped[str]
    provider: Mapped[str]
    address: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    free_at: Mapped[datetime | None]
    """Paced: the next message may go then."""
    paused_until: Mapped[datetime | None]
    pause_cause: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts in a row that did not reach the provider; the circuit opens at ten."""
    looked_at: Mapped[datetime | None]
    """Up to when the provider's list has been compared with ours."""


class MessageTemplate(Base):
    """A template as the provider last listed it."""

    __tablename__ = "message_templates"
    __table_args__ = (UniqueConstraint("name", "language"),)

    id: Mapped[pk]
    name: Mapped[str]
    language: Mapped[str]
    content_sid: Mapped[str]
    status: Mapped[str]
    category: Mapped[str]
    body: Mapped[str]
    variables: Mapped[list[Any]]
    samples: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """By variable, what the provider was given as an example."""
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    """What is written on them."""
    rejection_reason: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]


class ContentResource(Base):
    """A set of buttons or list items that the provider keeps for us, so that it is created once."""

    __tablename__ = "content_resources"

    key: Mapped[str] = mapped_column(primary_key=True)
    content_sid: Mapped[str]
    created_at: Mapped[datetime]


class SendCount(Base):
    """How many messages went out on a day (UTC): what the spending cap looks at."""

    __tablename__ = "send_counts"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    messages: Mapped[int] = mapped_column(default=0)
