"""Somebody at the recruiters' pages, without a browser."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot.dialogue.sending import send_due
from bot.intake.users import create_user
from bot.models import Role
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from webhooks.app import create_app

PASSWORD = "a long password"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what asks the database nothing that the two kinds could answer differently."""


class Desk:
    """Somebody who is logged in."""

    def __init__(self, runtime: Runtime, role: Role = Role.RECRUITER) -> None:
        self.runtime = runtime
        self.client: FlaskClient = create_app(runtime).test_client()
        email = f"{role}@example.org"
        with unit_of_work(runtime) as work:
            create_user(work, email, role, PASSWORD)
        self.post("/log-in", email=email, password=PASSWORD)

    def token(self) -> str:
        """Return the token that each form holds."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.client.get("/log-in").text)
        assert found
        return found[1]

    def post(self, path: str, **form: str) -> Any:
        answer = self.client.post(path, data={"csrf": self.token(), **form})
        while send_due(self.runtime):
            pass
        return answer

    def page(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status
        return " ".join(answer.text.split())

    def one(self, column: Any) -> Any:
        """Return that column of the latest row."""
        with reading(self.runtime) as work:
            return work.connection.execute(select(column).order_by(column.class_.id.desc()).limit(1)).scalar_one()
