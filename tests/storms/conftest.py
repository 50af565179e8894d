"""Whole installations of real processes, ended whatever happens."""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import postgres
from tests.storms.installation import Installation
from tests.storms.services import RedisServer, Twilio


@pytest.fixture
def seed() -> int:
    """Chance of a run; `CALLBOARD_STORM_SEED` repeats one, though not the races between processes."""
    return int(os.environ.get("CALLBOARD_STORM_SEED", "0")) or random.SystemRandom().randint(1, 2**31)  # noqa: TID251


@pytest.fixture
def twilio(tmp_path: Path, seed: int) -> Iterator[Twilio]:
    """The stand-in, in its own process."""
    standin = Twilio(tmp_path, seed)
    try:
        standin.start()
        yield standin
    finally:
        standin.close()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A real Redis that keeps nothing."""
    server = RedisServer(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def postgres_server() -> Iterator[postgres.Server]:
    """A PostgreSQL of its own, which a test may stop and start."""
    if postgres.programs() is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: it is not installed")
    with tempfile.TemporaryDirectory(prefix="callboard-pg-", dir=postgres.quick_place()) as folder:
        server = postgres.Server(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop_at_once()


Install = Callable[..., Installation]


@pytest.fixture
def install(tmp_path: Path, twilio: Twilio) -> Iterator[Install]:
    """Start an installation, on SQLite and without Redis unless told otherwise."""
    with ExitStack() as stack:

        def start(*, database_url: str = "", redis_url: str | None = None) -> Installation:
            url = database_url or f"sqlite:///{tmp_path}/callboard.db"
            made = Installation(tmp_path, twilio, database_url=url, redis_url=redis_url)
            stack.callback(made.close)
            twilio.control(inbound_url=f"http://localhost:{made.port}/webhooks/twilio/messages#rc=3&rp=all")
            made.start()
            return made

        yield start
