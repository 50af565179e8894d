"""The web process: gunicorn, two processes of eight threads; on SQLite one process.

Threads, because gunicorn's plain worker resets requests that it has accepted when it is told to stop; eight,
because PostgreSQL flushes the commits of many at once; two processes, because one that dies should not take the
site with it. On SQLite one serves more, and its slowest answer comes five times sooner: the writers of one process
queue for the lock, those of two sleep and try again (benchmarks/webhook.py). If it ends, gunicorn starts another
within a second. There is no access log: addresses of pages hold candidates' tokens.

On SIGTERM nothing that was accepted is dropped: `/health/ready` answers 503 for a moment, so that whoever
spreads the load turns away; then the door is closed, and who has come through it is still served.
"""

import gc
import logging
import os
import resource
import signal
import socket
import time
from pathlib import Path
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.util import import_app

from bot.errors import SettingsError
from bot.log import log_event
from bot.settings import Settings
from webhooks.connections import PatientWorker

LOOPBACK = "127.0.0.1"
APPLICATION = "webhooks.app:create_app()"
THREADS = 8
MOST_PROCESSES = 4  # where nobody says how many
COLLECT_EVERY = 20_000  # new objects; the usual 700 are one request
NOTICE_SECONDS = 2.0  # between the first 503 of /health/ready and the last accepted connection
GRACEFUL_SECONDS = 23
MOST_CONNECTIONS = 1000  # of one process; who comes then waits at the door
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  gunicorn opens a file there and unlinks it

_LOG = logging.getLogger(__name__)


def serve(settings: Settings, *, host: str = LOOPBACK, application: str = APPLICATION) -> None:
    """Serve *application* on *host* and the port of *settings* until SIGTERM; does not return.

    *host* is this machine itself unless said otherwise: `0.0.0.0` where a proxy stands before it on another
    machine, or in a container. Raises `SettingsError` if the port cannot be had.
    """
    check_port(settings.port, host=host)
    _Server(host=host, port=settings.port, application=application, processes=process_count(settings)).run()


def process_count(settings: Settings) -> int:
    """Return how many processes serve: SQLite has one writer, and PostgreSQL and the workers want cores too.

    Measured in docs/decisions/017.
    """
    if settings.web_processes is not None:
        return settings.web_processes
    if settings.database_url.startswith("sqlite"):
        return 1
    return min(MOST_PROCESSES, max(1, (os.cpu_count() or 1) // 2))


def check_port(port: int, *, host: str = LOOPBACK) -> None:
    """Raise `SettingsError`, with the remedy, where nothing can listen on *port*."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As gunicorn does; else a port that was in use a moment ago would be refused.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            remedy = f"PORT={port} cannot be used ({os.strerror(error.errno or 0)}): set PORT to another one"
            raise SettingsError(f"{remedy}, or stop the program that has it") from error


def _most_connections() -> int:
    """Return how many fit in half of the files that a process may open: gunicorn's ends where one more cannot be."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if files == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, files // 2)


def _settle_memory() -> None:
    """What is loaded now stays: the collector need not walk it again for every few hundred new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)


class _PlainLogger(Logger):  # type: ignore[misc]
    """gunicorn's own lines go where ours go, in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Worker(PatientWorker):
    """gunicorn's worker, that neither stops unannounced nor leaves anyone standing at the door."""

    def handle_usr1(self, _signal: int, _frame: FrameType | None) -> None:
        """Hear that the end is near: `/health/ready` says so, and requests are answered as before."""
        extensions = getattr(self.wsgi, "extensions", {})
        if "callboard" in extensions:
            extensions["callboard"].stopping.set()

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  gunicorn's signature
        """Before the end, take in who already waits, and close: gunicorn lets more come and resets them all."""
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            for _ in range(self.cfg.backlog):
                before = self.nr_conns
                self.accept(listener)
                if self.nr_conns == before:
                    break
            listener.close()


class _Arbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's master, that gives notice before it stops."""

    def handle_term(self) -> None:
        self.kill_workers(signal.SIGUSR1)
        time.sleep(NOTICE_SECONDS)
        super().handle_term()


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn without its command line, configuration file and environment."""

    def __init__(self, *, host: str, port: int, application: str, processes: int) -> None:
        self._application = application
        self._options = {
            "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
            "worker_class": _Worker,
            "workers": processes,
            "threads": THREADS,
            "worker_connections": _most_connections(),
            "timeout": 60,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 5,
            "forwarded_allow_ips": "",  # a proxy beside us hands on what its callers send, and SCRIPT_NAME is believed
            "sendfile": False,  # it waits for ever for a caller who takes nothing
            "worker_tmp_dir": str(_MEMORY_FOLDER) if os.access(_MEMORY_FOLDER, os.W_OK) else None,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": _PlainLogger,
            "proc_name": "callboard",
            "post_worker_init": lambda _worker: _settle_memory(),
            "when_ready": lambda _arbiter: log_event(_LOG, "web_listening", port=port, pid=os.getpid()),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app(self._application)

    def run(self) -> None:
        _Arbiter(self).run()
