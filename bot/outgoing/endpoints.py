"""Endpoints of other systems: made, changed, given a new secret, disabled and deleted.

Whoever changes one tells `runtime.subscribers` to forget, once that is committed; other processes look within a second.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, update

from bot.audit import Actor, record
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.log import log_event
from bot.models import (
    DeliveryStatus,
    EndpointState,
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
    new_public_id,
)
from bot.outgoing.addresses import check_target
from bot.outgoing.signing import new_secret
from bot.secrets_at_rest import seal
from bot.work import Work
from flows.suggestions import suggestion

PURPOSE = "webhook_endpoint"
MOST_ENDPOINTS = 50
FORMER_LASTS = timedelta(hours=24)
"""So long does a secret that was replaced sign too, in which the receiver takes in the new one."""
_KIND = "webhook_endpoint"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What can be told of an endpoint: all but its secret."""

    key: int
    id: str
    url: str
    events: tuple[str, ...]
    state: EndpointState
    state_reason: str | None
    created_at: datetime
    failing_since: datetime | None
    former_until: datetime | None
    """Until when the secret before also signs."""


COLUMNS = (
    WebhookEndpoint.id,
    WebhookEndpoint.public_id,
    WebhookEndpoint.url,
    WebhookEndpoint.events,
    WebhookEndpoint.state,
    WebhookEndpoint.state_reason,
    WebhookEndpoint.created_at,
    WebhookEndpoint.failing_since,
    WebhookEndpoint.former_until,
)


def endpoint_from(row: Sequence[Any]) -> Endpoint:
    """Make an endpoint of the values of `COLUMNS`."""
    return Endpoint(row[0], row[1], row[2], tuple(row[3]), EndpointState(row[4]), *row[5:])


def known_endpoints() -> Select[*tuple[Any, ...]]:
    """Select all endpoints that were not deleted."""
    return select(*COLUMNS).where(WebhookEndpoint.state != EndpointState.DELETED)


def list_endpoints(work: Work) -> list[Endpoint]:
    """Return all endpoints, newest first."""
    rows = work.connection.execute(known_endpoints().order_by(WebhookEndpoint.id.desc()))
    return [endpoint_from(row) for row in rows]


