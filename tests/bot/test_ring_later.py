"""Ringing from a thread of its own."""

import threading
import time
from collections.abc import Callable

from bot.ring_later import RingLater


def until(holds: Callable[[], bool]) -> bool:
    """Wait a little for something to hold."""
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.005)
    return holds()


def test_whoever_asks_does_not_wait_for_the_ring() -> None:
    may_ring, rung = threading.Event(), []
    later = RingLater(lambda *bell: (may_ring.wait(10), rung.append(bell)))
    later.ask("messages", "drain")
    assert not rung
    may_ring.set()
    assert until(lambda: rung == [("messages", "drain")])


def test_each_bell_rings_after_it_was_asked_for_and_many_requests_ring_few_times() -> None:
    counted, asked = 0, 0
    seen: list[tuple[str, int]] = []

    def ring(name: str) -> None:
        nonlocal counted
        counted += 1
        seen.append((name, asked))

    later = RingLater(ring)
    for asked in range(1, 501):  # noqa: B007  the ring looks at it
        later.ask("drain")
    later.ask("sweep")
    assert until(lambda: ("drain", 500) in seen and ("sweep", 500) in seen)
    assert counted < 250
