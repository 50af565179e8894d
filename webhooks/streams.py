"""The open streams of a process: one thread tells all of them what has changed.

A stream is a connection that its request's thread has handed over (`webhooks/connections.py`), so that a hundred open
boards hold no thread. Who does not take what is sent is let go, and connects again.
"""

import logging
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from bot.intake.sign_ins import still_standing
from bot.log import log_event
from bot.runtime import Runtime
from bot.work import reading
from webhooks.feed import Feed, News

STREAMS = "callboard_streams"
LOOK_SECONDS = 0.4
STANDS_SECONDS = 5.0
"""So often it is asked whether those who listen are logged in still."""
PING_SECONDS = 15.0
LONGEST_SECONDS = 600.0
"""Then it ends, and the page connects again: so is asked anew who listens, and what they may hear."""
MOST, MOST_OF_USER = 500, 6
MOST_IDS = 100

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who has a page open, and by which log-in."""

    user_id: int
    sign_in_id: int


@dataclass(slots=True, eq=False)
class Stream:
    """One open page."""

    sock: socket.socket
    listener: Listener
    names: frozenset[str]
    since: int | None  # None once it has been told what was new when it came
    ends_at: float
    ping_at: float


class Streams:
    """All open pages of this process. `take` is for the threads of requests, all else happens in one thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._feed = Feed(runtime)
        self._lock = Lock()
        self._new: list[Stream] = []
        self._open: dict[socket.socket, Stream] = {}
        self._thread: Thread | None = None
        self._asked_at = 0.0

    def has_room(self, user_id: int) -> bool:
        """Say whether one more page of that user can be told."""
        with self._lock:
            listeners = [stream.listener.user_id for stream in (*self._open.values(), *self._new)]
        return (
            len(listeners) < MOST and Counter(listeners)[user_id] < MOST_OF_USER and not self._runtime.stopping.is_set()
        )

    def take(self, sock: socket.socket, listener: Listener, names: frozenset[str], since: int) -> None:
        """Tell that connection, from now on, what changes of *names*; first what has changed since *since*."""
        now = time.monotonic()
        stream = Stream(sock, listener, names, since, now + LONGEST_SECONDS, now + PING_SECONDS)
        sock.setblocking(False)
        with self._lock:
            self._new.append(stream)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="streams", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        """Tell while anybody listens, and end with the last."""
        with selectors.DefaultSelector() as selector:
            begun = False
            while self._goes_on():
                self._let_in(selector)
                if begun := begun or self._can_begin():
                    self._tell_all(selector)
                self._wait(selector)
            if self._runtime.stopping.is_set():
                self._let_in(selector)  # who has come since; where the last one has gone, they have a thread of theirs
                for stream in list(self._open.values()):
                    self._drop(selector, stream)

    def _can_begin(self) -> bool:
        """Begin to read what changes; False where the database is away. Who waits is told then what they missed."""
        try:
            self._feed.start()
        except SQLAlchemyError as error:
            log_event(_LOG, "feed_not_read", level=logging.WARNING, error=error)
            return False
        return True

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._runtime.stopping.is_set() and (self._new or self._open):
                return True
            self._thread = None
            return False

    def _let_in(self, selector: selectors.BaseSelector) -> None:
        with self._lock:
            fresh, self._new = self._new, []
            self._open |= {stream.sock: stream for stream in fresh}
        for stream in fresh:
            selector.register(stream.sock, selectors.EVENT_READ, stream)

    def _tell_all(self, selector: selectors.BaseSelector) -> None:
        try:
            self._let_go_who_left(selector)
            number, news = self._feed.read()
            for stream in list(self._open.values()):
                missed = [] if stream.since is None else self._feed.since(stream.since)
                stream.since = None
                self._tell(selector, stream, number, [*missed, *news])
        except SQLAlchemyError as error:  # the next look may do
            log_event(_LOG, "feed_not_read", level=logging.WARNING, error=error)

    def _let_go_who_left(self, selector: selectors.BaseSelector) -> None:
        """End the streams of who has logged out, was disabled, or has another role by now."""
        if time.monotonic() < self._asked_at + STANDS_SECONDS:
            return
        with reading(self._runtime) as work:
            standing = still_standing(work, {stream.listener.sign_in_id for stream in self._open.values()})
        self._asked_at = time.monotonic()
        for stream in list(self._open.values()):
            if stream.listener.sign_in_id not in standing:
                self._drop(selector, stream)

    def _tell(self, selector: selectors.BaseSelector, stream: Stream, number: int, news: Iterable[News]) -> None:
        now = time.monotonic()
        text = "".join(_event(each, number) for each in _merged(news, stream.names))
        if not text and now >= stream.ping_at:
            text = ": still here\n\n"
        if text:
            stream.ping_at = now + PING_SECONDS
        if now >= stream.ends_at or (text and not _sent(stream.sock, text)):
            self._drop(selector, stream)

    def _wait(self, selector: selectors.BaseSelector) -> None:
        """Wait until the next look; who closes meanwhile, or says anything more, is let go."""
        until = time.monotonic() + LOOK_SECONDS
        while (left := until - time.monotonic()) > 0 and not self._runtime.stopping.is_set():
            for key, _ in selector.select(left):
                self._drop(selector, key.data)
            if not self._open:
                time.sleep(min(left, 0.05))

    def _drop(self, selector: selectors.BaseSelector, stream: Stream) -> None:
        with self._lock:
            self._open.pop(stream.sock, None)
        with suppress(KeyError, ValueError):
            selector.unregister(stream.sock)
        _sent(stream.sock, "")
        stream.sock.close()


def _merged(news: Iterable[News], names: frozenset[str]) -> list[News]:
    found: dict[str, dict[str, None]] = {}
    for each in news:
        if each.name in names:
            found.setdefault(each.name, {}).update(dict.fromkeys(each.ids))
    return [News(name, tuple(ids)) for name, ids in found.items()]


def _event(news: News, number: int) -> str:
    """Write one event, whose id holds the number of the change and when it is told; of many ids only that they are."""
    ids = " ".join(news.ids) if len(news.ids) <= MOST_IDS else "many"
    return f"id: {number}-{time.time_ns() // 1_000_000}\nevent: {news.name}\ndata: {ids}\n\n"


def _sent(sock: socket.socket, text: str) -> bool:
    """Send a chunk (RFC 9112, 7.1), the last where there is no text. False: it was not taken at once."""
    body = text.encode()
    chunk = b"%x\r\n%s\r\n" % (len(body), body)
    try:
        return sock.send(chunk) == len(chunk)
    except OSError:
        return False
