"""The wire of the stand-in: HTTP/1.1, faults, and the addresses that control it."""

import base64
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.provider_specs import SentRequest
from tests.standin.api import Reply, error
from tests.standin.options import PROCESSED, Fault
from tests.standin.scripted import reset

if TYPE_CHECKING:
    from tests.standin.twilio import StandIn

REASONS = {200: "OK", 201: "Created", 307: "Temporary Redirect", 400: "Bad Request", 404: "Not Found"}


class Server(ThreadingHTTPServer):
    """A server that can close its connections, so that it can go down like a real one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], standin: "StandIn") -> None:
        self.standin = standin
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection; it reads requests by hand, since the library's parser of headers is slow."""

    server: Server
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        while True:
            try:
                if not self._serve_one():
                    return
            except (OSError, ValueError):
                return

    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()

    def _serve_one(self) -> bool:
        line = self.rfile.readline(65_536)
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := self.rfile.readline(65_536)) not in {b"\r\n", b"\n", b""}:
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        if target.startswith("/_"):
            request = self._read(method, target, headers)
            return self._write(self._own(request), keep=headers.get("connection") != "close")
        return self._provider(method, target, headers)

    def _read(self, method: str, target: str, headers: dict[str, str]) -> SentRequest:
        """Read the body. A client that died in the middle of its request has asked for nothing."""
        length = int(headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("the request broke off")
        return SentRequest(method, target, headers, body)

    # Twilio's addresses

    def _provider(self, method: str, target: str, headers: dict[str, str]) -> bool:
        standin = self.server.standin
        head = SentRequest(method, target, headers)
        area = standin.api.area(head)
        unread = standin.plan.fault_for(area) if any(f.kind == "reset_unread" for f in standin.plan.faults) else None
        if unread is not None and unread.kind == "reset_unread":
            return self._reset(head, unread)
        request = self._read(method, target, headers)
        fault = unread or standin.plan.fault_for(area, request.fields.get("To", "") if area == "messages" else "")
        early = standin.plan.uniform()
        standin.plan.pause(early)
        processed = fault is None or fault.kind in PROCESSED
        reply = self._answer(request) if processed else None
        standin.plan.pause(1 - early)
        if fault is not None:
            return self._suffer(request, fault, reply)
        assert reply is not None
        return self._write(reply, keep=headers.get("connection") != "close")

    def _answer(self, request: SentRequest) -> Reply:
        try:
            return self.server.standin.api.answer(request)
        except Exception as bug:  # noqa: BLE001  a fault of the stand-in must not look like one of the network
            self.server.standin.store.note("bug", problem=repr(bug), request=request.target)
            return error(400, 20001, f"the stand-in failed: {bug!r}")

    def _suffer(self, request: SentRequest, fault: Fault, reply: Reply | None) -> bool:
        self._note(request, fault)
        match fault.kind:
            case "slow":
                time.sleep(fault.seconds)
                return self._write(reply or error(500, 20500, "Internal Server Error"), keep=True)
            case "hang":
                time.sleep(fault.seconds)
                return False
            case "429":
                refused = error(429, fault.code or 20429, "Too Many Requests")
                refused.headers["Retry-After"] = f"{max(round(fault.seconds), 1)}"
                return self._write(refused, keep=True)
            case "500_after" | "500_before":
                return self._write(error(500, fault.code or 20500, "Internal Server Error"), keep=True)
            case "503_before":
                return self._write(Reply(503, b"<html>upstream is away</html>"), keep=True)
            case "garbage":
                return self._write(Reply(201, b"<html>\xff not JSON"), keep=True)
            case "empty":
                return self._write(Reply(201, b""), keep=True)
            case "cut":
                return self._write(reply or Reply(201, b"{}"), keep=False, cut=True)
        reset(self.connection)
        return False

    def _reset(self, request: SentRequest, fault: Fault) -> bool:
        self._note(request, fault)
        reset(self.connection)
        return False

    def _note(self, request: SentRequest, fault: Fault) -> None:
        to = (
            request.fields.get("To", "") if request.body and self.server.standin.api.area(request) == "messages" else ""
        )
        self.server.standin.store.note("fault", kind=fault.kind, request=f"{request.method} {request.path}", to=to)

    def _write(self, reply: Reply, *, keep: bool, cut: bool = False) -> bool:
        raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(raw)), **reply.headers}
        headers["Connection"] = "keep-alive" if keep else "close"
        lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Error')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head + (raw[: len(raw) // 2] if cut else raw))
        self.wfile.flush()
        return keep and not cut

    # the stand-in's own addresses

    def _own(self, request: SentRequest) -> Reply:
        standin = self.server.standin
        try:
            match request.method, request.path:
                case "GET", "/_log":
                    since = int(parse_qs(urlsplit(request.target).query).get("since", ["0"])[0])
                    return Reply(200, standin.report(since))
                case "POST", "/_control" if standin.controllable:
                    standin.control(**request.json)
                    return Reply(200, {"ok": True})
                case "POST", "/_inbound" if standin.controllable:
                    return Reply(200, standin.inbound(**request.json))
                case "GET", path if path.startswith("/_files/"):
                    media = standin.store.media[path.removeprefix("/_files/")]
                    data = base64.b64decode(media.get("data", ""))
                    return Reply(200, data, headers={"Content-Type": media["content_type"]})
        except (KeyError, TypeError, ValueError) as problem:
            return error(400, 0, f"{type(problem).__name__}: {problem}")
        return error(404, 0, "no such address; is --control set?")
