"""Waking the workers. The database is the record of what is to be done; a task in Redis only says: look now.

So nothing here may be needed for anything to happen: a ring that is lost, doubled or refused costs at most
the time until the clock's next sweep (`bot/ticker.py`). A task is the dotted name of a function that takes
the runtime and then ids, and may run twice; it looks for rows that are due and does them.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pkgutil import resolve_name
from typing import Any, Protocol

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry as ConnectionRetry
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from bot.log import log_event
from bot.ring_later import RingLater

MESSAGES = "messages"
SWEEPS = "sweeps"

TASK_RUNNER = "bot.worker.run_task"
TASK_SECONDS = 300  # then a task is stopped; a drain returns well before, and rings again if there is more
BELL_SECONDS = 30  # a task that nobody takes is forgotten, and rung anew by whoever still needs it
CIRCUIT_SECONDS = 5.0  # after a failure Redis is left alone so long
LOG_SECONDS = 60.0
CONNECT_SECONDS = 0.25  # a request must not notice that Redis is away
ANSWER_SECONDS = 0.5

_LOG = logging.getLogger(__name__)


class TaskQueue(Protocol):
    """Rings for tasks. Safe to share between threads; never raises because Redis is away."""

    def ring(self, queue: str, task: str, *args: str | int) -> bool:
        """See to it that *task* begins after this moment. False: nobody could be told."""
        ...

    def ring_soon(self, queue: str, task: str) -> None:
        """The same within a moment, without waiting for it: for whoever is being waited for."""
        ...

    def is_waiting(self, task: str, *args: str | int) -> bool:
        """Say whether a ring for *task* has not been answered yet; True where that cannot be known."""
        ...

    def clear_bell(self, task: str, *args: str | int) -> None:
        """Let the next ring through. A worker does this before it looks for what is due, never after."""
        ...


@dataclass(frozen=True, slots=True)
class Sweep:
    """An idempotent look for rows that are due: which *queue* runs it, and how often it is rung for.

    *run* takes the runtime and is found by its dotted name, so it is a function of a module. Two of them may
    run at once, in different processes or threads.
    """

    name: str
    every: timedelta
    run: Callable[[Any], object]
    queue: str = SWEEPS

    @property
    def task(self) -> str:
        """The dotted name of *run*."""
        return task_name(self.run)


def task_name(function: Callable[..., object]) -> str:
    """Return the dotted name by which a worker finds a module's function."""
    return f"{function.__module__}.{function.__qualname__}"


def find_task(name: str) -> Callable[..., object]:
    """Return the function of that dotted name. Raises `ImportError` or `AttributeError` without one."""
    found: Callable[..., object] = resolve_name(name)
    return found


def task_queue(redis_url: str | None) -> TaskQueue:
    """Return the queue for this installation; nothing is connected yet."""
    return RqQueue(redis_url) if redis_url else NullQueue()


def connect(redis_url: str) -> "Redis":
    """Return a client that gives up fast, and tries once more only where a kept connection was closed."""
    once = ConnectionRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    return Redis.from_url(redis_url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS, retry=once)


class RqQueue:
    """Tasks in Redis by RQ, at most one waiting for each bell (a task with its arguments)."""

    def __init__(self, redis_url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = connect(redis_url)
        self._monotonic = monotonic
        self._closed_until = 0.0  # of the circuit; a race between threads costs one attempt
        self._logged_at = -LOG_SECONDS
        self._later = RingLater(self.ring)

    def ring_soon(self, queue: str, task: str) -> None:
        self._later.ask(queue, task)

    def ring(self, queue: str, task: str, *args: str | int) -> bool:
        def enqueue() -> bool:
            # One round trip where a task is already waiting; it will see our rows, as it has not looked yet.
            if self._redis.set(_bell(task, args), 1, nx=True, ex=BELL_SECONDS):
                self._enqueue(queue, task, args)
            return True

        return self._unless_away(enqueue, otherwise=False)

    def is_waiting(self, task: str, *args: str | int) -> bool:
        return self._unless_away(lambda: bool(self._redis.exists(_bell(task, args))), otherwise=True)

    def clear_bell(self, task: str, *args: str | int) -> None:
        self._unless_away(lambda: bool(self._redis.delete(_bell(task, args))), otherwise=False)

    def _enqueue(self, queue: str, task: str, args: tuple[str | int, ...]) -> None:
        """Results and failures are not kept: what is left to do stands in the database.

        The retries are for a task whose worker was killed; one that raises is not repeated (`bot/worker.py`).
        """
        Queue(queue, connection=self._redis, serializer=JSONSerializer).enqueue_call(
            TASK_RUNNER,
            args=(task, *args),
            timeout=TASK_SECONDS,
            ttl=BELL_SECONDS,
            result_ttl=0,
            failure_ttl=0,
            retry=Retry(max=3),
            description=task,
        )

    def _unless_away(self, call: Callable[[], bool], *, otherwise: bool) -> bool:
        """Ask Redis, but not within 5 seconds after it failed."""
        now = self._monotonic()
        if now < self._closed_until:
            return otherwise
        try:
            return call()
        except RedisError as error:
            # Swallowed on purpose, here and nowhere else: the row that needs work is committed, and the clock
            # finds it. Whoever rings has nothing to do about a Redis that is away, least of all to fail.
            self._closed_until = self._monotonic() + CIRCUIT_SECONDS
            if now - self._logged_at >= LOG_SECONDS:
                self._logged_at = now
                log_event(_LOG, "redis_away", level=logging.WARNING, error=error)
            return otherwise


class NullQueue:
    """No Redis: nobody can be told, and the clock does everything itself."""

    def ring(self, queue: str, task: str, *args: str | int) -> bool:  # noqa: ARG002
        return False

    def ring_soon(self, queue: str, task: str) -> None:
        """Do nothing."""

    def is_waiting(self, task: str, *args: str | int) -> bool:  # noqa: ARG002
        return True

    def clear_bell(self, task: str, *args: str | int) -> None:
        """Do nothing."""


@dataclass(slots=True)
class InlineQueue:
    """For tests and rehearsals: keeps what was rung for until `drain` runs it, in order."""

    waiting: list[tuple[str, str, tuple[str | int, ...]]] = field(default_factory=list)

    def ring(self, queue: str, task: str, *args: str | int) -> bool:
        if not self.is_waiting(task, *args):
            self.waiting.append((queue, task, args))
        return True

    def ring_soon(self, queue: str, task: str) -> None:
        self.ring(queue, task)

    def is_waiting(self, task: str, *args: str | int) -> bool:
        return any(entry[1:] == (task, args) for entry in self.waiting)

    def clear_bell(self, task: str, *args: str | int) -> None:
        self.waiting = [entry for entry in self.waiting if entry[1:] != (task, args)]

    def drain(self, runtime: object, *, most: int = 1000) -> int:
        """Run what waits, and what that rings for; return how many ran. `RuntimeError` beyond *most*."""
        for ran in range(most):
            if not self.waiting:
                return ran
            _, task, args = self.waiting.pop(0)
            find_task(task)(runtime, *args)
        raise RuntimeError(f"{most} tasks have run and still more are rung for, such as {self.waiting[:1]}")


def _bell(task: str, args: tuple[str | int, ...]) -> str:
    return ":".join(("callboard", "bell", task, *map(str, args)))
