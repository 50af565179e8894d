"""The clock: everything due runs, by workers where there are any, by itself where not."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from bot.embedded import EmbeddedRedis
from bot.queue import NullQueue, RqQueue, Sweep
from bot.ticker import PATIENCE_SECONDS, Ticker


class Bells:
    """A queue whose workers answer when told to."""

    def __init__(self, *, reachable=True):
        self.reachable = reachable
        self.rung = []
        self.waiting = set()

    def ring(self, queue, task):
        if self.reachable:
            self.rung.append((queue, task))
            self.waiting.add(task)
        return self.reachable

    def is_waiting(self, task):
        return not self.reachable or task in self.waiting

    def clear_bell(self, task):
        self.waiting.discard(task)

    def answer(self):
        self.waiting.clear()


def look(runtime):
    """A sweep: notes that it ran."""
    runtime.append("look")


def break_down(runtime):
    runtime.append("break_down")
    raise ValueError("Ann Silva")


def hang(runtime):
    runtime.append("hang")
    RELEASE.wait(5)


RELEASE = threading.Event()
TWO_SECONDS = timedelta(seconds=2)


@pytest.fixture
def make():
    """A ticker with a clock to be moved; what ran here is in `ran`."""

    class Fixture:
        def __init__(self, queue, *runs):
            self.now = 0.0
            self.ran = []
            self.queue = queue
            sweeps = [Sweep(run.__name__, TWO_SECONDS, run) for run in runs or (look,)]
            self.ticker = Ticker(self.ran, sweeps, queue, monotonic=lambda: self.now)

        def tick(self, seconds=0.0):
            self.now += seconds
            self.ticker.tick()
            self.ticker.wait(1)

        def live(self, seconds, answer_after=None):
            """Tick each half second, with workers that take so many ticks to answer."""
            for n in range(int(seconds * 2)):
                if answer_after is not None and n % (answer_after + 1) == answer_after:
                    self.queue.answer()
                self.tick(0.5)

    return Fixture


def test_a_sweep_is_rung_for_by_name_whenever_it_is_due(make):
    fixture = make(Bells())
    fixture.tick()
    fixture.queue.answer()
    fixture.tick(1.9)
    fixture.queue.answer()
    assert fixture.queue.rung == [("sweeps", f"{__name__}.look")]
    fixture.tick(0.1)
    assert len(fixture.queue.rung) == 2
    assert fixture.ran == []


def test_with_workers_that_answer_it_runs_nothing_itself(make):
    fixture = make(Bells())
    fixture.live(60, answer_after=1)
    assert len(fixture.queue.rung) == 30
    assert fixture.ran == []


def test_without_redis_it_runs_every_sweep_itself_when_due(make):
    fixture = make(NullQueue())
    fixture.live(10)
    assert len(fixture.ran) == 5


def test_a_ring_that_nobody_answers_is_answered_here_and_then_at_once(make):
    fixture = make(Bells())
    fixture.tick()
    fixture.tick(PATIENCE_SECONDS - 0.1)
    assert fixture.ran == []
    fixture.tick(0.1)
    assert fixture.ran == ["look"]
    fixture.tick(0.5)
    assert fixture.ran == ["look"] * 2  # due, and no worker is waited for any more


def test_workers_that_come_back_get_their_work_back(make):
    fixture = make(Bells())
    fixture.live(10)
    ran = len(fixture.ran)
    assert ran >= 5
    fixture.live(20, answer_after=1)
    assert len(fixture.ran) <= ran + 1


def test_redis_that_goes_away_is_noticed_at_the_next_ring(make):
    fixture = make(Bells())
    fixture.live(4, answer_after=1)
    fixture.queue.reachable = False
    fixture.live(2.5)
    assert fixture.ran


def test_a_sweep_that_raises_is_logged_and_the_others_go_on(make, caplog):
    fixture = make(NullQueue(), break_down, look)
    fixture.live(4)
    assert sorted(fixture.ran) == ["break_down"] * 2 + ["look"] * 2
    assert [record.msg for record in caplog.records] == ["sweep_failed"] * 2


def test_a_sweep_that_hangs_is_not_started_twice_and_holds_up_no_other(make):
    RELEASE.clear()
    fixture = make(NullQueue(), hang, look)
    for _ in range(3):
        fixture.now += 2
        fixture.ticker.tick()
        time.sleep(0.05)
    RELEASE.set()
    assert fixture.ticker.wait(5)
    assert (fixture.ran.count("hang"), fixture.ran.count("look")) == (1, 3)


def test_the_real_queue_tells_answered_from_unanswered(make, tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.ensure()
    fixture = make(RqQueue(server.url))
    fixture.tick()
    fixture.queue.clear_bell(f"{__name__}.look")  # as a worker does
    fixture.tick(PATIENCE_SECONDS)
    assert fixture.ran == []
    fixture.tick(0.5)
    fixture.tick(PATIENCE_SECONDS)
    assert fixture.ran == ["look"]
    server.stop()
    fixture.tick(0.5)
    assert fixture.ran == ["look"] * 2


CHORES = """
import pathlib, time

def note(runtime):
    with pathlib.Path(runtime).open("a") as file:
        file.write(f"{time.monotonic()}\\n")
"""

MAIN = """
import sys
from datetime import timedelta
sys.path.insert(0, sys.argv[1])
import chores
from bot.queue import Sweep, task_queue
from bot.ticker import run_clock
sweeps = (Sweep("note", timedelta(seconds=1), chores.note),)
run_clock(sys.argv[2], sweeps, task_queue(sys.argv[3]))
"""


def test_the_process_works_through_the_loss_of_redis_and_stops_cleanly(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.ensure()
    seen = tmp_path / "seen"
    (tmp_path / "chores.py").write_text(CHORES)
    with subprocess.Popen([sys.executable, "-c", MAIN, str(tmp_path), str(seen), server.url]) as clock:
        try:
            wait_for_lines(seen, 1)  # no worker answers
            os.kill(server.pid, signal.SIGKILL)
            wait_for_lines(seen, len(seen.read_text().splitlines()) + 2)
            clock.terminate()
            assert clock.wait(5) == 0
        finally:
            clock.kill()
            server.stop()
    moments = [float(line) for line in seen.read_text().splitlines()]
    assert all(later - earlier < 4 for earlier, later in itertools.pairwise(moments))


def wait_for_lines(path, count):
    deadline = time.monotonic() + 8
    while not path.exists() or len(path.read_text().splitlines()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
