"""What makes thousands of tests quick: a database is migrated once, emptied for each test, and engines are kept."""

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Engine, create_engine, event, make_url, text

from bot.db import Database, open_database
from bot.migrate import upgrade
from bot.models import Base

EMPTY = "empty"
TABLES = list(Base.metadata.tables)
FILLED = text(" UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in TABLES))
NUMBERS = text(
    "SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"
)
REACHED = text("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
IN_ANY_ORDER = "SET session_replication_role = replica"
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
        self._kept = {EMPTY: folder / "template.db"}
        self._file = folder / "callboard.db"
        self.url = f"sqlite:///{self._file}"
        _migrate(f"sqlite:///{self._kept[EMPTY]}")

    def empty(self) -> None:
        """Let all tables be empty, and their numbers begin again."""
        self.put_back(EMPTY)

    def keeps(self, name: str) -> bool:
        return name in self._kept

    def keep(self, name: str) -> None:
        """Remember all rows by a name."""
        self._kept[name] = self._file.with_name(f"{name}.db")
        with closing(sqlite3.connect(self._file)) as source, closing(sqlite3.connect(self._kept[name])) as copy:
            source.backup(copy)

    def put_back(self, name: str) -> None:
        """Let the rows be those that were kept; nobody may be connected yet."""
        for old in self._file.parent.glob(f"{self._file.name}*"):
            old.unlink()
        shutil.copy(self._kept[name], self._file)


class PostgresDatabase:
    """A database with all tables, emptied for each test; to copy one takes ten times as long."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT")
        self._kept: dict[str, list[str]] = {}
        _migrate(url)

    def empty(self) -> None:
        """Let all tables be empty, and their numbers begin again; nobody else is connected any more."""
        with self._admin.connect() as connection:
            connection.execute(END_ALL_OTHERS)
            if filled := connection.execute(FILLED).scalars().all():
                deletions = "; ".join(f"DELETE FROM {name}" for name in filled)
                connection.execute(text(f"{IN_ANY_ORDER}; {deletions}"))
            connection.execute(NUMBERS)

    def keeps(self, name: str) -> bool:
        return name in self._kept

    def keep(self, name: str) -> None:
        """Remember all rows by a name."""
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
            filled = connection.execute(FILLED).scalars().all()
            for table in filled:
                connection.execute(text(f"CREATE TABLE {name}.{table} AS TABLE {table}"))
            reached = connection.execute(REACHED).all()
        rows = [f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {name}.{table}" for table in filled]
        self._kept[name] = rows + [f"SELECT setval('{sequence}', {number})" for sequence, number in reached]

    def put_back(self, name: str) -> None:
        """Let the rows be those that were kept; the tables must be empty."""
        with self._admin.connect() as connection:
            connection.execute(text("; ".join([IN_ANY_ORDER, *self._kept[name]])))

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
