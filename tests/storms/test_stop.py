"""R12 of the acceptance programme: all processes are told to end while they work, as a deployment does it."""

import random
import time
from collections import Counter

import pytest

from tests.storms import ledger
from tests.storms.conftest import Install
from tests.storms.crowd import Crowd, converse
from tests.storms.installation import Installation
from tests.storms.load import Load
from tests.storms.services import RedisServer, Twilio

LONGEST_STOP = 30.0

pytestmark = [pytest.mark.storm, pytest.mark.timeout(400)]


def test_processes_that_are_told_to_end_finish_what_they_have_begun(
    install: Install, twilio: Twilio, redis_server: RedisServer, seed: int, record_property
) -> None:
    installation = install(redis_url=redis_server.url)
    twilio.control(answer_delay=0.3)
    crowd, load = Crowd(twilio, random.Random(seed), 12), Load(installation, twilio)
    crowd.think = (0.0, 0.5)
    crowd.apply(installation)
    load.start()
    _talk(crowd, 3)
    seconds = _stop_all(installation, crowd)
    load.stop()
    lost = {sid for sid, _ in load.answered} - set(ledger.inbound_ids(installation.database_url))
    unknowns = ledger.statuses(installation.database_url)["sending"]
    record_property(
        "storm",
        f"R12: seed {seed}, all ended after {seconds:.1f} s, {len(load.answered)} requests answered, "
        f"{len(load.broken)} broken off, {len(lost)} lost, {unknowns} unknowns, 503 before the end: "
        f"{load.readiness.count(503)} times",
    )
    assert seconds < LONGEST_STOP
    assert (load.broken, lost, unknowns) == ([], set(), 0)
    assert {status for _, status in load.answered} == {200}
    _check_readiness(load.readiness)
    _check_nothing_is_missing(installation, crowd, load)


def _check_readiness(seen: list[int]) -> None:
    """First ready, then 503, and only then the door closes; of two web processes one may hear of it a little later."""
    open_door = seen[: seen.index(0)]
    assert (open_door[0], open_door[-1], set(open_door)) == (200, 503, {200, 503})
    assert set(seen[len(open_door) :]) == {0}


def _talk(crowd: Crowd, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        crowd.listen()
        crowd.speak()
        time.sleep(0.02)


def _stop_all(installation: Installation, crowd: Crowd) -> float:
    """Ask all to end at once, as the candidates go on; return how long it took the slowest."""
    start = time.monotonic()
    processes = installation.processes.values()
    for process in processes:
        process.ask_to_end()
    while any(process.runs for process in processes) and time.monotonic() - start < LONGEST_STOP:
        _talk(crowd, 0.1)
    seconds = time.monotonic() - start
    assert {process.name: process.wait(1) for process in processes} == dict.fromkeys(installation.processes, 0)
    return seconds


def _check_nothing_is_missing(installation: Installation, crowd: Crowd, load: Load) -> None:
    """Start all again: the conversations end as if nothing had happened."""
    installation.restart_what_ended()
    converse(crowd, 60)
    assert [person.heard for person in crowd.people] == [person.script.expected for person in crowd.people]
    stored = Counter(ledger.inbound_ids(installation.database_url))
    assert len(stored) == len(load.answered) + sum(len(person.script.lines) for person in crowd.people)
    assert set(stored.values()) == {1}
