"""Fixtures for all tests: runtimes on SQLite and on PostgreSQL, with a clock that stands still."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from bot.channels.base import MessageSender
from bot.channels.sandbox import SANDBOX, SandboxSender
from bot.clock import MovableClock
from bot.messaging.channels import set_up_channels
from bot.queue import InlineQueue
from bot.runtime import Runtime
from bot.settings import read_settings
from bot.work import unit_of_work
from tests import postgres
from tests.databases import PostgresDatabase, SqliteFile, kept, let_go, new_database
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longest, so that no test process is left alone with it at the end.

    The browser's tests are so side by side, and `--dist worksteal` gives them to one process, which starts one site.
    """
    items.sort(key=_patience, reverse=True)


def _patience(item: pytest.Item) -> float:
    mark = item.get_closest_marker("timeout")
    return mark.args[0] if mark else 0.0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each storm has measured, whether it passed or not."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, line in report.user_properties:
            if name == "storm" and report.when == "call":
                terminalreporter.write_line(f"storm  {line}")


@pytest.fixture(scope="session", autouse=True)
def _addresses_are_compiled_once() -> Iterator[None]:
    """Most tests make an application, which takes werkzeug fifty milliseconds of compiling, each time to the same."""
    compile_builder, known = Rule._compile_builder, {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compiled)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server, one for each test process."""
    given = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251
    if given:
        yield given
        return
    if postgres.programs() is None:
        pytest.skip("NOT TESTED ON POSTGRESQL: it is not installed")
    with postgres.server(place=postgres.quick_place()) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file() -> Iterator[SqliteFile]:
    """The SQLite database of all tests of this process."""
    with tempfile.TemporaryDirectory(prefix="callboard-db-", dir=postgres.quick_place()) as folder:
        yield SqliteFile(Path(folder))


@pytest.fixture(scope="session")
def migrated_database(postgres_url: str) -> Iterator[PostgresDatabase]:
    """The PostgreSQL database of all tests of this process."""
    with new_database(postgres_url) as url, closing(PostgresDatabase(url)) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without rows, once of each kind; with all tables, unless the test is marked `unmigrated`."""
    unmigrated = request.node.get_closest_marker("unmigrated")
    if unmigrated and request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/callboard.db"
    elif unmigrated:
        with new_database(request.getfixturevalue("postgres_url")) as url:
            yield url
    else:
        made = request.getfixturevalue("migrated_file" if request.param == "sqlite" else "migrated_database")
        made.empty()
        yield made.url


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
        database = kept(settings.database_url, len(built))
        runtime = Runtime(settings, clock, database, InlineQueue(), senders)
        built.append(runtime)
        return runtime

    yield build
    for runtime in built:
        let_go(runtime.database)


@pytest.fixture
def runtime(build_runtime: Build) -> Runtime:
    """A runtime with the sandbox."""
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
    """Make our channels."""
    with unit_of_work(runtime) as work:
        set_up_channels(work)
