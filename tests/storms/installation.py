"""One installation of Callboard: the processes of the Procfile, set up by the environment alone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.storms.processes import COMMAND, ROOT, Process, free_port, wait_until
from tests.storms.services import Twilio

WHATSAPP, SMS = "+15005550006", "+15005550007"
COMMANDS = {
    "web": ("serve",),
    "messages": ("worker", "messages"),
    "more_messages": ("worker", "messages"),
    "sweeps": ("worker", "sweeps"),
    "clock": ("clock",),
}
BEGINS = {"web": "web_listening", "clock": "clock_started"}  # what a process writes when it begins to work


class Installation:
    """Its processes by name, and its REST API."""

    def __init__(self, folder: Path, twilio: Twilio, *, database_url: str, redis_url: str | None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "DATABASE_URL": database_url.replace("postgresql+psycopg", "postgresql"),
            "CALLBOARD_DATA_DIR": str(folder / "data"),
            "CALLBOARD_SECRET_KEY": "k" * 32,
            "CALLBOARD_COUNTRIES": "PT",
            "CALLBOARD_SMS_RATE": "50",
            "CALLBOARD_LOG": "json",
            "TWILIO_ACCOUNT_SID": twilio.account,
            "TWILIO_AUTH_TOKEN": twilio.token,
            "TWILIO_WHATSAPP_FROM": WHATSAPP,
            "TWILIO_SMS_FROM": SMS,
            "TWILIO_API_BASE": twilio.url,
            "TWILIO_CONTENT_BASE": twilio.url,
            **({"REDIS_URL": redis_url} if redis_url else {}),
            # so that two meet, and one goes on where the other is killed, on however few cores
            **({} if database_url.startswith("sqlite") else {"WEB_CONCURRENCY": "2"}),
        }
        self.folder = folder
        self.processes = {
            name: Process(name, (COMMAND, *words), self._environment, folder) for name, words in COMMANDS.items()
        }
        self._key = ""

    def start(self) -> None:
        """Make the tables and a key, start every process, and wait until all have begun to work."""
        self.run("db", "upgrade")
        self._key = self.run("keys", "create", "storm").splitlines()[-1]
        for process in self.processes.values():
            process.start()
        wait_until(lambda: all(map(self.works, COMMANDS)) and self.is_ready(), "all processes work", seconds=60)

    def works(self, name: str) -> bool:
        """Say whether a process has begun to work since it was started last."""
        return self.processes[name].has_said(BEGINS.get(name, "worker_started"))

    def run(self, *words: str) -> str:
        """Run a command to its end and return what it prints."""
        done = subprocess.run(
            [COMMAND, *words],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def restart_what_ended(self) -> None:
        """Be the supervisor."""
        for process in self.processes.values():
            if not process.runs:
                process.start()

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the REST API and return the answer's body; anything but success fails."""
        headers = {"Authorization": f"Bearer {self._key}"}
        answer = requests.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def every(self, path: str) -> Iterator[Any]:
        """Yield all items of a list, page by page."""
        sign, onward = "&" if "?" in path else "?", path
        for _ in range(1000):
            page = self.call("GET", onward)
            yield from page["items"]
            if not page.get("next"):
                return
            onward = f"{path}{sign}cursor={page['next']}"

    def log_lines(self, word: str) -> list[str]:
        """Return the lines that hold *word* of what all processes have written."""
        files = [process.log for process in self.processes.values() if process.log.exists()]
        texts = [file.read_text(errors="replace") for file in files]
        return [line for text in texts for line in text.splitlines() if word in line]
