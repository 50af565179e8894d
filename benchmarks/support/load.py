"""The load: a few kept connections in a process of their own, each sending its next request on an answer.

As bare as it can be, so that it is no bottleneck: requests are bytes made beforehand, an answer is read up to its
length and only its status is looked at. Each line of JSON on standard input, `{"port": …, "what": …, "seconds": …}`,
runs one slice and is answered with `{"count": …, "seconds": …, "failed": …, "latencies": […]}`. The requests lie in
the file that is the first argument: by name, for each connection its own, sent in their order and never twice.
"""

import json
import pickle
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.support.installation import ROOT
from bot.settings import child_environment

CONNECTIONS = 16
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

Requests = dict[str, list[list[bytes]]]


class Load:
    """The process that makes the load, as seen from the benchmark."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def slice(self, port: int, what: str, seconds: float) -> dict[str, Any]:
        """Run one slice; return what it counted. A request that failed is an error."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"port": port, "what": what, "seconds": seconds}), file=self._process.stdin, flush=True)
        counted: dict[str, Any] = json.loads(self._process.stdout.readline())
        if counted["failed"] or not counted["count"]:
            raise RuntimeError(f"of {what} {counted['failed']} failed and {counted['count']} were answered")
        return counted


@contextmanager
def load(folder: Path, requests: Requests) -> Iterator[Load]:
    """Run the process with these requests."""
    file = folder / "requests.pickle"
    file.write_bytes(pickle.dumps(requests))
    command = [sys.executable, "-m", "benchmarks.support.load", str(file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=child_environment()) as process:
        yield Load(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(slots=True)
class _Line:
    """One connection: what it has still to send, and what has come of the answer."""

    requests: Iterator[bytes]
    connection: socket.socket
    begun: float = 0.0
    answer: bytes = b""

    def send(self) -> bool:
        request = next(self.requests, None)
        if request is None:
            return False
        self.begun = time.perf_counter()
        self.connection.sendall(request)
        return True

    def status(self) -> bytes | None:
        """Read; return the status of an answer that is whole."""
        self.answer += self.connection.recv(65536) or b"HTTP/1.1 000 \r\ncontent-length: 0\r\n\r\n"
        end = self.answer.find(b"\r\n\r\n")
        length = _LENGTH.search(self.answer, 0, end) if end >= 0 else None
        if length is None or len(self.answer) < end + 4 + int(length[1]):
            return None
        status, self.answer = self.answer[9:12], b""
        return status


def _run(port: int, seconds: float, sources: list[Iterator[bytes]]) -> dict[str, Any]:
    lines = [_Line(source, socket.create_connection(("127.0.0.1", port))) for source in sources]
    with selectors.DefaultSelector() as selector:
        begun = time.perf_counter()
        for line in lines:
            line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if line.send():
                selector.register(line.connection, selectors.EVENT_READ, line)
        latencies, failed = _exchange(selector, begun + seconds)
        took = time.perf_counter() - begun
    for line in lines:
        line.connection.close()
    return {"count": len(latencies), "seconds": took, "failed": failed, "latencies": latencies}


def _exchange(selector: selectors.BaseSelector, until: float) -> tuple[list[float], int]:
    """Go on until the time is over and every answer has come."""
    latencies: list[float] = []
    failed = 0
    while selector.get_map():
        for key, _ in selector.select():
            line: _Line = key.data
            status = line.status()
            if status is None:
                continue
            now = time.perf_counter()
            latencies.append(now - line.begun)
            failed += status != b"200"
            if now > until or not line.send():
                selector.unregister(line.connection)
    return latencies, failed


def main() -> None:
    requests: Requests = pickle.loads(Path(sys.argv[1]).read_bytes())
    sources = {what: [iter(each) for each in lists] for what, lists in requests.items()}
    for text in sys.stdin:
        wish = json.loads(text)
        print(json.dumps(_run(wish["port"], wish["seconds"], sources[wish["what"]])), flush=True)


if __name__ == "__main__":
    main()
