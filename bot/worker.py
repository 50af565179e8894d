"""A worker process: takes the tasks of one queue, one after the other, in this process.

RQ's own worker forks for each task and notices a dead sibling after minutes. Ours runs tasks in the process
(a drain keeps its own threads and connections), renews its lease every 5 seconds, and serves one queue only,
as a worker on two can lose a task. When it is killed, what it held is free again after some 15 seconds; that
does not matter much, since the clock rings again for whatever is still due.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.serializers import JSONSerializer

from bot.log import log_event
from bot.queue import TaskQueue, connect, find_task, task_queue
from bot.settings import Settings

HEARTBEAT_SECONDS = 5
LEASE_SECONDS = 3 * HEARTBEAT_SECONDS
WORKER_SECONDS = 20  # RQ waits for a task 15 seconds less than this, so an idle worker looks around every 5
STOP_SECONDS = 25.0  # after SIGTERM; what is unfinished then is settled as after a crash
LOG_SECONDS = 60

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Process:
    """What the tasks of this worker need."""

    runtime: object
    queue: TaskQueue


_PROCESS: ContextVar[_Process] = ContextVar("callboard_worker")


def run_task(task: str, *args: str | int) -> None:
    """Run one task: the only function that RQ is ever asked to call, and only in a worker.

    An error is logged and ends there. Repeating at once would meet it again; the clock rings anyway, and what
    RQ stores of a failure would hold the error's message.
    """
    process = _PROCESS.get()
    process.queue.clear_bell(task, *args)
    try:
        find_task(task)(process.runtime, *args)
    except Exception as error:  # noqa: BLE001  the worker's loop
        log_event(_LOG, "task_failed", level=logging.ERROR, error=error, task=task)


class _Executions(ExecutionRegistry):
    """The executions of one task, without those of dead workers.

    RQ goes on listing one for a minute after its lease has lapsed and it is gone, and cannot end the task then. Of one
    that a worker has renewed after it had lapsed, only the time of that is there.
    """

    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        """Return those that are still there."""
        found = []
        for execution_id in self.get_execution_ids(start, end):
            with suppress(ValueError, KeyError):  # what `fetch` raises for one that is gone, or not whole
                found.append(Execution.fetch(execution_id, self.job_id, self.connection))
        return found


class Task(Job):
    """RQ's job, which dead workers leave in peace."""

    @property
    def execution_registry(self) -> ExecutionRegistry:
        """Return its executions."""
        return _Executions(self.id, self.connection)


class TaskWorker(SimpleWorker):
    """RQ's in-process worker with a short lease, our signals and no remote control."""

    log_result_lifespan = False

    def __init__(self, queue_name: str, connection: Redis, stopping: threading.Event) -> None:
        self._stopping = stopping
        super().__init__(
            [Queue(queue_name, connection=connection, serializer=JSONSerializer, job_class=Task)],
            connection=connection,
            serializer=JSONSerializer,
            job_class=Task,
            worker_ttl=WORKER_SECONDS,
            maintenance_interval=HEARTBEAT_SECONDS,
            job_monitoring_interval=HEARTBEAT_SECONDS,
            log_job_description=False,
        )

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run *job* here while another thread keeps its lease."""
        execution = self.prepare_execution(job)
        with self._lease_kept(job, execution):
            self.perform_job(job, queue, execution)
        self.set_state("idle")

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:  # noqa: ARG002
        return LEASE_SECONDS

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Tell Redis that we live; if it is away, leave the loop, as RQ would wait up to a minute in it."""
        try:
            super().heartbeat(timeout, pipeline)
        except RedisConnectionError:
            raise StopRequested from None

    def handle_warm_shutdown_request(self) -> None:
        """Begin to stop. RQ calls this on a signal, and then leaves its loop or lets the task end."""
        self._stopping.set()

    def subscribe(self) -> None:
        """Do not listen for RQ's remote commands: nobody sends any, and it takes a thread."""

    @contextmanager
    def _lease_kept(self, job: Job, execution: Execution) -> Iterator[None]:
        ended = threading.Event()

        def keep() -> None:
            while not ended.wait(HEARTBEAT_SECONDS):
                try:
                    self.maintain_heartbeats(job, execution)
                except RedisError:
                    continue  # the lease may lapse and the task run twice, which every task bears

        keeper = threading.Thread(target=keep, name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join(HEARTBEAT_SECONDS)


def run_worker(
    settings: Settings,
    queue_name: str,
    build: Callable[[Settings], object],
    *,
    stopping: threading.Event | None = None,
) -> None:
    """Serve *queue_name* until SIGTERM or SIGINT, which set *stopping*; call it from the main thread.

    *build* makes the runtime that tasks get, once. A task that takes long asks `stopping.is_set()` now and
    then and returns within 25 seconds, or the process ends without it. It must not wait on *stopping* itself:
    it runs in the thread that handles the signal. Without a Redis to be reached this waits for one; the clock
    does the work meanwhile.
    """
    stopping = stopping or threading.Event()
    ended = threading.Event()
    _stop_on_signals(stopping)
    threading.Thread(target=_end_in_time, args=(stopping, ended), name="stop", daemon=True).start()
    queue = task_queue(settings.redis_url)
    token = _PROCESS.set(_Process(build(settings), queue))
    log_event(_LOG, "worker_started", queue=queue_name, pid=os.getpid())
    try:
        while not stopping.is_set():
            if _redis_found(settings.redis_url, stopping):
                _work(settings, queue_name, stopping)
    finally:
        ended.set()
        _PROCESS.reset(token)
        log_event(_LOG, "worker_stopped", queue=queue_name, pid=os.getpid())


def _work(settings: Settings, queue_name: str, stopping: threading.Event) -> None:
    """Take tasks until told to stop, or until Redis goes away."""
    assert settings.redis_url is not None  # noqa: S101  for mypy: `_redis_found` has asked
    connection = connect(settings.redis_url)
    try:
        TaskWorker(queue_name, connection, stopping).work(logging_level="WARNING")
    except RedisError as error:
        log_event(_LOG, "redis_lost", level=logging.WARNING, error=error, queue=queue_name)
    finally:
        _stop_on_signals(stopping)  # RQ has put its own in their place
        connection.close()
    time.sleep(0.2)


def _redis_found(url: str | None, stopping: threading.Event) -> bool:
    """Wait for Redis, saying so once a minute; False when it is time to stop."""
    say_at = time.monotonic()
    while not stopping.is_set():
        if url is not None and _answers(url):
            return True
        if time.monotonic() >= say_at:
            say_at += LOG_SECONDS
            reason = "unreachable" if url else "not_configured"
            log_event(_LOG, "worker_waits_for_redis", level=logging.WARNING, reason=reason)
        time.sleep(0.25)
    return False


def _answers(url: str) -> bool:
    """Ask on a connection of its own: the worker's are made with longer time limits."""
    connection = connect(url)
    try:
        return bool(connection.ping())
    except RedisError:
        return False
    finally:
        connection.close()


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _end_in_time(stopping: threading.Event, ended: threading.Event) -> None:
    """End the process if the running task has not returned in time after *stopping*."""
    stopping.wait()
    if not ended.wait(STOP_SECONDS):
        log_event(_LOG, "worker_ended_with_task_unfinished", level=logging.WARNING, pid=os.getpid())
        os._exit(1)
