"""The embedded Redis, as a real process."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from redis import Redis

from bot import embedded
from bot.embedded import EmbeddedRedis, EmbeddedRedisError, socket_path, socket_url


@pytest.fixture
def redis(tmp_path):
    server = EmbeddedRedis(tmp_path)
    yield server
    server.stop()


def client(server):
    return Redis.from_url(server.url, decode_responses=True)


def gone(pid):
    """Whether the process has ended; a zombie that nobody has asked for counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(true, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_answers_on_a_private_socket_only_and_keeps_what_it_is_told(redis, tmp_path):
    redis.ensure()
    with client(redis) as connection:
        wanted = {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        assert {name: connection.config_get(name)[name] for name in wanted} == wanted
        connection.set("kept", "yes")
    assert stat.S_IMODE(socket_path(tmp_path).stat().st_mode) == 0o600
    redis.stop()
    redis.ensure()
    with client(redis) as connection:
        assert connection.get("kept") == "yes"


def test_a_second_on_the_same_folder_uses_the_first_and_takes_over_when_it_ends(redis, tmp_path):
    redis.ensure()
    second = EmbeddedRedis(tmp_path)
    second.ensure()
    assert second.pid is None
    redis.stop()
    second.ensure()
    assert second.pid is not None
    second.stop()


def test_a_killed_server_is_started_again(redis):
    redis.ensure()
    killed = redis.pid
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: redis.pid is None)
    redis.ensure()
    assert redis.pid not in {None, killed}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_it_dies_with_the_process_that_started_it(tmp_path):
    code = (
        "import pathlib, sys, time; from bot.embedded import EmbeddedRedis\n"
        f"server = EmbeddedRedis(pathlib.Path({str(tmp_path)!r})); server.ensure()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    wait_until(lambda: gone(pid))


def test_a_long_path_gets_a_short_socket_of_its_own(tmp_path):
    long = tmp_path / ("x" * 120)
    other = tmp_path / ("y" * 120)
    assert len(os.fsencode(socket_path(long))) <= 100
    assert socket_path(long) not in {socket_path(other), socket_path(tmp_path)}
    server = EmbeddedRedis(long)
    server.ensure()
    with client(server) as connection:
        assert connection.ping()
    server.stop()
    socket_path(long).parent.rmdir()
    assert socket_url(long).startswith("unix:///")


def test_a_folder_with_odd_characters_has_an_address(tmp_path):
    server = EmbeddedRedis(tmp_path / "a ?#%41")
    server.ensure()
    with client(server) as connection:
        assert connection.ping()
    server.stop()


def test_a_folder_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "redis").write_text("a file")
    with pytest.raises(EmbeddedRedisError, match="cannot use"):
        EmbeddedRedis(tmp_path).ensure()


def test_a_broken_store_is_told_with_the_remedy(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.ensure()
    server.stop()
    manifest = tmp_path / "redis" / "appendonlydir" / "appendonly.aof.manifest"
    manifest.write_text("nonsense\n")
    with pytest.raises(EmbeddedRedisError, match="may be removed"):
        server.ensure()
    assert server.pid is None


def test_without_a_program_for_this_machine_the_message_says_what_to_do(tmp_path, monkeypatch):
    def missing():
        raise embedded.ValkeyBinaryNotFoundError("no")

    monkeypatch.setattr(embedded, "get_binary_path", missing)
    with pytest.raises(EmbeddedRedisError, match="set REDIS_URL"):
        EmbeddedRedis(tmp_path).ensure()
