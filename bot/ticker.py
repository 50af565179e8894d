"""The clock process: sees to it that every sweep runs when it is due, by a worker or else by itself.

Each half second it rings for the sweeps that are due. A ring that no worker has answered after 1.5 seconds,
or that Redis did not take, is answered here, each sweep in a thread of its own. So a sweep that is rung for
every two seconds acts on a due row within five, with Redis or without, and also while a worker is dead or
busy. Sweeps claim what they do, so two clocks, or a clock and a worker, do no harm.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

from bot.log import log_event
from bot.queue import Sweep, TaskQueue

TICK_SECONDS = 0.5
PATIENCE_SECONDS = 1.5
STOP_SECONDS = 25.0
LOG_SECONDS = 60.0

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Turn:
    """What the clock knows of one sweep; times are those of a monotonic clock."""

    sweep: Sweep
    due: float = 0.0
    rung_at: float | None = None  # of a ring that is not answered yet
    unanswered: bool = False  # no worker answered the last ring; until one does, none is waited for
    said_at: float = -LOG_SECONDS
    thread: threading.Thread = field(default_factory=threading.Thread)


class Ticker:
    """Rings for *sweeps*, and runs with *runtime* those that nobody else does."""

    def __init__(
        self,
        runtime: object,
        sweeps: Sequence[Sweep],
        queue: TaskQueue,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._queue = queue
        self._monotonic = monotonic
        self._turns = [_Turn(sweep) for sweep in sweeps]

    def tick(self) -> None:
        """Ring for what is due, and run what nobody has answered for. Returns at once."""
        now = self._monotonic()
        for turn in self._turns:
            if turn.rung_at is not None:
                self._look_for_answer(turn, turn.rung_at, now)
            if now >= turn.due:
                turn.due = now + turn.sweep.every.total_seconds()
                self._ring(turn, now)

    def wait(self, seconds: float) -> bool:
        """Wait so long at most for the sweeps that run here; say whether all have ended."""
        deadline = time.monotonic() + seconds
        for turn in self._turns:
            if turn.thread.is_alive():
                turn.thread.join(max(0.0, deadline - time.monotonic()))
        return not any(turn.thread.is_alive() for turn in self._turns)

    def _ring(self, turn: _Turn, now: float) -> None:
        told = self._queue.ring(turn.sweep.queue, turn.sweep.task)
        if told and turn.rung_at is None:
            turn.rung_at = now
        if not told:
            turn.rung_at = None
        if not told or turn.unanswered:
            self._run_here(turn)

    def _look_for_answer(self, turn: _Turn, rung_at: float, now: float) -> None:
        """See whether a worker has cleared the bell, and run the sweep here if none has in time.

        A bell that nobody clears vanishes in the end, which looks the same; then one more ring waits in vain.
        """
        if not self._queue.is_waiting(turn.sweep.task):
            turn.rung_at = None
            turn.unanswered = False
        elif now - rung_at >= PATIENCE_SECONDS and not turn.unanswered:
            turn.unanswered = True
            self._say_unanswered(turn, now)
            self._run_here(turn)

    def _say_unanswered(self, turn: _Turn, now: float) -> None:
        if now - turn.said_at >= LOG_SECONDS:
            turn.said_at = now
            log_event(_LOG, "sweep_unanswered", sweep=turn.sweep.name, queue=turn.sweep.queue)

    def _run_here(self, turn: _Turn) -> None:
        """Run the sweep in its thread, unless it still runs there; then the next ring will."""
        if not turn.thread.is_alive():
            turn.thread = threading.Thread(
                target=_run, args=(turn.sweep, self._runtime), name=turn.sweep.name, daemon=True
            )
            turn.thread.start()


def run_clock(
    runtime: object, sweeps: Sequence[Sweep], queue: TaskQueue, *, stopping: threading.Event | None = None
) -> None:
    """Tick until SIGTERM or SIGINT, which set *stopping*; call it from the main thread.

    A sweep that takes long asks *stopping* and returns within 25 seconds, or the process ends without it.
    """
    stopping = stopping or threading.Event()
    _stop_on_signals(stopping)
    ticker = Ticker(runtime, sweeps, queue)
    log_event(_LOG, "clock_started", count=len(sweeps))
    while not stopping.is_set():
        ticker.tick()
        # Not `stopping.wait`: the handler of a signal that comes inside it would wait for itself.
        time.sleep(TICK_SECONDS)
    all_ended = ticker.wait(STOP_SECONDS)
    log_event(_LOG, "clock_stopped", outcome="clean" if all_ended else "unfinished")


def _run(sweep: Sweep, runtime: object) -> None:
    try:
        sweep.run(runtime)
    except Exception as error:  # noqa: BLE001  the sweeps' loop: the others go on, and this one in its time
        log_event(_LOG, "sweep_failed", level=logging.ERROR, error=error, sweep=sweep.name)


def _stop_on_signals(stopping: threading.Event) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
