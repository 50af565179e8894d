"""A small mail server on loopback that does as it is told."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Taken:
    """A mail as it came."""

    sender: str
    recipients: list[str]
    data: bytes
    encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.data, policy=default)  # type: ignore[return-value]


@dataclass
class Script:
    """How the server behaves, and what it has taken."""

    answers: dict[str, bytes] = field(default_factory=dict)
    """By command: what it answers instead; an empty answer closes the connection."""
    context: ssl.SSLContext | None = None
    at_once: bool = False
    """TLS from the first byte."""
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0


class _Handler(socketserver.StreamRequestHandler):
    script: Script
    encrypted = False

    def setup(self) -> None:
        super().setup()
        self.script = self.server.script  # type: ignore[attr-defined]
        if self.script.at_once:
            self._encrypt()

    def _encrypt(self) -> None:
        assert self.script.context
        self.connection = self.script.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
        self.encrypted = True

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # of TLS, which the server does not know

    def handle(self) -> None:
        self.mail: Taken = Taken("", [], b"", self.encrypted, "")
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            word = word.upper()
            self.script.commands.append(word)
            answer = self.script.answers.get(word)
            if answer is None:
                answer = getattr(self, f"on_{word.lower()}", self.on_other)(rest)
            self.wfile.write(answer)
            if not answer or word == "QUIT":
                return
            if word == "STARTTLS":
                self._encrypt()

    def on_other(self, rest: str) -> bytes:
        return b"250 ok\r\n"

    def on_quit(self, rest: str) -> bytes:
        return b"221 bye\r\n"

    def on_ehlo(self, rest: str) -> bytes:
        features = ["test", "AUTH PLAIN", "8BITMIME", *(["STARTTLS"] if self.script.context else [])]
        return "".join(f"250-{each}\r\n" for each in features).encode() + b"250 SMTPUTF8\r\n"

    def on_starttls(self, rest: str) -> bytes:
        return b"220 go\r\n"

    def on_auth(self, rest: str) -> bytes:
        self.mail.user = rest
        return b"235 ok\r\n"

    def on_mail(self, rest: str) -> bytes:
        self.mail.sender = rest[5:].split(">", maxsplit=1)[0].lstrip("<")
        return b"250 ok\r\n"

    def on_rcpt(self, rest: str) -> bytes:
        self.mail.recipients.append(rest[3:].split(">", maxsplit=1)[0].lstrip("<"))
        return b"250 ok\r\n"

    def on_data(self, rest: str) -> bytes:
        self.wfile.write(b"354 go\r\n")
        lines = iter(self.rfile.readline, b".\r\n")
        self.mail.data = b"".join(line.removeprefix(b".") for line in lines)
        self.mail.encrypted = self.encrypted
        answer = self.script.answers.get("END")
        if answer is None:
            self.script.taken.append(self.mail)
        return answer or b"250 taken\r\n"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


@contextmanager
def mail_server(script: Script | None = None) -> Iterator[Script]:
    """Run the server."""
    script = script or Script()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.script = script  # type: ignore[attr-defined]
        script.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