def find_endpoint(work: Work, public_id: str) -> Endpoint:
    """Return an endpoint. Raises `NotFound`."""
    row = work.connection.execute(known_endpoints().where(WebhookEndpoint.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("there is no webhook endpoint with this id")
    return endpoint_from(row)


def create_endpoint(work: Work, actor: Actor, url: str, events: Sequence[str]) -> tuple[Endpoint, str]:
    """Make an endpoint; return it with its secret, which can be seen now only. Raises `InvalidEvent`, `Conflict`."""
    check_target(url, work.settings.webhooks_allow_private)
    wanted = check_events(events)
    counted = select(func.count()).where(WebhookEndpoint.state != EndpointState.DELETED)
    if work.connection.execute(counted).scalar_one() >= MOST_ENDPOINTS:
        raise Conflict(f"there are {MOST_ENDPOINTS} webhook endpoints already: delete one that is not needed")
    secret, public_id = new_secret(), new_public_id()
    values = {
        "public_id": public_id,
        "url": url,
        "events": wanted,
        "secret": _sealed(work, secret),
        "state": EndpointState.ACTIVE,
        "created_at": work.now,
        "changed_at": work.now,
    }
    work.connection.execute(insert(WebhookEndpoint).values(values))
    record(work, actor, "webhook_endpoint.created", _KIND, public_id, {"events": wanted})
    return find_endpoint(work, public_id), secret


def change_endpoint(
    work: Work, actor: Actor, public_id: str, *, url: str | None = None, events: Sequence[str] | None = None
) -> Endpoint:
    """Change what an endpoint is; what is None stays. Raises `InvalidEvent`, `NotFound`."""
    endpoint = find_endpoint(work, public_id)
    changes: dict[str, Any] = {}
    if url is not None and url != endpoint.url:
        check_target(url, work.settings.webhooks_allow_private)
        changes |= {"url": url, "failing_since": None}
    if events is not None and (wanted := check_events(events)) != list(endpoint.events):
        changes["events"] = wanted
    if changes:
        _change(work, endpoint, **changes)
        record(work, actor, "webhook_endpoint.changed", _KIND, public_id, {"fields": sorted(changes)})
    return find_endpoint(work, public_id)


def check_events(events: Sequence[str]) -> list[str]:
    """Return the types once each, in our order. Raises `InvalidEvent` for none, or one that is not known."""
    known = [each.value for each in EventType]
    for event_type in events:
        if event_type not in known:
            hint = suggestion(event_type, known) or f": use {', '.join(known)}"
            raise InvalidEvent(f"there is no event {event_type!r}{hint}", field="events")
    if not events:
        raise InvalidEvent(f"name the events that it is to get: {', '.join(known)}", field="events")
    return [event_type for event_type in known if event_type in events]


def enable(work: Work, actor: Actor, public_id: str) -> Endpoint:
    """Let an endpoint be told again of what happens from now on."""
    endpoint = find_endpoint(work, public_id)
    if endpoint.state is EndpointState.DISABLED:
        _change(work, endpoint, state=EndpointState.ACTIVE, state_reason=None, failing_since=None)
        record(work, actor, "webhook_endpoint.enabled", _KIND, public_id)
    return find_endpoint(work, public_id)


def disable(work: Work, actor: Actor, public_id: str, reason: str) -> Endpoint:
    """Tell an endpoint nothing more, not even what waits; *reason* is shown to people."""
    endpoint = find_endpoint(work, public_id)
    if endpoint.state is EndpointState.ACTIVE:
        _change(work, endpoint, state=EndpointState.DISABLED, state_reason=reason)
        _drop_waiting(work, endpoint.key, f"the endpoint was disabled: {reason}")
        record(work, actor, "webhook_endpoint.disabled", _KIND, public_id, {"reason": reason})
        log_event(_LOG, "webhook_endpoint_disabled", level=logging.WARNING, webhook_endpoint=public_id)
    return find_endpoint(work, public_id)


def delete_endpoint(work: Work, actor: Actor, public_id: str) -> Endpoint:
    """Take an endpoint away with its secrets; return it as it was. Its log goes with the events, after a month."""
    endpoint = find_endpoint(work, public_id)
    gone = {"secret": "", "former_secret": None, "former_until": None}
    _change(work, endpoint, state=EndpointState.DELETED, state_reason=None, **gone)
    _drop_waiting(work, endpoint.key, "the endpoint was deleted")
    record(work, actor, "webhook_endpoint.deleted", _KIND, public_id)
    return endpoint


def rotate_secret(work: Work, actor: Actor, public_id: str) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret, to be seen now only; the former one signs beside it for a day."""
    endpoint, secret = find_endpoint(work, public_id), new_secret()
    _change(
        work,
        endpoint,
        former_secret=WebhookEndpoint.secret,
        former_until=work.now + FORMER_LASTS,
        secret=_sealed(work, secret),
    )
    record(work, actor, "webhook_endpoint.secret_rotated", _KIND, public_id)
    return find_endpoint(work, public_id), secret


def _sealed(work: Work, secret: str) -> str:
    return seal(work.settings.secret_key, PURPOSE, secret)


def _change(work: Work, endpoint: Endpoint, **changes: Any) -> None:
    changed = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.key)
    work.connection.execute(changed.values(**changes, changed_at=work.now))


def _drop_waiting(work: Work, endpoint_id: int, why: str) -> None:
    waiting = (WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == DeliveryStatus.PENDING)
    work.connection.execute(update(WebhookDelivery).where(*waiting).values(status=DeliveryStatus.DROPPED, error=why))
