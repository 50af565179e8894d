"""A server that gives the answers it was told to give, in their order, and keeps every request."""

import json
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.provider_specs import SentRequest


@dataclass(frozen=True)
class Answer:
    """What to do with one request; *behaviour* names a way to fail before any answer."""

    status: int = 200
    body: Any = None  # bytes, or something to be written as JSON
    headers: dict[str, str] = field(default_factory=dict)
    behaviour: str = ""  # reset_unread, reset, hang, cut
    seconds: float = 0.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # more callers at once than the usual five are reset where the machine is busy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that was reset on purpose is no news."""


class ScriptedServer:
    """Answers on loopback; for requests beyond the script the last answer is repeated."""

    def __init__(self) -> None:
        self.requests: list[SentRequest] = []
        self.answers: deque[Answer] = deque()
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def next_answer(self) -> Answer:
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reset(connection: socket.socket) -> None:
    """End a connection so that the peer sees a reset, not an orderly close."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _handler_for(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            answer = server.next_answer()
            if answer.behaviour == "reset_unread":
                self._drop()
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.requests.append(SentRequest(self.command, self.path, headers, body))
            time.sleep(answer.seconds)
            if answer.behaviour in {"reset", "hang"}:
                self._drop()
                return
            raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw[: len(raw) // 2] if answer.behaviour == "cut" else raw)
            self.close_connection = answer.behaviour == "cut"

        def _drop(self) -> None:
            reset(self.connection)
            self.close_connection = True

        def finish(self) -> None:
            if self.connection.fileno() >= 0:
                super().finish()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815

    return Handler
