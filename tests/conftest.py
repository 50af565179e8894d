"""Fixtures for all tests: runtimes on SQLite and on PostgreSQL, with a clock that stands still."""

import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from bot.channels.base import MessageSender
from bot.channels.sandbox import SANDBOX, SandboxSender
from bot.clock import MovableClock
from bot.db import open_database
from bot.messaging.channels import set_up_channels
from bot.migrate import upgrade
from bot.queue import InlineQueue
from bot.runtime import Runtime
from bot.settings import read_settings
from bot.work import unit_of_work
from tests import postgres
from tests.fakes import FakeSender
from tests.stories import Story

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "12345678901234567890123456789012",
    "TWILIO_WHATSAPP_FROM": "+15005550006",
    "TWILIO_SMS_FROM": "+15005550007",
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In CI a test that is skipped is a test that failed."""
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):  # noqa: TID251
        report.outcome = "failed"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each storm has measured, whether it passed or not."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, line in report.user_properties:
            if name == "storm" and report.when == "call":
                terminalreporter.write_line(f"storm  {line}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server, one for each test process."""
    given = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251
    if given:
        yield given
        return
    if postgres.programs() is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: it is not installed")
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/callboard.db"
        return
    url = make_url(request.getfixturevalue("postgres_url"))
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield url.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


Build = Callable[..., Runtime]


@pytest.fixture
def build_runtime(database_url: str, tmp_path: Path) -> Iterator[Build]:
    """Build runtimes on one database; each call is as good as another process."""
    built: list[Runtime] = []

    def build(sender: MessageSender | None = None, **environment: str) -> Runtime:
        environ = {
            "CALLBOARD_SECRET_KEY": "k" * 32,
            "CALLBOARD_DATA_DIR": str(tmp_path),
            "CALLBOARD_COUNTRIES": "US,PT,MX,BR",
            "DATABASE_URL": database_url.replace("postgresql+psycopg", "postgresql"),
            **(TWILIO if sender else {}),
            **environment,
        }
        settings = read_settings(environ)
        senders: dict[str, MessageSender] = {SANDBOX: SandboxSender()}
        if sender:
            senders["twilio"] = sender
        clock = built[0].clock if built else MovableClock(MONDAY)
        runtime = Runtime(settings, clock, open_database(settings.database_url), InlineQueue(), senders)
        built.append(runtime)
        return runtime

    yield build
    for runtime in built:
        runtime.database.engine.dispose()


@pytest.fixture
def runtime(build_runtime: Build) -> Runtime:
    """A runtime with the sandbox, its tables made."""
    made = build_runtime()
    make_ready(made)
    return made


@pytest.fixture
def story(build_runtime: Build) -> Story:
    """An installation with a provider in memory."""
    first = build_runtime()
    sender = FakeSender(first.clock)
    runtime = build_runtime(sender)
    make_ready(runtime)
    return Story(runtime, sender)


def make_ready(runtime: Runtime) -> None:
    """Make the tables and our channels."""
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        set_up_channels(work)
