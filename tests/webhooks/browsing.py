"""A browser for the recruiters' pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from bot.intake.users import create_user
from bot.models import Role
from bot.runtime import Runtime
from bot.work import unit_of_work
from webhooks.app import create_app

EMAIL, PASSWORD = "maria@example.org", "a long password"
NAUGHTY = [
    "\0",
    "a\0b",
    "\u202e",
    "😀" * 500,
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "\udc80".encode("utf-8", "surrogatepass"),
]


class Browser:
    """A browser with its cookies, that fills in forms as they are."""

    def __init__(self, runtime: Runtime, *, base: str = "http://localhost") -> None:
        self.runtime, self.base = runtime, base
        self.client: FlaskClient = create_app(runtime).test_client()

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, base_url=self.base, **options)

    def post(self, path: str, data: Any, **options: Any) -> Any:
        return self.client.post(path, base_url=self.base, data=data, **options)

    def token(self) -> str:
        """Return the token of the form that stands on the log-in page."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/log-in").text)
        assert found
        return found[1]

    def log_in(self, password: str = PASSWORD, email: str = EMAIL, **fields: str) -> Any:
        return self.post("/log-in", {"csrf": self.token(), "email": email, "password": password, **fields})


def browser_for(runtime: Runtime, role: Role = Role.RECRUITER, **options: str) -> Browser:
    with unit_of_work(runtime) as work:
        create_user(work, EMAIL, role, PASSWORD, "Maria")
    return Browser(runtime, **options)


def filled_in(rule: str) -> str:
    """Return an address of that form, with ids that nothing has."""
    for blank, filled in ((r"<any\((\w+)[^>]*>", r"\1"), ("<int[^>]+>", "1"), ("<[^>]+>", "x")):
        rule = re.sub(blank, filled, rule)
    return rule


HOUR = timedelta(hours=1)
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
