"""Cards written once for all boards that ask for them at the same time.

A hundred open boards hear of a change at once and ask for the same card. What was written for the first after it was
told of that change is right for the others: they see the same job, by the same filter, with the same rights.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock

MOST = 4000
Write = Callable[[Sequence[str]], Mapping[str, str]]


class SharedCards:
    """The cards that a process has written lately, by what they depend on besides the application."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Hashable, str], tuple[int, str]] = OrderedDict()
        self._lock = Lock()
        self._writing = Lock()

    def take(self, view: Hashable, refs: Sequence[str], heard: int, write: Write) -> dict[str, str]:
        """Return the cards of *refs* as they are or were after *heard*, the moment in ms at which the page was told.

        What is missing is written by *write*, by one thread at a time: who waits for it finds it written.
        """
        found, missing = self._look(view, refs, heard)
        if not missing:
            return found
        with self._writing:
            again, missing = self._look(view, missing, heard)
            found |= again
            return found | self._keep(view, missing, write) if missing else found

    def _look(self, view: Hashable, refs: Sequence[str], heard: int) -> tuple[dict[str, str], list[str]]:
        with self._lock:
            known = {ref: self._kept.get((view, ref)) for ref in refs}
        fresh = {ref: kept[1] for ref, kept in known.items() if kept is not None and heard and kept[0] > heard}
        return fresh, [ref for ref in refs if ref not in fresh]

    def _keep(self, view: Hashable, refs: Sequence[str], write: Write) -> dict[str, str]:
        begun = now_ms()
        written = dict(write(refs))
        with self._lock:
            for ref, text in written.items():
                self._kept[view, ref] = (begun, text)
                self._kept.move_to_end((view, ref))
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return written


def now_ms() -> int:
    """Return the moment as streams write it, in milliseconds: by it a page says what it has heard."""
    return time.time_ns() // 1_000_000
