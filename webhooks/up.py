"""`callboard up`: all processes of Callboard under one, for a machine without a supervisor of its own."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO, TextIO

from bot.embedded import EmbeddedRedis, EmbeddedRedisError, bound_to_parent
from bot.log import log_event
from bot.settings import Settings, child_environment
from webhooks.serve import LOOPBACK, check_port

STOP_SECONDS = 27.0  # workers and web need up to 25; the embedded Redis is stopped after them
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 10.0  # before a process that ended is started again
STEADY_SECONDS = 30.0  # who has run so long starts again after the shortest pause
REDIS_EVERY = 2.0
POLL_SECONDS = 0.1
_COLOURS = (36, 32, 33, 35, 34)  # of names on a terminal

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process: what its lines begin with, and the command that it runs."""

    name: str
    command: tuple[str, ...]


def _ours(name: str, *words: str) -> ProcessSpec:
    return ProcessSpec(name, (sys.executable, "-m", "webhooks", *words))


SPECS = (
    _ours("web", "serve"),
    _ours("messages", "worker", "messages"),
    _ours("sweeps", "worker", "sweeps"),
    _ours("clock", "clock"),
)


def up(
    settings: Settings,
    *,
    specs: Sequence[ProcessSpec] = SPECS,
    greet: Callable[[Callable[[str], None]], None] | None = None,
    output: TextIO = sys.stdout,
) -> None:
    """Run *specs* until SIGTERM, Ctrl-C or SIGHUP, and end them all within 30 seconds; in the main thread.

    Without `REDIS_URL` an embedded Redis runs beside them; if it cannot, they do without. *greet* is called
    once the web server answers, with what writes a text among their lines. Raises `SettingsError` if the
    server's port is taken.
    """
    check_port(settings.port)
    stops = _stops_on_signals()
    lines = _Lines(output, plain=settings.log == "json")
    lines.say("Starting the web server, the workers and the clock ...")
    redis = None if settings.redis_url else _EmbeddedBeside(settings)
    environment = redis.environment() if redis else child_environment()
    family = _Family(specs, {**environment, "PYTHONUNBUFFERED": "1"}, lines)
    try:
        while not stops:
            family.look_after(time.monotonic())
            if redis:
                redis.look_after(time.monotonic())
            if greet and _listens(settings.port):
                greet(lines.write)
                greet = None
            time.sleep(POLL_SECONDS)
    finally:
        lines.say("Stopping: what runs may finish, for half a minute at most. Ctrl-C again ends it at once.")
        family.stop(stops)
        if redis:
            redis.server.stop()
    lines.say("Stopped.")


class _Lines:
    """Writes lines of several processes whole, each after its process's name."""

    def __init__(self, output: TextIO, *, plain: bool) -> None:
        self._output = output
        self._plain = plain  # lines of JSON stay lines of JSON
        self._colour = output.isatty()
        self._lock = threading.Lock()

    def write(self, text: str) -> None:
        with self._lock:
            self._output.write(text if text.endswith("\n") else f"{text}\n")
            self._output.flush()

    def say(self, text: str) -> None:
        """Write what nothing depends on: a terminal that is gone keeps nobody from starting and stopping."""
        with suppress(OSError):
            self.write(text)

    def follow(self, name: str, number: int, stream: IO[bytes]) -> None:
        """Copy *stream* to its end."""
        prefix = "" if self._plain else f"{name:<8} | "
        if self._colour and prefix:
            prefix = f"\x1b[{_COLOURS[number % len(_COLOURS)]}m{prefix}\x1b[0m"
        with stream:
            for line in stream:
                self.write(prefix + line.decode(errors="replace").rstrip("\r\n"))


class _Child:
    """One process, started again whenever it ends."""

    def __init__(self, spec: ProcessSpec, number: int) -> None:
        self.spec = spec
        self._number = number
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started_at = self._start_at = 0.0
        self._pause = SHORTEST_PAUSE

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look_after(self, now: float, environment: Mapping[str, str], lines: _Lines) -> None:
        """Start it if it is time to; notice if it has ended."""
        if self.runs:
            return
        if self._process is not None:
            self._note_end(self._process.returncode, now)
        elif now >= self._start_at:
            self._start(now, environment, lines)

    def send(self, number: signal.Signals) -> None:
        """Signal the process. It leads a group of its own, which is killed with it."""
        if self._process is None or not self.runs:
            return
        if number == signal.SIGKILL:
            os.killpg(self._process.pid, number)
        else:
            self._process.send_signal(number)

    def finish_reading(self) -> None:
        if self._reader is not None:
            self._reader.join(1)

    def _start(self, now: float, environment: Mapping[str, str], lines: _Lines) -> None:
        self._started_at = now
        self._process = subprocess.Popen(  # noqa: S603  our own commands
            bound_to_parent(self.spec.command),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us: we end the others in good order
        )
        assert self._process.stdout is not None  # noqa: S101  for mypy
        arguments = (self.spec.name, self._number, self._process.stdout)
        self._reader = threading.Thread(target=lines.follow, args=arguments, daemon=True)
        self._reader.start()

    def _note_end(self, code: int, now: float) -> None:
        self._process = None
        if now - self._started_at >= STEADY_SECONDS:
            self._pause = SHORTEST_PAUSE
        self._start_at = now + self._pause
        log_event(
            _LOG,
            "process_ended",
            level=logging.WARNING,
            process=self.spec.name,
            code=code,
            seconds=self._pause,
        )
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


class _Family:
    """All children together."""

    def __init__(self, specs: Sequence[ProcessSpec], environment: Mapping[str, str], lines: _Lines) -> None:
        self._lines = lines
        self._environment = environment
        self._children = [_Child(spec, number) for number, spec in enumerate(specs)]

    def look_after(self, now: float) -> None:
        for child in self._children:
            child.look_after(now, self._environment, self._lines)

    def stop(self, stops: Sequence[int]) -> None:
        """Ask all to end, and kill who has not by then or when a second signal comes."""
        for child in self._children:
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.runs for child in self._children) and time.monotonic() < deadline and len(stops) < 2:
            time.sleep(0.05)
        for child in self._children:
            child.send(signal.SIGKILL)
        for child in self._children:
            child.finish_reading()


class _EmbeddedBeside:
    """The embedded Redis while the others run; that it fails is no reason to end."""

    def __init__(self, settings: Settings) -> None:
        self.server = EmbeddedRedis(settings.data_dir)
        self._look_at = 0.0

    def environment(self) -> dict[str, str]:
        """Start it, and return the environment in which the others find it, also if it comes later."""
        self.look_after(time.monotonic())
        return child_environment(REDIS_URL=self.server.url)

    def look_after(self, now: float) -> None:
        """Start it again if it is gone."""
        if now < self._look_at:
            return
        self._look_at = now + REDIS_EVERY
        try:
            self.server.ensure()
        except EmbeddedRedisError as error:
            self._look_at = now + 60
            log_event(_LOG, "embedded_redis_failed", level=logging.WARNING, error=error)


def _stops_on_signals() -> list[int]:
    """Return a list that grows by each signal to stop."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note)
    return received


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.2).close()
    except OSError:
        return False
    return True
