"""Open boards: browsers that listen to a job's stream, in a process of their own.

The file that is the first argument holds `{"port": …, "job": …, "cookies": […]}`: one board for each cookie. On
standard input the line `open` opens all of them and is answered with `{}` once each is greeted; with `open asking` they
also ask for each card that has changed, as the page does. `close` waits until nothing more comes, closes them and is
answered with `{"told": {application: [boards, moment]}, "shown": …, "failed": …}`, where the moment is that of the last
board, by the clock that all processes share (`time.monotonic`).
"""

import json
import random
import re
import select
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.support.installation import ROOT
from benchmarks.support.recruiter import COOKIE
from bot.settings import child_environment

GATHER_SECONDS = 0.3, 0.9  # each board one of its own between them, as webhooks/static/js/board.js
QUIET_SECONDS, LONGEST_SECONDS = 1.5, 30.0
_EVENT = re.compile(rb"id: \d+-(\d+)\nevent: board-\S+\ndata: ([^\n]*)\n\n")
Marks = dict[str, list[float]]


class Boards:
    """The process that holds them, as seen from the benchmark."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def open(self, *, asking: bool = False) -> None:
        """Open all, and let the server settle."""
        self._say("open asking" if asking else "open")
        time.sleep(1.0)

    def close(self) -> dict[str, Any]:
        """Close all; return what they were told."""
        return self._say("close")

    def _say(self, words: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(words, file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def boards(folder: Path, port: int, job: str, cookies: Sequence[str]) -> Iterator[Boards]:
    """Run the process; the boards are still closed."""
    file = folder / "boards.json"
    file.write_text(json.dumps({"port": port, "job": job, "cookies": cookies}))
    command = [sys.executable, "-m", "benchmarks.support.boards", str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=child_environment()) as process:
        yield Boards(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(slots=True)
class Board:
    """One of them: its stream, and what it has still to ask for."""

    cookie: str
    stream: socket.socket
    heard: bytes = b""
    changed: dict[str, None] = field(default_factory=dict)
    asks_at: float = 0.0
    heard_at: str = "0"
    gather: float = field(default_factory=lambda: random.uniform(*GATHER_SECONDS))
    asked: list[str] = field(default_factory=list)
    answer: bytes = b""
    told: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Listeners:
    """All of them, in their process."""

    port: int
    job: str
    cookies: list[str]
    asking: bool = False
    told: Marks = field(default_factory=dict)
    shown: Marks = field(default_factory=dict)
    failed: int = 0
    latest: float = 0.0
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    boards: list[Board] = field(default_factory=list)

    def open(self, *, asking: bool) -> None:
        self.asking, self.told, self.shown, self.failed = asking, {}, {}, 0
        path = f"/events?to=board-{self.job}&to=job-{self.job}&to=inbox&to=jobs"
        self.boards = [Board(cookie, self._ask(path, cookie)) for cookie in self.cookies]
        for board in self.boards:
            while b": hello" not in board.heard:
                more = board.stream.recv(65536)
                if not more:
                    raise RuntimeError(f"a stream was refused: {board.heard[:500]!r}")
                board.heard += more
            board.heard = b""
            self.selector.register(board.stream, selectors.EVENT_READ, (self._hear, board))

    def listen(self, seconds: float) -> None:
        """Take what comes, and ask for what has to be asked for."""
        for key, _ in self.selector.select(seconds):
            act, board = key.data
            act(board, key.fileobj)
        now = time.monotonic()
        for board in self.boards if self.asking else ():
            if board.changed and not board.asked and now >= board.asks_at:
                board.asked, board.changed = list(board.changed), {}
                wanted = "&".join(f"application={each}" for each in board.asked)
                asking = self._ask(f"/jobs/{self.job}/cards?{wanted}&heard={board.heard_at}", board.cookie)
                self.selector.register(asking, selectors.EVENT_READ, (self._see, board))

    def is_busy(self) -> bool:
        """Say whether something is still to come: it was never quiet, or an answer is awaited."""
        awaited = self.asking and any(board.asked or board.changed for board in self.boards)
        return awaited or time.monotonic() < self.latest + QUIET_SECONDS

    def close(self) -> dict[str, Any]:
        self.latest = time.monotonic()
        until = self.latest + LONGEST_SECONDS
        while self.is_busy() and time.monotonic() < until:
            self.listen(0.1)
        for key in list(self.selector.get_map().values()):
            self.selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]
        self.boards = []
        return {"told": self.told, "shown": self.shown, "failed": self.failed}

    def _hear(self, board: Board, stream: socket.socket) -> None:
        more = stream.recv(65536)
        if not more:
            self.failed += 1
            self.selector.unregister(stream)
            return
        self.hear(board, more)

    def hear(self, board: Board, text: bytes) -> None:
        """Take a part of a stream: note the cards that its events name."""
        board.heard += text
        end, now = 0, time.monotonic()
        for event in _EVENT.finditer(board.heard):
            end, self.latest = event.end(), now
            board.heard_at, ids = event[1].decode(), event[2].decode().split()
            _mark(self.told, board.told, ids, now)
            board.asks_at = board.asks_at if board.changed else now + board.gather
            board.changed |= dict.fromkeys(ids)
        board.heard = board.heard[end:]

    def _see(self, board: Board, asking: socket.socket) -> None:
        more = asking.recv(65536)
        board.answer += more
        if more:
            return
        self.selector.unregister(asking)
        asking.close()
        self.failed += board.answer[9:12] != b"200"
        _mark(self.shown, board.shown, board.asked, time.monotonic())
        board.asked, board.answer = [], b""

    def _ask(self, path: str, cookie: str) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), 10)
        head = f"GET {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nCookie: {COOKIE}={cookie}\r\n"
        made.sendall(f"{head}HX-Request: true\r\nCallboard-Unattended: 1\r\nConnection: close\r\n\r\n".encode())
        return made


def _mark(marks: Marks, known: set[str], ids: list[str], now: float) -> None:
    """Note that a board, which knows of *known* already, has come to know these."""
    for each in ids:
        if each not in known:
            known.add(each)
            mark = marks.setdefault(each, [0, now])
            mark[:] = mark[0] + 1, now


def main() -> None:
    listeners = Listeners(**json.loads(Path(sys.argv[1]).read_text()))
    while True:
        listeners.listen(0.02)
        if not select.select([sys.stdin], [], [], 0)[0]:
            continue
        words = sys.stdin.readline().split()
        if not words:
            return
        answer: dict[str, Any] = {}
        if words[0] == "open":
            listeners.open(asking="asking" in words)
        else:
            answer = listeners.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
