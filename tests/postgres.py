"""A private PostgreSQL for tests and benchmarks: on a socket, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FORGETFUL = "-c fsync=off -c full_page_writes=off -c max_wal_size=256MB"
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def programs() -> Path | None:
    """Return the folder with initdb and pg_ctl, None where PostgreSQL is not installed."""
    versioned = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if versioned:
        return versioned[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def quick_place() -> Path:
    """Return where what nobody keeps is written fastest: in memory, if there is room."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else Path("/tmp")


class Server:
    """A server with its data in *folder*, which must be short enough for a socket's path."""

    def __init__(self, folder: Path, durability: str = FORGETFUL) -> None:
        found = programs()
        assert found is not None, "PostgreSQL is not installed"
        self._programs, self._folder, self._data = found, folder, folder / "data"
        self._durability = durability
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        form = ("-E", "UTF8", "--locale=C.UTF-8")
        _run(found / "initdb", "-D", self._data, "-U", "callboard", "-A", "trust", "--no-sync", *form)

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql+psycopg://callboard@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = f"-c listen_addresses='' -c max_connections=200 {self._durability}"
        self._control("-w", "-l", self._folder / "log", "-o", f"-k {self._folder} {settings}", "start")

    def stop_at_once(self) -> None:
        """Stop it as a crash does: it recovers when it starts again."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: object) -> None:
        _run(self._programs / "pg_ctl", "-D", self._data, *words)


@contextmanager
def server(durability: str = FORGETFUL, place: Path = Path("/tmp")) -> Iterator[str]:
    """Run a server and give the URL of its maintenance database; only benchmarks need commits that last."""
    with tempfile.TemporaryDirectory(prefix="callboard-pg-", dir=place) as folder:
        running = Server(Path(folder), durability)
        running.start()
        try:
            yield running.url
        finally:
            running.stop_at_once()


def _run(*command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, capture_output=True, cwd="/tmp")
