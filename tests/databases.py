"""What makes thousands of tests quick: a database is migrated once, emptied for each test, and engines are kept."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Engine, create_engine, event, make_url, text

from bot.db import Database, open_database
from bot.migrate import upgrade
from bot.models import Base

TABLES = list(Base.metadata.tables)
FILLED = text(" UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in TABLES))
NUMBERS = text(
    "SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"
)
END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def kept(url: str, number: int) -> Database:
    """Return what process *number* has of a database: locks and connections of its own, and an engine that is kept.

    An engine keeps the statements that it has compiled, which costs a short test more than running them.
    """
    return Database(_engine(url, number).execution_options())  # a child, so that no listener outlives its test


@cache
def _engine(url: str, number: int) -> Engine:
    return open_database(url).engine


def let_go(database: Database) -> None:
    """Close the connections at a test's end; a thread that it has left behind must not reach the next test's rows."""
    event.listen(database.engine, "engine_connect", _refuse)
    database.engine.dispose()


def _refuse(_connection: object) -> NoReturn:
    raise RuntimeError("the test that opened this database is over")


class SqliteFile:
    """A file with all tables, put back as it was for each test."""

    def __init__(self, folder: Path) -> None:
        self._template, self._file = folder / "template.db", folder / "callboard.db"
        self.url = f"sqlite:///{self._file}"
        _migrate(f"sqlite:///{self._template}")

    def empty(self) -> None:
        """Let all tables be empty, and their numbers begin again."""
        for old in self._file.parent.glob(f"{self._file.name}*"):
            old.unlink()
        shutil.copy(self._template, self._file)


class PostgresDatabase:
    """A database with all tables, emptied for each test; to copy one takes ten times as long."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT")
        _migrate(url)

    def empty(self) -> None:
        """Let all tables be empty, and their numbers begin again; nobody else is connected any more."""
        with self._admin.connect() as connection:
            connection.execute(END_ALL_OTHERS)
            if filled := connection.execute(FILLED).scalars().all():
                deletions = "; ".join(f"DELETE FROM {name}" for name in filled)
                connection.execute(text(f"SET session_replication_role = replica; {deletions}"))  # in any order
            connection.execute(NUMBERS)

    def close(self) -> None:
        self._admin.dispose()


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Make an empty database on a PostgreSQL server, and drop it at the end."""
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def _migrate(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    database.engine.dispose()  # the last connection of a SQLite file folds its log into it
