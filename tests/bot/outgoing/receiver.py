"""Another system on loopback: it keeps what it is sent, and answers as it is told."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What came, and what is answered: bytes, or a function that does with the connection as it likes."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    answers: list[bytes | Callable[[socket.socket], None]] = field(default_factory=list)
    always: bytes | Callable[[socket.socket], None] = b""

    def answers_with(self, *codes: int) -> None:
        self.answers += [answer(code) for code in codes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


def answer(code: int, body: bytes = b"ok", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def dripping(seconds: float) -> Callable[[socket.socket], None]:
    """Answer a byte now and then, so that no single read ever takes long."""

    def drip(connection: socket.socket) -> None:
        until = time.monotonic() + seconds
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while time.monotonic() < until:
            connection.sendall(b"x")
            time.sleep(0.05)

    return drip


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver for as long as the block."""
    receiver = Receiver(always=answer(200))
    with socket.create_server(("127.0.0.1", 0)) as server:
        receiver.port = server.getsockname()[1]
        threading.Thread(target=_serve, args=(server, receiver, context), daemon=True).start()
        yield receiver
        server.shutdown(socket.SHUT_RDWR)


def _serve(server: socket.socket, receiver: Receiver, context: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            receiver.connections += 1
            threading.Thread(target=_answer, args=(connection, receiver, context), daemon=True).start()


def _answer(connection: socket.socket, receiver: Receiver, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), connection:
        if context is None:
            _talk(connection, receiver)
        else:
            with context.wrap_socket(connection, server_side=True) as secured:
                _talk(secured, receiver)


def _talk(connection: socket.socket, receiver: Receiver) -> None:
    with connection.makefile("rb") as file:
        line = file.readline().decode("latin-1").strip()
        headers = {}
        while (header := file.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        body = file.read(int(headers.get("content-length", "0")))
        receiver.requests.append(Request(line, headers, body))
        said = receiver.answers.pop(0) if receiver.answers else receiver.always
        if callable(said):
            said(connection)
        else:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_RDWR)


def certificate_for(name: str, folder: Path) -> Path:
    """Make a certificate of a name that vouches for itself; return the file that holds it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)  # noqa: TID251  TLS judges by the real time
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return file
