"""Somebody at the pages of log-in, account and users."""

import re
from datetime import timedelta
from typing import Any

import pyotp
from sqlalchemy import select

from bot.insight.mailbox import list_mails, open_mail
from bot.intake.second_factors import PURPOSE
from bot.models import AuditEntry, Role, SecondFactor, User
from bot.runtime import Runtime
from bot.secrets_at_rest import unseal
from bot.work import reading
from tests.webhooks.browsing import EMAIL, PASSWORD, Browser, browser_for

ADMIN = EMAIL
BEN = "ben@example.org"
NEW = "four unrelated words"


class Person(Browser):
    """A browser that sends forms with their token."""

    def send(self, path: str, **fields: str) -> Any:
        return self.post(path, {"csrf": self.token(), **fields})

    def page(self, path: str, status: int = 200) -> str:
        answer = self.get(path)
        assert answer.status_code == status, answer.text
        return " ".join(answer.text.split())

    def enters(self, password: str = PASSWORD, email: str = ADMIN) -> "Person":
        assert self.log_in(password, email).status_code == 302
        return self

    @property
    def is_in(self) -> bool:
        return bool(self.get("/account").status_code == 200)

    def code(self, steps: int = 0) -> str:
        """Return what the app on the phone shows."""
        with reading(self.runtime) as work:
            sealed = work.connection.execute(select(SecondFactor.sealed_seed)).scalar_one()
        seed = unseal(self.runtime.settings.secret_key, PURPOSE, sealed)
        return pyotp.HOTP(seed).at(int(self.runtime.clock.now().timestamp()) // 30 + steps)

    def adds_factor(self) -> list[str]:
        """Add a second factor; return the recovery codes."""
        assert self.send("/account/second-factor/begin", factor_password=PASSWORD).status_code == 303
        answer = self.send("/account/second-factor", code=self.code())
        assert answer.status_code == 200
        return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", answer.text)


def person_for(runtime: Runtime, role: Role = Role.ADMIN) -> Person:
    """Make a user, and give them a browser."""
    browser_for(runtime, role)
    return Person(runtime)


def admin(runtime: Runtime) -> Person:
    return person_for(runtime).enters()


def wait(runtime: Runtime, **span: float) -> None:
    runtime.clock.move(timedelta(**span))  # type: ignore[attr-defined]


def newest_link(runtime: Runtime) -> str:
    """Return the path of the link in the newest mail."""
    with reading(runtime) as work:
        mails, _ = list_mails(work)
        [link] = open_mail(work, mails[0].public_id).links
    return link.removeprefix("http://localhost:8000")


def subjects(runtime: Runtime) -> list[str]:
    with reading(runtime) as work:
        return [mail.subject for mail in list_mails(work)[0]]


def noted(runtime: Runtime) -> list[str]:
    """Return the actions in the audit log, oldest first."""
    with reading(runtime) as work:
        return list(work.connection.execute(select(AuditEntry.action).order_by(AuditEntry.id)).scalars())


def id_of(runtime: Runtime, email: str) -> str:
    with reading(runtime) as work:
        return work.connection.execute(select(User.public_id).where(User.email == email)).scalar_one()
