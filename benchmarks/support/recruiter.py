"""Recruiters at the pages: users, where they are logged in, and a client that carries the cookie."""

import re
import time
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


def log_in(runtime: Runtime, name: str = "bench") -> str:
    """Make a user and log them in; return the token for the cookie."""
    with unit_of_work(runtime) as work:
        create_user(work, f"{name}@example.org", Role.ADMIN, "long enough for this", "Bench")
        user_id = work.connection.execute(select(func.max(User.id))).scalar_one()
        return begin_sign_in(work, user_id, "bench")


class Recruiter:
    """A user who is logged in, in this process: the whole of a request but for the web server."""

    def __init__(self, runtime: Runtime) -> None:
        self._client: FlaskClient = create_app(runtime).test_client()
        self._client.set_cookie(COOKIE, log_in(runtime))
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

    def seconds(self, address: str, times: int = 1, headers: dict[str, str] | None = None) -> float:
        """Return how long one answer takes."""
        begun = time.perf_counter()
        for _ in range(times):
            self.get(address, headers)
        return (time.perf_counter() - begun) / times


def _body(answer: Any) -> bytes:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.request.path} was answered with {answer.status}")
    body: bytes = answer.data
    return body
