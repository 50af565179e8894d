"""The web process: gunicorn, two processes of four threads.

Threads, because gunicorn's plain worker resets requests that it has accepted when it is told to stop; two
processes, because one that dies should not take the site with it, and more gain nothing beside the database
(measured, `gthread` against `sync` on SQLite and PostgreSQL). There is no access log: addresses of pages hold
candidates' tokens.
"""

import logging
import os
import socket
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.util import import_app

from bot.errors import SettingsError
from bot.log import log_event
from bot.settings import Settings

LOOPBACK = "127.0.0.1"
APPLICATION = "webhooks.app:create_app()"
GRACEFUL_SECONDS = 25
_MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108  gunicorn opens a file there and unlinks it

_LOG = logging.getLogger(__name__)


def serve(settings: Settings, *, host: str = LOOPBACK, application: str = APPLICATION) -> None:
    """Serve *application* on *host* and the port of *settings* until SIGTERM; does not return.

    *host* is this machine itself unless said otherwise: `0.0.0.0` where a proxy stands before it on another
    machine, or in a container. Raises `SettingsError` if the port cannot be had.
    """
    check_port(settings.port, host=host)
    _Server(host=host, port=settings.port, application=application).run()


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


class _PlainLogger(Logger):  # type: ignore[misc]
    """gunicorn's own lines go where ours go, in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn without its command line, configuration file and environment."""

    def __init__(self, *, host: str, port: int, application: str) -> None:
        self._application = application
        self._options = {
            "bind": [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"],
            "worker_class": "gthread",
            "workers": 2,
            "threads": 4,
            "timeout": 60,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 5,
            "worker_tmp_dir": str(_MEMORY_FOLDER) if os.access(_MEMORY_FOLDER, os.W_OK) else None,
            "control_socket_disable": True,
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": _PlainLogger,
            "proc_name": "callboard",
            "when_ready": lambda _arbiter: log_event(_LOG, "web_listening", port=port, pid=os.getpid()),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return import_app(self._application)
