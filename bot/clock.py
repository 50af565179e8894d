"""The time, always in UTC. The only file that asks the operating system for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251  the one place


@dataclass(slots=True)
class MovableClock:
    """A clock that stands still until it is moved: for rehearsals, the simulator and tests."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        """Let *by* pass."""
        self.moment += by
