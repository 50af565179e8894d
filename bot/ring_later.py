"""Ringing from a thread of its own: whoever has committed goes on at once, and rings close together are one.

A round trip to Redis costs a webhook a quarter of its time (benchmarks/webhook.py). What is lost when a process
ends before it has rung is found by the clock's next sweep, as everything is.
"""

import threading
import time
from collections.abc import Callable

Bell = tuple[str | int, ...]

GAP_SECONDS = 0.02
"""Between two rounds; a ring comes so much later at most, and a busy process rings fifty times a second."""


class RingLater:
    """Calls *ring* for each bell that was asked for. Safe to share between threads."""

    def __init__(self, ring: Callable[..., object]) -> None:
        self._ring = ring
        self._lock = threading.Lock()
        self._waiting: dict[Bell, None] = {}
        self._wake = threading.Event()
        self._thread = threading.Thread()

    def ask(self, *bell: str | int) -> None:
        """See to it that *ring* is called with *bell* after this moment."""
        with self._lock:
            self._waiting[bell] = None
            if not self._thread.is_alive():  # the first time, and in a process that was forked
                self._thread = threading.Thread(target=self._run, name="ring-later", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                bells, self._waiting = self._waiting, {}
            for bell in bells:
                self._ring(*bell)
            time.sleep(GAP_SECONDS)
