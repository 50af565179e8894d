"""Callers who send half a request, or take no answer, as real connections to the real server: others are served."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.waiting import wait_until
from tests.webhooks.processes import serving

SITE = """
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wsgi import get_input_stream

def make():
    def site(environ, start_response):
        if environ["PATH_INFO"] == "/unread":
            said = b"no"
        elif environ["PATH_INFO"] == "/large":
            said = b"x" * 50_000_000
        elif environ["PATH_INFO"] == "/page":
            said = b"x" * 65_536
        else:
            try:
                said = get_input_stream(environ, max_content_length=65_536).read() or b"none"
            except HTTPException as error:
                return error(environ, start_response)
            except Exception:  # as the real site, which finds a fault of ours in whatever else is raised
                return InternalServerError()(environ, start_response)
        start_response("200 OK", [("Content-Length", str(len(said)))])
        return [said]
    return site
"""
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
BODY = HEAD + b"Content-Length: 100\r\n\r\na="
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS = 5
"""After so many bytes, a tenth of a second apart, who sends them has waited for longer than each thread does."""
Connect = Callable[..., socket.socket]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server of eight threads that waits two seconds for a request."""
    with serving(tmp_path_factory.mktemp("site"), SITE) as port:
        yield port


@pytest.fixture
def connect(port: int) -> Iterator[Connect]:
    """Connects to the server, and sends the given bytes."""
    with ExitStack() as open_sockets:

        def connect(*parts: bytes) -> socket.socket:
            made = open_sockets.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for part in parts:
                made.sendall(part)
            return made

        yield connect


def seconds_to_answer(connect: Connect) -> float:
    began = time.monotonic()
    assert answer(connect(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n", b"ok")).endswith(b"ok")
    return time.monotonic() - began


def answer(connection: socket.socket) -> bytes:
    """Return all that comes until the server ends the connection."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        BODY,
        CHUNKED + b"5\r\nab",
        HEAD.replace(b"/ ", b"/unread ") + b"Content-Length: 100\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ids=["silent", "half a head", "half a body", "half a chunk", "a body that nobody reads", "does not hang up"],
)
def test_who_sends_no_more_holds_up_nobody(connect: Connect, sent: bytes) -> None:
    for _ in range(24):
        connect(sent)
    assert seconds_to_answer(connect) < 1.5
    assert seconds_to_answer(connect) < 1.5


def test_many_who_send_half_a_request_do_not_wait_one_after_another(connect: Connect) -> None:
    for _ in range(200):
        connect(b"GET / HT")
    assert seconds_to_answer(connect) < 3


def test_who_drips_bytes_is_cut_off_and_holds_up_nobody(connect: Connect) -> None:
    slow = [connect(BODY if number % 2 else HEAD) for number in range(16)]
    ended = threading.Event()
    dripped = 0

    def drip() -> None:
        nonlocal dripped
        while not ended.wait(0.1):
            for connection in slow:
                with suppress(OSError):
                    connection.send(b"a")
            dripped += 1

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        wait_until(lambda: dripped >= DRIPS)
        assert max(seconds_to_answer(connect) for _ in range(5)) < 1
        wait_until(lambda: not any(is_open(connection) for connection in slow))
    finally:
        ended.set()
        dripping.join()


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(65_536))
    except BlockingIOError:
        return True
    except OSError:
        return False


def test_who_is_slow_but_in_time_is_served(connect: Connect) -> None:
    connection = connect(HEAD + b"Connection: close\r\n")
    for part in (b"Content-Length: 4\r\n\r\n", b"sl", b"ow"):
        time.sleep(0.3)  # being slow is the point: longer than each thread waits, and in time all the same
        connection.sendall(part)
    assert answer(connection).endswith(b"slow")


def test_who_does_not_send_the_body_in_time_is_told_and_cut_off(connect: Connect) -> None:
    connection = connect(BODY)
    assert answer(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("chunk", [b"ZZ\r\n", b"2;\x01=\r\nab\r\n", b"2\r\nabc\r\n", b"0\r\nodd name: x\r\n\r\n"])
def test_a_malformed_chunk_is_a_bad_request_and_no_fault_of_ours(connect: Connect, chunk: bytes) -> None:
    connection = connect(CHUNKED + b"2\r\nab\r\n" + chunk)
    assert answer(connection).startswith(b"HTTP/1.1 400 ")


def test_who_takes_no_answer_does_not_keep_a_thread(connect: Connect) -> None:
    for _ in range(8):
        connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    assert seconds_to_answer(connect) < 10


@pytest.mark.parametrize("asked", [1, 150], ids=["once", "more and more"])
def test_who_takes_nothing_of_a_page_does_not_keep_a_thread(port: int, connect: Connect, asked: int) -> None:
    with ExitStack() as greedy:
        for _ in range(60):
            made = greedy.enter_context(socket.socket())
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # as small as it can be
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # as over a net: the kernel keeps less ready
            made.connect(("127.0.0.1", port))
            made.sendall(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n" * asked)
        for _ in range(20):
            time.sleep(0.1)  # until what the kernel takes for each is full
            assert seconds_to_answer(connect) < 1.5
