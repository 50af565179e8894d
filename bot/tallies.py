"""Counting what happens, over all processes and machines: in memory first, added to rows every few seconds.

A process of the web server cannot know what its sister or a worker has counted, so the sums live in the
database. A process that is killed loses what it counted in its last seconds, as counters may; nothing else
rests on them.
"""

import json
import logging
import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from bot.db import Database
from bot.log import log_event
from bot.models import Tally

EVERY = 5.0
"""Seconds for which counts stay in memory."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds; Twilio gives up on us after 15."""
BUCKETS = (*(str(bound) for bound in BOUNDS), "+Inf")

_LOG = logging.getLogger(__name__)
Key = tuple[str, str]


@dataclass(slots=True)
class Tallies:
    """What this process has counted and not yet written down; with a *database* it writes by itself."""

    database: Database | None = None
    _sums: dict[Key, float] = field(default_factory=dict)
    _latest: dict[Key, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _timer: threading.Timer | None = None

    def count(self, name: str, **labels: str) -> None:
        """Count one. Labels are words of ours: never ids or addresses."""
        self.add(name, 1, labels)

    def add(self, name: str, amount: float, labels: Mapping[str, str]) -> None:
        """Add to a counter."""
        key = (name, _written(labels))
        with self._lock:
            self._sums[key] = self._sums.get(key, 0) + amount
            self._write_later()

    def time(self, name: str, seconds: float, **labels: str) -> None:
        """Add an observation to a histogram, each bucket of which is a counter of its own."""
        self.add(f"{name}_bucket", 1, {**labels, "le": BUCKETS[bisect_left(BOUNDS, seconds)]})
        self.add(f"{name}_sum", seconds, labels)

    def stamp(self, name: str, moment: float, **labels: str) -> None:
        """Keep the latest of the moments that are given."""
        key = (name, _written(labels))
        with self._lock:
            self._latest[key] = max(moment, self._latest.get(key, moment))
            self._write_later()

    def write_down(self, database: Database) -> None:
        """Add what was counted to the rows. Where the database cannot be reached it is kept for the next time."""
        with self._lock:
            sums, self._sums = self._sums, {}
            latest, self._latest = self._latest, {}
        if not sums and not latest:
            return
        try:
            with database.write() as connection:
                _add(connection, sums, latest)
        except SQLAlchemyError as error:
            log_event(_LOG, "counts_not_written", level=logging.WARNING, error=error)
            with self._lock:
                for key, value in sums.items():
                    self._sums[key] = self._sums.get(key, 0) + value
                for key, value in latest.items():
                    self._latest[key] = max(value, self._latest.get(key, value))

    def _write_later(self) -> None:
        """Start the clock for what is counted first; the caller holds the lock."""
        if self.database is None or self._timer is not None:
            return
        self._timer = threading.Timer(EVERY, self._write_now, (self.database,))
        self._timer.daemon = True
        self._timer.start()

    def _write_now(self, database: Database) -> None:
        with self._lock:
            self._timer = None
        self.write_down(database)


def read_tallies(connection: Connection) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return the sums of all processes: by name, labels and value."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for name, labels, value in connection.execute(select(Tally.name, Tally.labels, Tally.value).order_by(Tally.labels)):
        found.setdefault(name, []).append((json.loads(labels), value))
    return found


def _written(labels: Mapping[str, str]) -> str:
    return _as_json(tuple(labels.items()))


@cache
def _as_json(labels: tuple[tuple[str, str], ...]) -> str:
    """Write labels as a row holds them; there are a few dozen different ones."""
    return json.dumps(dict(labels), sort_keys=True)


def _add(connection: Connection, sums: Mapping[Key, float], latest: Mapping[Key, float]) -> None:
    """Write in one order, or two processes might wait for each other."""
    is_sqlite = connection.dialect.name == "sqlite"
    insert = sqlite.insert if is_sqlite else postgresql.insert
    greater = func.max if is_sqlite else func.greatest
    for rows, is_sum in ((sums, True), (latest, False)):
        if not rows:
            continue
        values = [{"name": name, "labels": labels, "value": rows[name, labels]} for name, labels in sorted(rows)]
        statement = insert(Tally).values(values)
        new = statement.excluded.value
        value = Tally.value + new if is_sum else greater(Tally.value, new)
        connection.execute(statement.on_conflict_do_update(index_elements=["name", "labels"], set_={"value": value}))
