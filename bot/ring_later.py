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
REST_AFTER = 30.0
"""Seconds without a ring, after which the thread ends."""


class RingLater:
    """Calls *ring* for each bell that was asked for. Safe to share between threads, and to use after a fork."""

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
            if not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="ring-later", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while (bells := self._next()) is not None:
            for bell in bells:
                self._ring(*bell)
            time.sleep(GAP_SECONDS)

    def _next(self) -> list[Bell] | None:
        """Wait for bells and take them; None where nobody has asked for long."""
        asked = self._wake.wait(REST_AFTER)
        with self._lock:
            self._wake.clear()
            bells = list(self._waiting)
            self._waiting.clear()
            if not asked and not bells:
                self._thread = threading.Thread()  # said under the lock, so nobody counts on this one
                return None
        return bells
