"""Endpoints on loopback, which the operator of these installations allows."""

from collections.abc import Iterator

import pytest

from tests.bot.outgoing.receiver import Receiver, receiving
from tests.bot.outgoing.world import Telling
from tests.conftest import Build, make_ready


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def telling(build_runtime: Build) -> Telling:
    runtime = build_runtime(CALLBOARD_WEBHOOKS_ALLOW_PRIVATE="on")
    make_ready(runtime)
    return Telling(runtime)
