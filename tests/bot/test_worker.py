"""Worker processes against a real server: tasks run, signals stop them, a killed one is not missed."""

import os
import signal
import subprocess
import sys
import time

import pytest
from redis import Redis
from rq import Queue
from rq.executions import Execution, ExecutionRegistry
from rq.serializers import JSONSerializer

from bot.embedded import EmbeddedRedis
from bot.queue import MESSAGES, RqQueue
from bot.worker import LEASE_SECONDS, Task

TASKS = """
import pathlib, time
SEEN = pathlib.Path(__file__).parent / "seen"

def say(word):
    with SEEN.open("a") as file:
        file.write(f"{word}\\n")

def note(runtime, *args):
    say(" ".join([runtime["name"], *map(str, args)]))

def fail(runtime, *args):
    say("failing")
    raise ValueError("Ann Silva")

def drain(runtime, *args):
    say("begun")
    while not runtime["stopping"].is_set():
        time.sleep(0.02)
    say("returned")

def stuck(runtime, *args):
    say("stuck")
    while True:
        time.sleep(0.02)
"""

MAIN = """
import sys, threading, pathlib
sys.path.insert(0, sys.argv[1])
from bot import worker
from bot.log import configure_logging
from bot.settings import read_settings
worker.STOP_SECONDS = 1
configure_logging("text")
stopping = threading.Event()
environ = {"CALLBOARD_DATA_DIR": sys.argv[1], "REDIS_URL": sys.argv[2]}
settings = read_settings(environ)
runtime = {"name": "runtime", "stopping": stopping}
worker.run_worker(settings, "messages", lambda _: runtime, stopping=stopping)
"""


class Place:
    """A folder with a server and tasks; starts workers and ends them."""

    def __init__(self, folder):
        self.folder = folder
        self.server = EmbeddedRedis(folder)
        self.workers = []
        (folder / "chores.py").write_text(TASKS)

    def start(self, url=None):
        with (self.folder / "log").open("a") as log:
            worker = subprocess.Popen(
                [sys.executable, "-c", MAIN, str(self.folder), self.server.url if url is None else url],
                stderr=log,
            )
        self.workers.append(worker)
        return worker

    def ring(self, task, *args):
        return RqQueue(self.server.url).ring(MESSAGES, f"chores.{task}", *args)

    def log(self):
        return (self.folder / "log").read_text()

    def await_line(self, line, seconds=10.0, where="seen"):
        deadline = time.monotonic() + seconds
        path = self.folder / where
        while not path.exists() or line not in path.read_text():
            assert time.monotonic() < deadline, f"no {line!r} in {where}; the log says {self.log()}"
            time.sleep(0.02)

    def close(self):
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.server.stop()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.server.ensure()
    yield place
    place.close()


def test_tasks_get_the_runtime_and_their_ids_and_an_error_ends_with_its_task(place):
    worker = place.start()
    place.ring("fail")
    place.ring("missing")
    place.ring("note", 7, "app_1")
    place.await_line("runtime 7 app_1")
    assert (place.folder / "seen").read_text().count("failing") == 1
    assert place.log().count("ERROR task_failed task=chores.") == 2
    assert "Ann" not in place.log()
    with Redis.from_url(place.server.url) as redis:
        assert not [key for key in redis.keys("*") if b"Ann" in (redis.dump(key) or b"")]
    worker.terminate()
    assert worker.wait(5) == 0
    assert "worker_stopped queue=messages" in place.log()


def test_the_bell_is_cleared_before_the_task_looks(place):
    place.start()
    place.ring("drain")
    place.await_line("begun")
    assert not RqQueue(place.server.url).is_waiting("chores.drain")


def test_sigterm_lets_a_running_task_return_and_takes_no_other(place):
    worker = place.start()
    place.ring("drain")
    place.await_line("begun")
    place.ring("note", "after")
    worker.terminate()
    assert worker.wait(5) == 0
    assert (place.folder / "seen").read_text().split() == ["begun", "returned"]


def test_a_task_that_does_not_return_is_left_behind(place):
    worker = place.start()
    place.ring("stuck")
    place.await_line("stuck")
    worker.terminate()
    assert worker.wait(5) == 1
    assert "worker_ended_with_task_unfinished" in place.log()


def test_after_kill_nine_the_next_ring_is_answered_by_another(place):
    worker = place.start()
    place.ring("drain")
    place.await_line("begun")
    place.ring("note", 1)
    worker.kill()
    worker.wait()
    begun = time.monotonic()
    place.start()
    place.await_line("runtime 1")
    assert time.monotonic() - begun < LEASE_SECONDS


@pytest.mark.parametrize("renewed", [False, True], ids=["gone", "renewed too late"])
def test_a_task_ends_well_though_a_lease_of_a_dead_worker_has_lapsed(place, *, renewed):
    place.ring("note", 1)
    with Redis.from_url(place.server.url) as redis:
        (task,) = Queue(MESSAGES, redis, serializer=JSONSerializer, job_class=Task).jobs
        with redis.pipeline() as pipeline:
            lapsed = Execution.create(task, LEASE_SECONDS, pipeline)
            pipeline.delete(lapsed.key)
            if renewed:
                lapsed.heartbeat(task.started_job_registry, LEASE_SECONDS, pipeline)
            pipeline.execute()
        with pytest.raises((ValueError, KeyError)):
            ExecutionRegistry(task.id, redis).get_executions()  # once this raises nothing any more, ours can go
        place.start()
        place.await_line("runtime 1")
        deadline = time.monotonic() + 10
        while redis.exists(task.key):
            assert time.monotonic() < deadline, place.log()
            time.sleep(0.02)
    assert "Traceback" not in place.log()


def test_a_worker_outlives_its_redis(place):
    worker = place.start()
    place.ring("note", 1)
    place.await_line("runtime 1")
    os.kill(place.server.pid, signal.SIGKILL)
    place.await_line("worker_waits_for_redis reason=unreachable", where="log")
    place.server.ensure()
    place.ring("note", 2)
    place.await_line("runtime 2")
    assert worker.poll() is None


def test_without_redis_it_waits_and_still_stops(place):
    worker = place.start(url="")
    place.await_line("worker_waits_for_redis reason=not_configured", where="log")
    worker.send_signal(signal.SIGINT)
    assert worker.wait(5) == 0
