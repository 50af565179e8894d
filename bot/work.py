"""One transaction of work, and what is rung for only once it has committed.

A function that takes `work` joins the caller's transaction; one that takes `runtime` opens its own.
Nothing else ever commits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from bot.failpoints import crash_point
from bot.models import Change, Topic
from bot.queue import MESSAGES
from bot.runtime import Runtime
from bot.settings import Settings
from bot.statements import note_row

DRAIN = "bot.tasks.drain_messages"


@dataclass(slots=True)
class Work:
    """A transaction under way."""

    connection: Connection
    now: datetime
    runtime: Runtime
    _bells: dict[tuple[str, str], None] = field(default_factory=dict)
    _changes: dict[tuple[Topic, int], None] = field(default_factory=dict)
    _session: Session | None = None

    @property
    def settings(self) -> Settings:
        return self.runtime.settings

    @property
    def session(self) -> Session:
        """An ORM session in the same transaction, for pages and the API; the hot path does without."""
        if self._session is None:
            self._session = Session(self.connection, expire_on_commit=False)
        return self._session

    def ring_for_sends(self) -> None:
        """Wake whoever sends messages, once this has committed."""
        self._bells[MESSAGES, DRAIN] = None

    def ring(self, queue: str, task: str) -> None:
        """Wake a worker for *task*, once this has committed."""
        self._bells[queue, task] = None

    def changed(self, topic: Topic, key: int) -> None:
        """Tell those who look at *topic*, once this has committed, that there is something new of the row *key*."""
        self._changes[topic, key] = None

    def finish(self) -> None:
        """Write what the ORM session still holds back, and what has changed."""
        for topic, key in self._changes:
            note_row(self.connection, Change, topic=topic, key=key, at=self.now)
        if self._session is not None:
            self._session.flush()


@contextmanager
def unit_of_work(runtime: Runtime) -> Iterator[Work]:
    """Run one transaction; ring the bells only after it has committed. Where the block raises, nothing stays."""
    with runtime.database.write() as connection:
        work = Work(connection, runtime.clock.now(), runtime)
        yield work
        work.finish()
        crash_point("before_commit")
    crash_point("after_commit")
    for queue, task in work._bells:  # noqa: SLF001  the two are one mechanism
        runtime.queue.ring_soon(queue, task)


@contextmanager
def reading(runtime: Runtime) -> Iterator[Work]:
    """Run one transaction that only reads."""
    with runtime.database.read() as connection:
        yield Work(connection, runtime.clock.now(), runtime)
