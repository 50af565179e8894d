"""Emptying the outbox: one thread claims, and hands each message to one that is free.

Threads that each looked for themselves would all wake when a paced channel is free again, and all but one would
pay a transaction to be told to wait: more work than the sending itself (benchmarks/sends.py).
"""

import logging
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from time import monotonic, sleep

from bot.dialogue.sending import claim_next, deliver
from bot.log import log_event
from bot.messaging.claims import Claim, Wait
from bot.runtime import Runtime

THREADS = 24
"""Calls under way at once in one worker: at 100 ms each, over two hundred a second."""
LONGEST_DRAIN = 20.0
LONGEST_NAP = 1.0
LOOK_AGAIN = 1.0  # seconds, while calls are under way: one that hangs must not hold up what comes meanwhile
SOON = timedelta(seconds=4)
"""Twice the time between two rings, so that a pause that the provider asked for ends to the moment."""

_LOG = logging.getLogger(__name__)
Calls = set[Future[None]]


def drain(runtime: Runtime, *, threads: int = THREADS) -> None:
    """Send what is due until nothing is; hand over to the next drain after a while."""
    until = monotonic() + LONGEST_DRAIN
    found = claim_next(runtime)
    if isinstance(found, Wait) and not _is_soon(found, runtime.clock.now()):
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="send") as pool:
        calls: Calls = set()
        while isinstance(found, Claim) or calls or _is_soon(found, runtime.clock.now()):
            if isinstance(found, Claim):
                calls.add(pool.submit(deliver, runtime, found))
            calls = _await_room(runtime, calls, found, threads)
            if monotonic() > until or runtime.stopping.is_set():
                break
            found = claim_next(runtime)
        _ended(wait(calls).done)


def _await_room(runtime: Runtime, calls: Calls, found: Claim | Wait, threads: int) -> Calls:
    """Wait until it is worth looking again and a thread is free; return the calls that are still under way."""
    now = runtime.clock.now()
    if isinstance(found, Wait) and found.until is not None and _is_soon(found, now):
        sleep(min(max((found.until - now).total_seconds(), 0.001), LONGEST_NAP))
    elif isinstance(found, Wait) and calls:
        wait(calls, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
    if len(calls) >= threads:
        wait(calls, return_when=FIRST_COMPLETED)
    _ended(done := {call for call in calls if call.done()})
    return calls - done


def _ended(calls: Calls) -> None:
    for call in calls:
        if error := call.exception():
            log_event(_LOG, "sending_stopped", level=logging.ERROR, error=error)


def _is_soon(found: Claim | Wait, now: datetime) -> bool:
    """Say whether it is worth waiting for; for what is further off the clock rings again before it is due."""
    return isinstance(found, Wait) and found.until is not None and found.until - now <= SOON
