"""Posting to another system: what is sent, what is never reached, and that nothing takes longer than it may."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.outgoing.addresses import Networks, read_target
from bot.outgoing.posting import MOST_READ, NotAllowedThere, NotPosted, Poster
from tests.bot.outgoing.receiver import Receiver, answer, certificate_for, dripping, receiving

LOOPBACK: Networks = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def poster(allowed: Networks = LOOPBACK, *, resolves_to: Sequence[str] = ("127.0.0.1",), seconds: float = 3) -> Poster:
    return Poster(allowed, resolve=lambda _host, _port: resolves_to, seconds=seconds)


def test_a_post_carries_body_headers_and_the_name_and_brings_the_answer(receiver: Receiver) -> None:
    receiver.answers = [answer(202, "grüezi\0\x1b[31m".encode())]
    target = read_target(f"http://hooks.example:{receiver.port}/a?b=c")
    made = poster().post(target, b'{"x": 1}', {"webhook-id": "w1", "Content-Type": "application/json"})
    assert (made.code, made.text) == (202, "grüezi[31m")
    (request,) = receiver.requests
    assert request.line == "POST /a?b=c HTTP/1.1"
    assert request.body == b'{"x": 1}'
    assert request.headers["host"] == f"hooks.example:{receiver.port}"
    assert request.headers["webhook-id"] == "w1"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["93.184.215.14", "127.0.0.1"],
        ["127.0.0.1", "93.184.215.14"],
        ["::ffff:127.0.0.1"],
        ["::1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["0.0.0.0"],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_not_connected_to(
    receiver: Receiver, addresses: list[str]
) -> None:
    for url in (f"http://hooks.example:{receiver.port}/", "https://hooks.example/"):
        with pytest.raises(NotAllowedThere, match="not a public address"):
            poster((), resolves_to=addresses).post(read_target(url), b"{}", {})
    assert receiver.connections == 0


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0"])
def test_no_spelling_of_our_own_machine_is_connected_to(receiver: Receiver, host: str) -> None:
    with pytest.raises(NotPosted):
        Poster((), seconds=3).post(read_target(f"http://{host}:{receiver.port}/"), b"{}", {})
    assert receiver.connections == 0


def test_a_name_whose_addresses_change_is_connected_to_at_the_one_that_was_judged(receiver: Receiver) -> None:
    told = iter([["127.0.0.1"], ["10.0.0.1"]])
    made = Poster(LOOPBACK, resolve=lambda _host, _port: next(told), seconds=3)
    assert made.post(read_target(f"http://hooks.example:{receiver.port}/"), b"{}", {}).code == 200
    assert list(told) == [["10.0.0.1"]], "the name was looked up once"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving() as canary:
        receiver.answers = [answer(302, b"", f"Location: {canary.url}"), answer(307, b"", f"Location: {canary.url}")]
        target = read_target(receiver.url)
        assert [poster().post(target, b"{}", {}).code for _ in range(2)] == [302, 307]
        assert canary.connections == 0


def test_a_name_that_cannot_be_looked_up_is_refused(receiver: Receiver) -> None:
    def fails(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(8, "no such host")

    for resolve in (fails, lambda _host, _port: []):
        with pytest.raises(NotPosted, match="no such host"):
            Poster(LOOPBACK, resolve=resolve).post(read_target(receiver.url), b"{}", {})


def hangs(_host: str, _port: int) -> Sequence[str]:
    time.sleep(2)
    return ["127.0.0.1"]


@pytest.mark.parametrize(
    "behaviour",
    [dripping(5), lambda _: time.sleep(5), lambda c: (c.sendall(b"HTTP/1.1 200 OK\r\n"), time.sleep(5))],
    ids=["drips", "says nothing", "says half"],
)
def test_an_answer_that_is_drawn_out_is_cut_off_in_time(
    receiver: Receiver, behaviour: Callable[[socket.socket], None]
) -> None:
    receiver.answers = [behaviour]
    begun = time.monotonic()
    with pytest.raises(NotPosted, match="in time"):
        poster(seconds=0.6).post(read_target(receiver.url), b"{}", {})
    assert time.monotonic() - begun < 2


def test_a_look_up_and_a_handshake_that_hang_are_cut_off_in_time(receiver: Receiver) -> None:
    begun = time.monotonic()
    with pytest.raises(NotPosted, match="looked up"):
        Poster(LOOPBACK, resolve=hangs, seconds=0.4).post(read_target(receiver.url), b"{}", {})
    with pytest.raises(NotPosted, match="in time"):  # the other side waits for a line, and never says hello
        poster(seconds=0.4).post(read_target(f"https://hooks.example:{receiver.port}/"), b"{}", {})
    assert time.monotonic() - begun < 1.9


def test_only_the_beginning_of_a_long_answer_is_read(receiver: Receiver) -> None:
    receiver.answers = [answer(200, b"x" * 5_000_000)]
    assert len(poster().post(read_target(receiver.url), b"{}", {}).text) == MOST_READ


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "no answer of HTTP"),
        (lambda c: c.close(), "closed before an answer|no answer of HTTP"),
    ],
)
def test_what_is_no_answer_is_told_in_words(receiver: Receiver, said: object, words: str) -> None:
    receiver.always = said  # type: ignore[assignment]
    with pytest.raises(NotPosted, match=words):
        poster().post(read_target(receiver.url), b"{}", {})


def test_a_port_where_nobody_listens_is_told_in_words(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotPosted, match="refused"):
        poster().post(read_target(f"http://127.0.0.1:{port}/"), b"{}", {})


def test_over_tls_the_name_is_what_the_certificate_must_be_of(tmp_path: Path) -> None:
    file = certificate_for("hooks.example", tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(file)
    names: list[str | None] = []
    theirs.sni_callback = lambda _socket, name, _context: names.append(name)
    with receiving(theirs) as secured:
        ours = ssl.create_default_context(cafile=str(file))
        made = Poster(LOOPBACK, lambda _host, _port: ["127.0.0.1"], ours, seconds=3)
        assert made.post(read_target(f"https://hooks.example:{secured.port}/"), b"{}", {}).code == 200
        assert names == ["hooks.example"]
        for other, context in (("other.example", ours), ("hooks.example", ssl.create_default_context())):
            with pytest.raises(NotPosted, match="certificate"):
                Poster(LOOPBACK, lambda _host, _port: ["127.0.0.1"], context, seconds=3).post(
                    read_target(f"https://{other}:{secured.port}/"), b"{}", {}
                )
        assert len(secured.requests) == 1
