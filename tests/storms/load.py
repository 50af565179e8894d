"""People who write without waiting, each on a connection of its own, with an exact account of what became of it."""

import http.client
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.standin.callbacks import signature
from tests.storms.installation import SMS, Installation
from tests.storms.services import Twilio

THREADS = 4
PAUSE = 0.02


@dataclass
class Load:
    """Signed messages to the web server, and what it says about itself meanwhile."""

    installation: Installation
    twilio: Twilio
    answered: list[tuple[str, int]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # connected, and then no answer
    readiness: list[int] = field(default_factory=list)  # 0 where the connection was refused or broken
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _threads: list[threading.Thread] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        for work in [self._write] * THREADS + [self._look]:
            thread = threading.Thread(target=self._go_on, args=(work,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(30)

    def _go_on(self, work: Callable[[], None]) -> None:
        while not self._stopped.is_set():
            work()
            time.sleep(PAUSE)

    def _connect(self) -> http.client.HTTPConnection | None:
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=30)
        try:
            connection.connect()
        except OSError:
            return None
        return connection

    def _write(self) -> None:
        """Post one message of a new person."""
        connection = self._connect()
        if connection is None:
            return
        number = next(self._numbers)
        sid = f"SM{number:032x}"
        url = f"http://localhost:{self.installation.port}/webhooks/twilio/messages"
        form = {"MessageSid": sid, "AccountSid": self.twilio.account, "To": SMS, "Body": "hello", "NumMedia": "0"}
        form["From"] = f"+3519200{number:05d}"
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(self.twilio.token, url, form),
        }
        try:
            connection.request("POST", "/webhooks/twilio/messages", urlencode(form), headers)
            self.answered.append((sid, connection.getresponse().status))
        except (OSError, http.client.HTTPException):
            self.broken.append(sid)
        finally:
            connection.close()

    def _look(self) -> None:
        connection = self._connect()
        if connection is None:
            self.readiness.append(0)
            return
        try:
            connection.request("GET", "/health/ready")
            self.readiness.append(connection.getresponse().status)
        except (OSError, http.client.HTTPException):
            self.readiness.append(0)
        finally:
            connection.close()
