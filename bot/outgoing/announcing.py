"""Writing down that something happened, for those who want to be told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.models import DeliveryStatus, EventType, WebhookDelivery, WebhookEvent, new_public_id
from bot.queue import SWEEPS
from bot.statements import add_row, note_row
from bot.work import Work

DELIVER = "bot.tasks.deliver_outgoing"


def wanting(work: Work, event_type: EventType) -> tuple[int, ...]:
    """Return who wants to be told of such an event; mostly nobody, which costs next to nothing."""
    return work.runtime.subscribers.of(work.connection, event_type)


def announce(work: Work, endpoint_ids: tuple[int, ...], event_type: str, data: Mapping[str, Any]) -> list[str]:
    """Write an event down with a delivery for each of the endpoints; return the public ids of those.

    All in the caller's transaction: what is rolled back is never told, and what is committed always.
    """
    event_id = add_row(
        work.connection,
        WebhookEvent,
        public_id=new_public_id(),
        type=str(event_type),
        data=dict(data),
        at=work.now,
    )
    made = [new_public_id() for _ in endpoint_ids]
    for endpoint_id, public_id in zip(endpoint_ids, made, strict=True):
        note_row(
            work.connection,
            WebhookDelivery,
            public_id=public_id,
            event_id=event_id,
            endpoint_id=endpoint_id,
            status=str(DeliveryStatus.PENDING),
            attempts=0,
            not_before=work.now,
            created_at=work.now,
        )
    work.ring(SWEEPS, DELIVER)
    return made


def moment(at: datetime) -> str:
    """Write a time as the API does."""
    return at.isoformat().replace("+00:00", "Z")
