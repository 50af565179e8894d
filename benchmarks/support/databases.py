"""The databases that benchmarks run on; PostgreSQL with commits that last, unlike that of the tests."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy import make_url as read_url

from benchmarks.support.budget import Report
from tests import postgres

DURABLE = "-c shared_buffers=512MB -c max_wal_size=4GB"
SQLITE, POSTGRESQL = "SQLite NORMAL", "PostgreSQL"


def on_each_database(measure: Callable[[Report, str, Path, str], None]) -> int:
    """Call *measure* with each kind of database, a fresh folder and an address; with those named as arguments only.

    Return the exit code: 1 where a floor is missed, or something else that was demanded does not hold.
    """
    report = Report()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that whatever was started is stopped
    named = [argument.lower() for argument in sys.argv[1:] if not argument.isdigit()]
    for kind in (SQLITE, POSTGRESQL):
        if named and not any(kind.lower().startswith(name) for name in named):
            continue
        with tempfile.TemporaryDirectory(prefix="bench-") as name, _database(kind, Path(name)) as url:
            if url:
                measure(report, kind, Path(name), url)
            elif os.environ.get("CI"):  # noqa: TID251  in CI nothing may be skipped
                report.demand("PostgreSQL measured", kept=False)
    return report.exit_code()


def number_given(otherwise: int) -> int:
    """Return the number among the arguments: the size of a shorter run."""
    return next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), otherwise)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str | None]:
    """Give the address of an empty database; None, said loudly, where PostgreSQL is not installed."""
    if kind == SQLITE:
        yield f"sqlite:///{folder}/bench.db"
        return
    given = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251  as in the tests
    if given:
        with _fresh(given) as url:
            yield url
    elif postgres.programs() is None:
        print("!!!!!!!! NOT MEASURED: PostgreSQL is not installed !!!!!!!!", flush=True)
        yield None
    else:
        with postgres.server(DURABLE) as url, _fresh(url) as fresh:
            yield fresh


@contextmanager
def another_database(kind: str, folder: Path, url: str) -> Iterator[str]:
    """Give the address of a second empty database beside the one at *url*."""
    if kind == SQLITE:
        yield f"sqlite:///{folder}/bench.db"
    else:
        with _fresh(url.replace("postgresql:", "postgresql+psycopg:"), "callboard_bench_beside") as other:
            yield other


@contextmanager
def _fresh(url: str, name: str = "callboard_bench") -> Iterator[str]:
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    admin.dispose()
    made = read_url(url).set(database=name, drivername="postgresql")
    yield made.render_as_string(hide_password=False)
