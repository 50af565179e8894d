"""R1a of the acceptance programme: workers, web, Redis and PostgreSQL are killed at random under load.

Nothing may be lost, nothing doubled, and every conversation must read as its script says. The whole of R1 (500
candidates with 20 lines each, 10 minutes and more) runs with `CALLBOARD_STORM=full make storm`.
"""

import os
import random
import time

import pytest

from tests import postgres
from tests.storms import ledger
from tests.storms.chaos import Chaos, make_provider_bad, make_provider_good
from tests.storms.conftest import Install
from tests.storms.crowd import Crowd
from tests.storms.figures import UNFINISHED, Figures, take_figures
from tests.storms.installation import Installation
from tests.storms.processes import wait_until
from tests.storms.services import RedisServer, Twilio

FULL = os.environ.get("CALLBOARD_STORM") == "full"  # noqa: TID251  the tests have no settings
CANDIDATES = 500 if FULL else 40
EXTRA_LINES = 10 if FULL else 0
KILL_EVERY = 2.0 if FULL else 1.0
SECONDS = 600.0 if FULL else 60.0
LONGEST = 2 * SECONDS
ENOUGH = 0.7  # of all that is to be said must be said in the storm, also on a slow machine
DRAINED_WITHIN = 900.0 if FULL else 150.0
TICK = 0.03

pytestmark = [pytest.mark.storm, pytest.mark.timeout(int(LONGEST + DRAINED_WITHIN) + 200)]


def test_a_storm_on_sqlite_loses_and_doubles_nothing(
    install: Install, twilio: Twilio, redis_server: RedisServer, seed: int, record_property: object
) -> None:
    installation = install(redis_url=redis_server.url)
    _weather(installation, twilio, redis_server, None, seed, record_property, "R1a on SQLite")


def test_a_storm_on_postgresql_loses_and_doubles_nothing(
    install: Install,
    twilio: Twilio,
    redis_server: RedisServer,
    postgres_server: postgres.Server,
    seed: int,
    record_property: object,
) -> None:
    installation = install(redis_url=redis_server.url, database_url=postgres_server.url)
    _weather(installation, twilio, redis_server, postgres_server, seed, record_property, "R1a on PostgreSQL")


def _weather(installation, twilio, redis_server, database, seed, record_property, name) -> None:
    """Let a crowd converse through a storm, wait until all is settled, and hold what happened to the scripts."""
    chance = random.Random(seed)
    crowd = Crowd(twilio, chance, CANDIDATES, extra=EXTRA_LINES)
    crowd.apply(installation)
    chaos = Chaos(installation, redis_server, database, chance, SECONDS, KILL_EVERY)
    start = time.monotonic()
    _storm(crowd, twilio, chaos)
    _calm(crowd, twilio, installation)
    figures = take_figures(
        installation,
        crowd,
        twilio.log,
        seed=seed,
        kills=chaos.done.total(),
        seconds=time.monotonic() - start,
    )
    record_property("storm", figures.line(name))
    _check(figures, crowd, twilio, installation)


def _storm(crowd: Crowd, twilio: Twilio, chaos: Chaos) -> None:
    make_provider_bad(twilio)
    start = time.monotonic()
    while (moment := time.monotonic() - start) < SECONDS or (moment < LONGEST and crowd.share_said < ENOUGH):
        chaos.act(moment)
        crowd.listen()
        crowd.speak()
        time.sleep(TICK)


def _calm(crowd: Crowd, twilio: Twilio, installation: Installation) -> None:
    """End the storm, and wait until everybody has finished and nothing is open, in bounded time.

    A clock that starts asks the provider at once for what never reached us; else that comes within five minutes.
    """
    make_provider_good(twilio)
    installation.processes["clock"].kill()
    crowd.hurry()
    end, look_at = time.monotonic() + DRAINED_WITHIN, 0.0
    while time.monotonic() < end:
        installation.restart_what_ended()
        crowd.listen()
        crowd.speak()
        if crowd.finished and time.monotonic() > look_at:
            look_at = time.monotonic() + 1
            counts = ledger.statuses(installation.database_url)
            if not any(counts[status] for status in UNFINISHED):
                return
        time.sleep(TICK)


def _check(figures: Figures, crowd: Crowd, twilio: Twilio, installation: Installation) -> None:
    figures.check()
    assert ledger.not_handled(installation.database_url) == 0
    assert twilio.violations == []
    assert [entry for entry in twilio.log if entry["event"] == "bug"] == []
    installation.restart_what_ended()  # the last kill may have been that of web
    wait_until(installation.is_ready, "web answers", seconds=60)
    for person in crowd.people:
        assert installation.call("GET", f"/enrolments/{person.enrolment}")["status"] == "completed"
        answers = installation.call("GET", f"/enrolments/{person.enrolment}/answers")["items"]
        assert {answer["question"]: answer["value"] for answer in answers} == person.script.values
