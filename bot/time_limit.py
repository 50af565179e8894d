"""A limit for what takes a millisecond. A turn that hangs holds its conversation, on SQLite the whole database.

A thread cannot be stopped from outside. So one that is late is first sent an exception, which ends a loop in
Python; if that does not help (it waits inside some library), the process ends, which always helps: whatever
it was doing is rolled back, and the attempt has been counted.
"""

import ctypes
import logging
import os
import threading
import time

from bot.log import log_event

LONGEST_TURN = 8.0
"""Seconds for what a candidate's message sets off. It takes milliseconds, the first one of a process longer."""
EXIT = 75
PATIENCE = 5.0
"""Seconds between the exception and the end of the process."""
LOOK_EVERY = 0.25

_LOG = logging.getLogger(__name__)


class TookTooLong(Exception):
    """What ran was over its limit."""


class _Watch:
    """Who has to be ready by when, looked at by one thread, which is started with the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[int, float] = {}
        self._told: set[int] = set()
        self._thread = threading.Thread()

    def begin(self, thread_id: int, seconds: float) -> None:
        with self._lock:
            self._ends[thread_id] = time.monotonic() + seconds
            self._told.discard(thread_id)
            if not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="time-limit", daemon=True)
                self._thread.start()

    def end(self, thread_id: int) -> None:
        """Leave the list. Whoever is told at this very moment is told in here, and not in what it does next."""
        try:
            with self._lock:
                self._ends.pop(thread_id, None)
        finally:
            self._ends.pop(thread_id, None)

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            with self._lock:
                now = time.monotonic()
                for thread_id, end in self._ends.items():
                    self._look(thread_id, now - end)

    def _look(self, thread_id: int, late: float) -> None:
        if late >= PATIENCE:
            log_event(_LOG, "ended_for_a_turn_that_hangs", level=logging.CRITICAL, pid=os.getpid())
            os._exit(EXIT)
        if late >= 0 and thread_id not in self._told:
            self._told.add(thread_id)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(TookTooLong))


_WATCH = _Watch()


class time_limit:  # noqa: N801  used as `with time_limit(8):`
    """Run a block, but not for longer than so many seconds: `TookTooLong`, or the process ends. Not to be nested."""

    __slots__ = ("_seconds", "_thread_id")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._thread_id = threading.get_ident()

    def __enter__(self) -> None:
        _WATCH.begin(self._thread_id, self._seconds)

    def __exit__(self, *error: object) -> None:
        _WATCH.end(self._thread_id)
