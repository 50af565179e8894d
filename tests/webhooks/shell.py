"""`callboard users` on a shell, and those whom it makes at the pages."""

import re

from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from bot.errors import BotError
from bot.models import Role
from bot.runtime import Runtime
from webhooks.app import create_app
from webhooks.cli import callboard

ANN, BEN, PASSWORD = "ann@example.org", "ben@example.org", "a long password"


def users(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(callboard, ["users", *words], input=typed)


def told(*words: str, typed: str | None = None) -> str:
    result = users(*words, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str, typed: str | None = None) -> BotError:
    result = users(*words, typed=typed)
    assert isinstance(result.exception, BotError), result.output
    return result.exception


def make(email: str, role: Role) -> None:
    told("create", email, "--role", role.value, "--password-stdin", typed=f"{PASSWORD}\n")


class Browser:
    """Somebody at the pages."""

    def __init__(self, runtime: Runtime) -> None:
        self.client: FlaskClient = create_app(runtime).test_client()

    def post(self, path: str, **form: str) -> int:
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/log-in").text)
        assert found
        return self.client.post(path, data={"csrf": found[1], **form}).status_code

    def log_in(self, email: str, password: str = PASSWORD) -> bool:
        return self.post("/log-in", email=email, password=password) == 302

    @property
    def is_in(self) -> bool:
        return self.client.get("/jobs").status_code == 200

    @property
    def may_write(self) -> bool:
        return self.post("/messages/x/settle", outcome="sent", job="x") != 403
