"""Real processes, each the leader of its group, ended for certain."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from bot.embedded import bound_to_parent

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).parent / "callboard")


class Process:
    """A command that can be started, killed and started again; what it writes is gathered in one file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command, self._environment, self._folder = tuple(command), dict(environment), folder
        self._running: subprocess.Popen[bytes] | None = None
        self._log_begins = 0

    @property
    def runs(self) -> bool:
        return self._running is not None and self._running.poll() is None

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it; it ends with the thread that starts it, should the tests themselves be killed."""
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self._running = subprocess.Popen(
                bound_to_parent(self._command),
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def has_said(self, word: str) -> bool:
        """Say whether *word* is in what it has written since it was started."""
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            return word.encode() in log.read()

    def children(self) -> list[int]:
        """Return the processes that it has started itself."""
        try:
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process itself, as a supervisor does."""
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, seconds: float) -> int:
        """Return its exit code; `subprocess.TimeoutExpired` if it has not ended by then."""
        assert self._running is not None
        return self._running.wait(seconds)

    def kill(self) -> None:
        """End it and all that it has started, without a word."""
        if self._running is None:
            return
        with suppress(ProcessLookupError):  # the whole group has ended already
            os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()


def free_port() -> int:
    """Return a port of loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for *condition*; fail with *what* if it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.05)
