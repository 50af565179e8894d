"""The log of what endpoints were told: looked at, tried once more, and tested with a ping."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from bot.audit import Actor, record
from bot.errors import Conflict, NotFound
from bot.models import PING, DeliveryStatus, EndpointState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from bot.outgoing.announcing import DELIVER, announce
from bot.outgoing.endpoints import Endpoint, find_endpoint
from bot.queue import SWEEPS
from bot.work import Work

MISSED = (DeliveryStatus.FAILED, DeliveryStatus.DROPPED)


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """One event for one endpoint, and what came of it."""

    key: int
    id: str
    event: str
    """Its `webhook-id`."""
    type: str
    data: dict[str, Any]
    happened_at: datetime
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    attempted_at: datetime | None
    not_before: datetime
    code: int | None
    latency_ms: int | None
    response: str | None
    error: str | None

    @property
    def next_attempt_at(self) -> datetime | None:
        """When it is tried next, where it is."""
        return self.not_before if self.status is DeliveryStatus.PENDING else None


COLUMNS = (
    WebhookDelivery.id,
    WebhookDelivery.public_id,
    WebhookEvent.public_id,
    WebhookEvent.type,
    WebhookEvent.data,
    WebhookEvent.at,
    WebhookDelivery.status,
    WebhookDelivery.attempts,
    WebhookDelivery.created_at,
    WebhookDelivery.attempted_at,
    WebhookDelivery.not_before,
    WebhookDelivery.code,
    WebhookDelivery.latency_ms,
    WebhookDelivery.response,
    WebhookDelivery.error,
)


def delivery_from(row: Sequence[Any]) -> LoggedDelivery:
    """Make a delivery of the values of `COLUMNS`."""
    values = list(row)
    values[6] = DeliveryStatus(values[6])
    return LoggedDelivery(*values)


def deliveries_of(endpoint: Endpoint, status: DeliveryStatus | None = None) -> Select[*tuple[Any, ...]]:
    """Select what an endpoint was told, or is to be."""
    found = select(*COLUMNS).join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
    found = found.where(WebhookDelivery.endpoint_id == endpoint.key)
    return found.where(WebhookDelivery.status == status) if status else found


def find_delivery(work: Work, public_id: str) -> tuple[LoggedDelivery, str]:
    """Return a delivery and its endpoint's public id. Raises `NotFound`, also where the endpoint was deleted."""
    row = work.connection.execute(
        select(*COLUMNS, WebhookEndpoint.public_id)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.public_id == public_id, WebhookEndpoint.state != EndpointState.DELETED)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no webhook delivery with this id")
    return delivery_from(row[:-1]), row[-1]


def ping(work: Work, actor: Actor, endpoint_id: str) -> LoggedDelivery:
    """Send a test event to an endpoint, a disabled one too; it is tried once. Raises `NotFound`."""
    endpoint = find_endpoint(work, endpoint_id)
    (made,) = announce(work, (endpoint.key,), PING, {"webhook_endpoint": endpoint.id})
    record(work, actor, "webhook_endpoint.pinged", "webhook_endpoint", endpoint.id)
    return find_delivery(work, made)[0]


def replay(work: Work, actor: Actor, delivery_id: str) -> LoggedDelivery:
    """Tell an endpoint of the same event again, with the same `webhook-id`. Raises `NotFound`, `Conflict`."""
    delivery, endpoint_id = find_delivery(work, delivery_id)
    endpoint = find_endpoint(work, endpoint_id)
    _refuse_disabled(endpoint)
    if delivery.status is DeliveryStatus.SENDING:
        raise Conflict("this delivery is being tried at this moment")
    _again(work, select(WebhookDelivery.id).where(WebhookDelivery.id == delivery.key))
    record(work, actor, "webhook_endpoint.replayed", "webhook_endpoint", endpoint.id, {"count": 1})
    return find_delivery(work, delivery_id)[0]


def replay_missed(work: Work, actor: Actor, endpoint_id: str, since: datetime) -> int:
    """Tell an endpoint again of all that happened since then and was never delivered; return how many there are.

    Raises `NotFound`, `Conflict`.
    """
    endpoint = find_endpoint(work, endpoint_id)
    _refuse_disabled(endpoint)
    missed = (
        select(WebhookDelivery.id)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(
            WebhookDelivery.endpoint_id == endpoint.key,
            WebhookDelivery.status.in_(MISSED),
            WebhookEvent.at >= since,
            WebhookEvent.type != PING,
        )
    )
    count = _again(work, missed)
    record(work, actor, "webhook_endpoint.replayed", "webhook_endpoint", endpoint.id, {"count": count})
    return count


def _refuse_disabled(endpoint: Endpoint) -> None:
    if endpoint.state is not EndpointState.ACTIVE:
        raise Conflict("the endpoint is disabled: enable it first")


def _again(work: Work, ids: Select[int]) -> int:
    fresh = {"status": DeliveryStatus.PENDING, "attempts": 0, "not_before": work.now}
    not_under_way = WebhookDelivery.status != DeliveryStatus.SENDING
    changed = work.connection.execute(
        update(WebhookDelivery).where(WebhookDelivery.id.in_(ids), not_under_way).values(**fresh)
    )
    work.ring(SWEEPS, DELIVER)
    return changed.rowcount
