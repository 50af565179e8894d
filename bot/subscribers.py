"""Which endpoints want which events, as a process remembers it: the hot path must not ask for each event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from sqlalchemy import Connection, select

from bot.models import EndpointState, WebhookEndpoint

FRESH_SECONDS = 1.0
"""So long after an endpoint was made by another process may this one not know of it."""


@dataclass(slots=True)
class Subscribers:
    """Shared by the threads of a process; a race between them costs one more look."""

    _by_type: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    _fresh_until: float = 0.0

    def of(self, connection: Connection, event_type: str) -> tuple[int, ...]:
        """Return the ids of the active endpoints that want that type."""
        now = monotonic()
        if now >= self._fresh_until:
            self._by_type = _read(connection)
            self._fresh_until = now + FRESH_SECONDS
        return self._by_type.get(event_type, ())

    def forget(self) -> None:
        """Look again: endpoints were changed, and that has been committed."""
        self._fresh_until = 0.0


def _read(connection: Connection) -> dict[str, tuple[int, ...]]:
    active = select(WebhookEndpoint.id, WebhookEndpoint.events).where(WebhookEndpoint.state == EndpointState.ACTIVE)
    found: dict[str, tuple[int, ...]] = {}
    for endpoint_id, types in connection.execute(active.order_by(WebhookEndpoint.id)).all():
        for event_type in types:
            found[event_type] = (*found.get(event_type, ()), endpoint_id)
    return found
