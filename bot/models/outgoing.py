"""What other systems are told: endpoints of theirs, what happened, and each attempt to say so."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public, shared

_WAITING = text("status = 'pending'")
_ON_THE_WAY = text("status = 'sending'")


class EventType(StrEnum):
    """What an endpoint can ask to be told."""

    STATUS_CHANGED = "enrolment.status_changed"
    ANSWER_GIVEN = "answer.given"
    APPLICATION_CREATED = "application.created"
    APPLICATION_MOVED = "application.moved"
    MESSAGE_FAILED = "message.failed"
    OPTED_OUT = "candidate.opted_out"


PING = "ping"
"""The type of a test event, which every endpoint gets when a person asks for it."""


class EndpointState(StrEnum):
    """Whether an endpoint is told anything."""

    ACTIVE = "active"
    DISABLED = "disabled"
    DELETED = "deleted"
    """Kept for its deliveries; its secrets are gone."""


class DeliveryStatus(StrEnum):
    """Where telling one endpoint of one event stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Tried for the last time."""
    DROPPED = "dropped"
    """Not tried any more, as its endpoint was disabled or deleted."""


class WebhookEndpoint(Base):
    """An address of another system that is told what happens."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[pk]
    public_id: Mapped[public]
    url: Mapped[str]
    events: Mapped[list[Any]]
    """The types that it wants."""
    secret: Mapped[str]
    """Sealed, see `bot/secrets_at_rest.py`."""
    former_secret: Mapped[str | None]
    """The one before it, sealed too; both sign until `former_until`."""
    former_until: Mapped[datetime | None]
    state: Mapped[str]
    state_reason: Mapped[str | None]
    """Why it is disabled, in words."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    """The first failed attempt after the last that succeeded."""


class WebhookEvent(Base):
    """Something that happened; its public id is the `webhook-id` of all attempts to tell of it."""

    __tablename__ = "webhook_events"

    id: Mapped[pk]
    public_id: Mapped[public]
    type: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)


class WebhookDelivery(Base):
    """One event for one endpoint, with what the last attempt brought."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_due", "endpoint_id", "not_before", sqlite_where=_WAITING, postgresql_where=_WAITING
        ),
        Index("ix_webhook_deliveries_sending", "claimed_at", sqlite_where=_ON_THE_WAY, postgresql_where=_ON_THE_WAY),
        Index("ix_webhook_deliveries_log", "endpoint_id", "id"),
    )

    id: Mapped[pk]
    public_id: Mapped[public]
    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_events.id"), index=True)
    endpoint_id: Mapped[shared]
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    """Since it was made or replayed."""
    not_before: Mapped[datetime]
    lease: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    attempted_at: Mapped[datetime | None]
    code: Mapped[int | None]
    """The HTTP status of the last answer."""
    latency_ms: Mapped[int | None]
    response: Mapped[str | None]
    """The beginning of the last answer's body."""
    error: Mapped[str | None]
    """Why the last attempt failed, in words."""
