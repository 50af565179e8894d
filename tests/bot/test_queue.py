"""Ringing: once for each bell, cheaply, and never an error where Redis is away."""

import logging
import os
import signal
import socket
import time
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from bot import queue as queue_module
from bot.embedded import EmbeddedRedis
from bot.queue import (
    MESSAGES,
    InlineQueue,
    NullQueue,
    RqQueue,
    Sweep,
    find_task,
    task_name,
    task_queue,
)

DRAIN = "bot.tasks.drain"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"))
    server.ensure()
    yield server
    server.stop()


@pytest.fixture
def redis(server):
    with Redis.from_url(server.url, decode_responses=True) as client:
        client.flushdb()
        yield client


@pytest.fixture
def queue(server, redis):
    return RqQueue(server.url)


def waiting(server, name):
    with Redis.from_url(server.url) as client:
        tasks = Queue(name, connection=client, serializer=JSONSerializer)
        return [tuple(job.args) for job in tasks.get_jobs()]


def test_a_ring_puts_one_task_and_a_second_finds_it_waiting(queue, server):
    assert not queue.is_waiting(DRAIN)
    assert queue.ring(MESSAGES, DRAIN)
    assert queue.ring(MESSAGES, DRAIN)
    assert waiting(server, MESSAGES) == [(DRAIN,)]
    assert queue.is_waiting(DRAIN)


def test_a_cleared_bell_lets_the_next_ring_through(queue, server):
    queue.ring(MESSAGES, DRAIN)
    queue.clear_bell(DRAIN)
    assert not queue.is_waiting(DRAIN)
    queue.ring(MESSAGES, DRAIN)
    assert len(waiting(server, MESSAGES)) == 2


def test_other_arguments_are_another_bell(queue, server):
    for args in ((1,), (2,), ("a", 1)):
        queue.ring(MESSAGES, DRAIN, *args)
    assert waiting(server, MESSAGES) == [(DRAIN, 1), (DRAIN, 2), (DRAIN, "a", 1)]


def test_a_task_is_json_repeatable_and_leaves_nothing_behind(queue, server, redis):
    queue.ring(MESSAGES, DRAIN, 7)
    with Redis.from_url(server.url) as client:
        (job,) = Queue(MESSAGES, connection=client, serializer=JSONSerializer).get_jobs()
        assert job.func_name == queue_module.TASK_RUNNER
        assert (job.result_ttl, job.failure_ttl, job.retries_left) == (0, 0, 3)
        assert 0 < client.ttl(job.key) <= queue_module.BELL_SECONDS
    assert 0 < redis.ttl(f"callboard:bell:{DRAIN}:7") <= queue_module.BELL_SECONDS


def test_the_ring_of_many_is_cheap(queue):
    queue.ring(MESSAGES, DRAIN)
    begun = time.perf_counter()
    for _ in range(200):
        queue.ring(MESSAGES, DRAIN)
    assert time.perf_counter() - begun < 2  # about 0.1 ms each


def test_a_server_that_came_back_is_used_at_once(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.ensure()
    queue = RqQueue(server.url)
    assert queue.ring(MESSAGES, DRAIN)
    server.stop()
    server.ensure()
    assert queue.ring(MESSAGES, DRAIN, 2)
    server.stop()


def test_without_a_server_a_ring_says_so_and_leaves_it_alone_for_a_while(tmp_path, monkeypatch):
    now = [100.0]
    asked = []
    queue = RqQueue(f"unix://{tmp_path}/none.sock", monotonic=lambda: now[0])
    ask = queue._redis.set
    monkeypatch.setattr(queue._redis, "set", lambda *args, **options: asked.append(1) or ask(*args, **options))
    assert not queue.ring(MESSAGES, DRAIN)
    assert queue.is_waiting(DRAIN)
    queue.clear_bell(DRAIN)
    assert not queue.ring(MESSAGES, DRAIN)
    assert len(asked) == 1
    now[0] += 5.1
    assert not queue.ring(MESSAGES, DRAIN)
    assert len(asked) == 2


def test_a_redis_that_is_away_is_logged_once_a_minute(tmp_path, caplog):
    now = [100.0]
    queue = RqQueue(f"unix://{tmp_path}/none.sock", monotonic=lambda: now[0])
    with caplog.at_level(logging.WARNING, "bot.queue"):
        for _ in range(13):
            queue.ring(MESSAGES, DRAIN)
            now[0] += 5.1
    assert [record.msg for record in caplog.records] == ["redis_away"] * 2


def test_a_hanging_server_costs_a_request_half_a_second_once(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.ensure()
    queue = RqQueue(server.url)
    queue.ring(MESSAGES, DRAIN)
    os.kill(server.pid, signal.SIGSTOP)
    begun = time.perf_counter()
    assert not [1 for n in range(100) if queue.ring(MESSAGES, DRAIN, n)]
    assert time.perf_counter() - begun < 2
    os.kill(server.pid, signal.SIGCONT)
    server.stop()


def test_an_address_that_accepts_nothing_is_given_up_fast():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queue = RqQueue(f"redis://127.0.0.1:{full.getsockname()[1]}/0")
        begun = time.perf_counter()
        assert not queue.ring(MESSAGES, DRAIN)
        assert time.perf_counter() - begun < 2.5


def test_no_redis_means_nobody_can_be_told():
    queue = task_queue(None)
    assert isinstance(queue, NullQueue)
    assert not queue.ring(MESSAGES, DRAIN)
    assert queue.is_waiting(DRAIN)


def ring_on(runtime, left):
    """A task for `InlineQueue`: rings for itself until nothing is left."""
    runtime.append(left)
    if left:
        QUEUE.ring(MESSAGES, task_name(ring_on), left - 1)


QUEUE = InlineQueue()


def test_the_inline_queue_runs_on_demand_what_was_rung_for(monkeypatch):
    monkeypatch.setattr(queue_module, "find_task", lambda _name: ring_on)
    for _ in range(2):
        QUEUE.ring(MESSAGES, task_name(ring_on), 2)
    runtime = []
    assert QUEUE.drain(runtime) == 3
    assert runtime == [2, 1, 0]
    QUEUE.ring(MESSAGES, task_name(ring_on), 5)
    with pytest.raises(RuntimeError, match="2 tasks have run"):
        QUEUE.drain(runtime, most=2)
    QUEUE.waiting.clear()


def test_a_sweep_is_found_by_the_name_of_its_function():
    sweep = Sweep("rings", timedelta(seconds=2), task_queue)
    assert sweep.task == "bot.queue.task_queue"
    assert find_task(sweep.task) is task_queue
