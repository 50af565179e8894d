"""docs/webhooks.md: its receiver takes what we send and nothing else, and its table has all events."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from bot.models import PING, EventType
from bot.outgoing.addresses import read_target
from bot.outgoing.delivering import body_of
from bot.outgoing.posting import Poster
from bot.outgoing.signing import new_secret, signed_headers
from bot.settings import child_environment
from tests.docs.reading import DOCS, blocks
from tests.waiting import wait_until

PAGE = DOCS / "webhooks.md"
SECRET = new_secret()
LOOPBACK = (ip_network("127.0.0.1/32"),)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The receiver of the page, started as the page says."""
    (source,) = blocks(PAGE, "python")
    (tmp_path / "receiver.py").write_text(source)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = child_environment(WEBHOOK_SECRET=SECRET, PORT=str(port))
    process = subprocess.Popen(
        [sys.executable, "receiver.py"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(port))
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_receiver_takes_what_we_send_and_nothing_that_was_changed_or_is_old(address: str) -> None:
    now = datetime.fromtimestamp(time.time(), UTC)
    body = body_of("answer.given", now, {"question": "licence"})
    old = datetime.fromtimestamp(time.time() - 600, UTC)
    poster, target = Poster(LOOPBACK, seconds=5), read_target(address)

    def sent(secrets: list[str], at: datetime, said: bytes) -> int:
        return poster.post(target, said, signed_headers(secrets, "w1", at, body)).code

    assert sent([SECRET], now, body) == 204
    assert sent([new_secret(), SECRET], now, body) == 204, "while a secret is replaced"
    assert sent([new_secret()], now, body) == 401
    assert sent([SECRET], now, body.replace(b"licence", b"another")) == 401
    assert sent([SECRET], old, body) == 401


def test_the_page_tells_of_every_event_and_its_example_is_one() -> None:
    told = re.findall(r"^\| `([\w.]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted([*EventType, PING])
    (example,) = blocks(PAGE, "json")
    made: dict[str, Any] = json.loads(example)
    assert made.keys() == {"type", "timestamp", "data"}
    assert made["type"] in told
