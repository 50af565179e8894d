"""How long a caller may hold the web server: by itself, gunicorn waits for ever for the rest of a request.

A thread is given only to a connection on which something has come. What is missing of a request then may take
`FREE_SECONDS`, of which waiting for a thread is a part. After that half of the threads may wait for `READ_SECONDS`, and
the others give up at once, so that requests which come whole, as Twilio's do, find a thread whatever else is sent. Who
is too late is not answered where the head of the request is missing, and told 400 where its body is. Who does not take
the answer is cut off, and gets no thread for asking more meanwhile.

An answer that goes on for long, such as a stream of events, holds no thread either: what makes it takes the connection
over (`hand_over`) and raises `HandedOver`, which gunicorn takes for a caller who has gone.
"""

import errno
import select
import socket
import struct
from concurrent.futures import Future
from functools import partial
from itertools import takewhile
from selectors import EVENT_READ
from threading import BoundedSemaphore, local
from time import monotonic
from typing import Any

from gunicorn.http.body import Body
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn, ThreadWorker

FREE_SECONDS = 0.2
READ_SECONDS = 10.0
SEND_SECONDS = 20  # without a byte taken
LEAVE_SECONDS = 2.0  # for a caller to hang up after the last answer; what still comes is thrown away
SEND_BYTES = 256 * 1024  # that the kernel takes without waiting for the caller: more than most answers have
_LEAST, _MOST, _LEFT_OVER = 8 * 1024, 1024 * 1024, 64 * 1024  # bytes

_here = local()


class HandedOver(ConnectionResetError):
    """This connection is somebody else's now: nothing more may be written to it here, nor may it be shut down."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "handed over")


def can_hand_over() -> bool:
    """Say whether this thread answers a request whose connection can be taken over."""
    conn = getattr(_here, "conn", None)
    return conn is not None and not conn.handed_over


def hand_over() -> socket.socket:
    """Return the connection that this thread answers, once something has been written to it; then raise `HandedOver`.

    What follows is a chunk at a time: the head of the answer says so (RFC 9112, 7.1).
    """
    _here.conn.handed_over = True
    return socket.fromfd(_here.conn.sock.fileno(), socket.AF_UNSPEC, socket.SOCK_STREAM)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker, whose threads nobody can hold by being slow."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiters = BoundedSemaphore(max(1, self.cfg.threads // 2))
        self._leaving: dict[TConn, int] = {}  # by when they began to, with the bytes thrown away

    def enqueue_req(self, conn: TConn) -> None:
        """Give a thread to a connection on which something has come; before the end, to each.

        Who asks more while their answers pile up untaken gets none: it would wait until they take the next one.
        """
        if conn.initialized and not _is_ready(conn.sock, select.POLLOUT, 0):
            self._let_leave(conn)
            return
        if conn.initialized or conn.data_ready or not self.alive:
            conn.came_at = monotonic()
            super().enqueue_req(conn)
            return
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: TConn) -> Any:
        """Read and answer one request, in a thread."""
        if conn.parser is None:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0))
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
            conn.parser = _Parser(self.cfg, conn.sock, conn.client, _Reader(conn.sock, self._waiters))
        conn.parser.unreader.begin(conn.came_at)
        conn.handed_over = False
        _here.conn = conn
        try:
            return super().handle(conn)
        finally:
            _here.conn = None

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Go on after a request. Whoever is not to come back is waited for by the poller: gunicorn waits itself."""
        if getattr(conn, "handed_over", False):
            self._close(conn)  # our end of it only: another keeps it open
        elif fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._let_leave(conn)

    def _let_leave(self, conn: TConn) -> None:
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_leaving_readable, conn))
        except OSError:
            self._close(conn)
        else:
            conn.timeout = monotonic() + LEAVE_SECONDS
            self._leaving[conn] = 0

    def murder_pending(self) -> None:
        """Close the connections that have waited in vain for a first byte, or for the caller to hang up."""
        super().murder_pending()
        now = monotonic()
        for conn in list(takewhile(lambda leaving: leaving.timeout <= now, self._leaving)):
            self._leave(conn)

    def _on_leaving_readable(self, conn: TConn, _source: socket.socket) -> None:
        try:
            more = len(conn.sock.recv(_LEFT_OVER))
        except BlockingIOError:
            return
        except OSError:
            more = 0
        self._leaving[conn] += more
        if not more or self._leaving[conn] > _LEFT_OVER:
            self._leave(conn)

    def _leave(self, conn: TConn) -> None:
        del self._leaving[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


class _Reader(Unreader):  # type: ignore[misc]
    """What comes on a connection; it waits for no longer than a request may take."""

    def __init__(self, source: socket.socket, waiters: BoundedSemaphore) -> None:
        super().__init__()
        self._source = source
        self._waiters = waiters
        self._free_until = self._read_until = 0.0

    def begin(self, came_at: float) -> None:
        """A request begins, of which something came at that moment: what has not come by now need not be waited for."""
        self._free_until = came_at + FREE_SECONDS
        self._read_until = monotonic() + READ_SECONDS

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return what has come, or what comes next. Raises `NoMoreData` where the caller is too slow."""
        size = min(max(size_hint or 0, _LEAST), _MOST)
        while True:
            try:
                return self._source.recv(size, socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait()

    def _wait(self) -> None:
        if self._comes_until(self._free_until):
            return
        if self._waiters.acquire(blocking=False):
            try:
                if self._comes_until(self._read_until):
                    return
            finally:
                self._waiters.release()
        raise NoMoreData

    def _comes_until(self, moment: float) -> bool:
        left = moment - monotonic()
        return left > 0 and _is_ready(self._source, select.POLLIN, left)


def _is_ready(source: socket.socket, event: int, seconds: float) -> bool:
    """Wait so long at most until something can be read from *source*, or written to it."""
    poll = select.poll()
    poll.register(source, event)
    return bool(poll.poll(seconds * 1000))


class _Body(Body):  # type: ignore[misc]
    """A request's body; one in malformed chunks is as one that breaks off, for which the caller is to blame."""

    def _read_reader(self, size: int) -> bytes:
        try:
            read: bytes = super()._read_reader(size)
        except ParseException as error:
            raise NoMoreData from error
        return read


class _Request(Request):  # type: ignore[misc]
    body: Body

    def set_body_reader(self) -> None:
        super().set_body_reader()
        self.body = _Body(self.body.reader)


class _Parser(RequestParser):  # type: ignore[misc]
    mesg_class = _Request

    def __init__(self, cfg: Any, source: socket.socket, address: Any, reader: _Reader) -> None:
        super().__init__(cfg, source, address)
        self.unreader = reader
