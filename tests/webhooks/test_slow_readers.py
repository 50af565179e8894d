"""Callers who take no file of ours, as real connections to the real server: others are served."""

import socket
from contextlib import ExitStack
from pathlib import Path

from tests.webhooks.processes import serving

SITE = """
from pathlib import Path

def make():
    def site(environ, start_response):
        path = Path(__file__).with_name("file" if environ["PATH_INFO"] == "/file" else "small")
        start_response("200 OK", [("Content-Length", str(path.stat().st_size))])
        return environ["wsgi.file_wrapper"](path.open("rb"))
    return site
"""


def get(port: int, path: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return connection


def test_who_takes_no_file_does_not_keep_a_thread(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 50_000_000)
    (tmp_path / "small").write_text("small")
    with serving(tmp_path, SITE) as port, ExitStack() as connections:
        for _ in range(8):
            connections.enter_context(get(port, "/file"))
        with get(port, "/small") as connection:
            assert b"".join(iter(lambda: connection.recv(65_536), b"")).endswith(b"\r\n\r\nsmall")
