"""R19 of the acceptance programme: Redis is not there from the beginning, and later goes away for 30 seconds."""

import random
import time
from pathlib import Path
from statistics import median

import pytest

from bot.queue import CIRCUIT_SECONDS
from tests.storms.conftest import Install
from tests.storms.crowd import Crowd, converse
from tests.storms.processes import wait_until
from tests.storms.services import RedisServer, Twilio

WORKERS = 3
ONE_SWEEP = 5.0
AWAY = 30.0

pytestmark = [pytest.mark.storm, pytest.mark.timeout(400)]


def test_without_redis_all_works_and_takes_one_sweep_longer_at_most(
    install: Install, twilio: Twilio, tmp_path: Path, seed: int, record_property
) -> None:
    chance, redis_server = random.Random(seed), RedisServer(tmp_path)
    try:
        installation = install(redis_url=redis_server.url)
        absent, present, lost = (Crowd(twilio, chance, 6, first=first) for first in (0, 6, 12))
        for crowd in (absent, present, lost):
            crowd.think = (0.0, 0.3)
        absent.apply(installation)
        converse(absent, 90)
        redis_server.start()
        wait_until(lambda: redis_server.workers() == WORKERS, "the workers have found Redis")
        time.sleep(CIRCUIT_SECONDS)  # so long at most the others leave it alone, who met its absence
        present.apply(installation)
        converse(present, 60)
        lost.think = (1.0, 5.0)
        lost.apply(installation)
        redis_server.kill()
        gone_at = time.monotonic()
        converse(lost, 120)
        assert time.monotonic() - gone_at > AWAY
    finally:
        redis_server.close()
    usual = max(_delays(present))
    line = ", ".join(
        f"{name} {median(_delays(crowd)):.1f} s (at most {max(_delays(crowd)):.1f})"
        for name, crowd in (("with Redis", present), ("without", absent), ("lost", lost))
    )
    record_property("storm", f"R19: seed {seed}, from line to answer: {line}")
    for crowd in (absent, lost):
        assert [person.heard for person in crowd.people] == [person.script.expected for person in crowd.people]
        assert max(_delays(crowd)) <= usual + ONE_SWEEP


def _delays(crowd: Crowd) -> list[float]:
    return [delay for person in crowd.people for delay in person.delays()]
