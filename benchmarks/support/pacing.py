"""Requests at a steady pace, whether or not the one before is answered yet."""

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

LINES = 8
LONGEST_SECONDS = 120.0  # for an answer, though the provider gives up before: how late it is is to be seen


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: when it was to be sent, and when its answer had come, by `time.monotonic`."""

    due: float
    at: float

    @property
    def seconds(self) -> float:
        """From when it was due: one that is kept waiting by those before it is late too."""
        return self.at - self.due


def send_paced(port: int, requests: Sequence[bytes], per_second: float) -> list[Answered]:
    """Send each at its time, over a few kept connections; return what became of them, in their order."""
    begun = time.monotonic() + 0.05
    with ThreadPoolExecutor(LINES) as pool:
        lines = [
            pool.submit(_send, port, requests[line::LINES], begun + line / per_second, LINES / per_second)
            for line in range(LINES)
        ]
        answered = [line.result() for line in lines]
    return [answered[place % LINES][place // LINES] for place in range(len(requests))]


def _send(port: int, requests: Sequence[bytes], first: float, every: float) -> list[Answered]:
    answered = []
    with socket.create_connection(("127.0.0.1", port), LONGEST_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place, request in enumerate(requests):
            due = first + place * every
            time.sleep(max(0.0, due - time.monotonic()))
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:  # an answer without a body
                answer += connection.recv(4096) or b"HTTP/1.1 000 \r\n\r\n"
            if answer[9:12] != b"204":
                raise RuntimeError(f"a callback was answered with {answer[9:12].decode()}")
            answered.append(Answered(due, time.monotonic()))
    return answered
