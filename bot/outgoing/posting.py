"""One post to another system: to the address that was checked, within a time that nobody can stretch.

No redirect is followed and no proxy asked, so the connection that is made is the one that was judged. The name stays in
the Host header and in TLS.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any

import certifi

from bot.errors import BotError, InvalidEvent
from bot.outgoing.addresses import NOT_PUBLIC, Networks, Target, check_target, may_reach

SECONDS = 15.0
"""For everything: looking up the name, connecting, sending, and the answer."""
LOOK_UP_SECONDS = 2.0
"""Where somebody waits, and only the name is looked up."""
MOST_READ = 4096
"""Bytes of an answer that are looked at."""
MOST_ADDRESSES = 3
"""Of a name that has many, so many are tried."""
_NOT_SHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class NotPosted(BotError):
    """No answer came; the message says why, in words for whoever has the endpoint."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other system answered."""

    code: int
    text: str
    """The beginning of its body."""


Resolve = Callable[[str, int], Sequence[str]]


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the order in which to try them. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def trusted_by_default() -> ssl.SSLContext:
    """Return a context that trusts what this machine trusts, and the public authorities where it knows none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts; one is shared by all threads."""

    allowed: Networks
    """What the operator lets us reach beside the public internet."""
    resolve: Resolve = look_up
    context: ssl.SSLContext = field(default_factory=trusted_by_default)
    seconds: float = SECONDS

    def post(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post *body* and return the answer, whatever its status. Raises `NotPosted`."""
        deadline = _Deadline(time.monotonic() + self.seconds)
        addresses = self._checked(target, deadline)
        try:
            with deadline.kept(), closing(self._connect(target, addresses, deadline)) as connection:
                answer = _exchange(connection, target, body, headers)
        except ssl.SSLCertVerificationError as error:
            raise NotPosted(f"its certificate is not valid: {error.verify_message}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise NotPosted(deadline.told() or _in_words(error)) from None
        if told := deadline.told():  # what was cut off may look like an answer with few headers
            raise NotPosted(told)
        return answer

    def check(self, target: Target) -> None:
        """Look the name up and refuse what it may not be. Raises `NotPosted`."""
        self._checked(target, _Deadline(time.monotonic() + self.seconds))

    def _checked(self, target: Target, deadline: "_Deadline") -> Sequence[str]:
        """Return the addresses of a target; one that may not be reached spoils them all."""
        addresses = _looked_up(self.resolve, target, deadline)
        for address in addresses:
            if not may_reach(target, ip_address(address.partition("%")[0]), self.allowed):
                raise NotAllowedThere(NOT_PUBLIC.format(address=address))
        return addresses[:MOST_ADDRESSES]

    def _connect(self, target: Target, addresses: Sequence[str], deadline: "_Deadline") -> HTTPConnection:
        connection = HTTPConnection(target.host, target.port)
        connection.sock = self._secured(_first_open(addresses, target.port, deadline), target, deadline)
        return connection

    def _secured(self, plain: socket.socket, target: Target, deadline: "_Deadline") -> socket.socket:
        if target.scheme == "http":
            return plain
        secured = self.context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
        deadline.watch(secured)  # before the handshake, which the other side could draw out
        try:
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured


def refuse_private(url: str, allowed: Networks) -> None:
    """Refuse an address that may not be reached, before it is kept. Raises `InvalidEvent`; for outside a transaction.

    Each attempt judges anew. A name that cannot be looked up now may be there later.
    """
    target = check_target(url, allowed)
    try:
        Poster(allowed, seconds=LOOK_UP_SECONDS).check(target)
    except NotAllowedThere as error:
        raise InvalidEvent(str(error), field="url") from None
    except NotPosted:
        return


class NotAllowedThere(NotPosted):
    """The address is one that may not be reached."""


class _Deadline:
    """Closes whatever is open when the time is over: a time limit for each read alone could be stretched for ever."""

    def __init__(self, at: float) -> None:
        self._at = at
        self._open: socket.socket | None = None
        self._lock = threading.Lock()
        self._over = False

    def left(self) -> float:
        return max(0.01, self._at - time.monotonic())

    def watch(self, opened: socket.socket) -> None:
        """Close *opened*, and no longer what was watched before it, when the time is over."""
        with self._lock:
            self._open = opened
            if self._over:
                _cut(opened)

    @contextmanager
    def kept(self) -> Iterator[None]:
        timer = threading.Timer(self.left(), self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def told(self) -> str:
        """Return the words for a time that is over, none before."""
        return "no whole answer in time" if self._over or time.monotonic() >= self._at else ""

    def _end(self) -> None:
        with self._lock:
            self._over = True
            if self._open is not None:
                _cut(self._open)


def _cut(opened: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(opened, socket.SHUT_RDWR)  # TLS's own would wait for the other side


def _looked_up(resolve: Resolve, target: Target, deadline: _Deadline) -> Sequence[str]:
    """Look a name up in a thread that can be left behind, as the system's own look-up knows no time limit."""
    found: list[Sequence[str]] = []

    def look() -> None:
        with suppress(OSError, UnicodeError):
            found.append(resolve(target.host, target.port))

    thread = threading.Thread(target=look, name="look-up", daemon=True)
    thread.start()
    thread.join(deadline.left())
    if not found or not found[0]:
        raise NotPosted("there is no such host, or its name could not be looked up")
    return found[0]


def _first_open(addresses: Sequence[str], port: int, deadline: _Deadline) -> socket.socket:
    """Connect to the first address that answers."""
    for index, address in enumerate(addresses):
        try:
            opened = socket.create_connection((address, port), timeout=deadline.left() / (len(addresses) - index))
        except OSError:
            if address == addresses[-1]:
                raise
        else:
            opened.settimeout(deadline.left())
            deadline.watch(opened)
            return opened
    raise NotPosted("there is no such host")


def _exchange(connection: HTTPConnection, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    sent: dict[str, Any] = {"Host": target.host_header, "Content-Length": len(body), "Connection": "close", **headers}
    for name, value in sent.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    return Answer(response.status, _beginning(response))


def _beginning(response: HTTPResponse) -> str:
    """Return what fits; the status is the answer, so a body that breaks off takes nothing from it."""
    try:
        read = response.read(MOST_READ)
    except (OSError, HTTPException, ValueError):
        return ""
    return _NOT_SHOWN.sub("", read.decode("utf-8", "replace"))


def _in_words(error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "the connection was refused"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was closed before an answer came"
        case TimeoutError():
            return "no whole answer in time"
        case ssl.SSLError():
            return "TLS could not be agreed on"
        case HTTPException() | ValueError():
            return "what came back is no answer of HTTP"
    return "the host could not be reached"
