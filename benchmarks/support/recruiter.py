"""Recruiters at the pages: users, where they are logged in, and a client that carries the cookie."""

import re
import time
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot.intake.sign_ins import begin_sign_in
from bot.intake.users import create_user
from bot.models import Role, User
from bot.runtime import Runtime
from bot.work import unit_of_work
from webhooks.app import create_app

COOKIE = "callboard"  # as it is called without TLS
PART = {"HX-Request": "true"}
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def log_in(runtime: Runtime, name: str = "bench") -> tuple[int, str]:
    """Make a user and log them in; return their row's id, and the token for the cookie."""
    with unit_of_work(runtime) as work:
        create_user(work, f"{name}@example.org", Role.ADMIN, "long enough for this", "Bench")
        user_id: int = work.connection.execute(select(func.max(User.id))).scalar_one()
        return user_id, begin_sign_in(work, user_id, "bench")


class Recruiter:
    """A user who is logged in, in this process: the whole of a request but for the web server."""

    def __init__(self, runtime: Runtime) -> None:
        self._client: FlaskClient = create_app(runtime).test_client()
        self.user_id, token = log_in(runtime)
        self._client.set_cookie(COOKIE, token)
        self._csrf = ""

    def get(self, address: str, headers: dict[str, str] | None = None) -> bytes:
        """Return what that address is answered with."""
        return _body(self._client.get(address, headers=headers))

    def post(self, address: str, form: dict[str, str]) -> bytes:
        """Send a form, as htmx does."""
        if not self._csrf:
            found = _CSRF.search(self.get("/jobs").decode())
            assert found
            self._csrf = found[1]
        return _body(self._client.post(address, data={"csrf": self._csrf, **form}, headers=PART))

    def cost(self, address: str, times: int = 1, headers: dict[str, str] | None = None) -> "Cost":
        """Return what one answer costs."""
        begun, cpu = time.perf_counter(), time.thread_time()
        for _ in range(times):
            self.get(address, headers)
        return Cost((time.perf_counter() - begun) / times, (time.thread_time() - cpu) / times)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one answer costs, in seconds; of PostgreSQL's own CPU nothing is known here."""

    seconds: float
    cpu: float


def _body(answer: Any) -> bytes:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request.path} was answered with {answer.status}")
    body: bytes = answer.data
    return body
