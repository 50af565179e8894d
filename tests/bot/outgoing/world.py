"""An installation that tells a receiver on loopback what happens."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.audit import Actor
from bot.clock import MovableClock
from bot.models import EventType, WebhookDelivery, WebhookEndpoint
from bot.outgoing.announcing import announce, wanting
from bot.outgoing.delivering import deliver, take_back_lost
from bot.outgoing.endpoints import create_endpoint
from bot.outgoing.posting import Poster
from bot.runtime import Runtime
from bot.settings.values import EVERY_NETWORK
from bot.work import reading, unit_of_work

ADMIN = Actor(label="tests")


@dataclass(slots=True)
class Telling:
    """An installation, and the ids and secrets of its endpoints by their addresses."""

    runtime: Runtime
    endpoints: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def clock(self) -> MovableClock:
        assert isinstance(self.runtime.clock, MovableClock)
        return self.runtime.clock

    def endpoint(self, url: str, *events: str) -> str:
        """Make an endpoint; return its id."""
        with unit_of_work(self.runtime) as work:
            made, secret = create_endpoint(work, ADMIN, url, events or tuple(EventType))
        self.runtime.subscribers.forget()
        self.endpoints[url], self.secrets[url] = made.id, secret
        return made.id

    def happens(self, *, times: int = 1, event_type: EventType = EventType.OPTED_OUT, **data: Any) -> None:
        for _ in range(times):
            with unit_of_work(self.runtime) as work:
                if endpoints := wanting(work, event_type):
                    announce(work, endpoints, event_type, data)

    def deliver(self, *, later: timedelta = timedelta(), seconds: float = 3) -> None:
        """Let time pass, and wait until all is done that can be."""
        self.clock.move(later)
        take_back_lost(self.runtime)
        deliver(self.runtime, Poster(EVERY_NETWORK, seconds=seconds), patience=None)

    def deliveries(self) -> list[Any]:
        with reading(self.runtime) as work:
            return list(work.connection.execute(select(WebhookDelivery).order_by(WebhookDelivery.id)).all())

    def statuses(self) -> list[str]:
        return [row.status for row in self.deliveries()]

    def row(self, endpoint_id: str) -> Any:
        with reading(self.runtime) as work:
            return work.connection.execute(
                select(WebhookEndpoint).where(WebhookEndpoint.public_id == endpoint_id)
            ).one()
