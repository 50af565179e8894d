"""Bringing the database to the newest schema: one migrator at a time, each run in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.db import Database, run_raw

LOCK = 0x43414C4C  # any number that only our migrators use


def upgrade(database: Database) -> None:
    """Apply what is missing. A second migrator waits for the first, and then has nothing to do."""
    with migrating(database) as connection:
        _lock(connection)
        command.upgrade(config(connection), "head")


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """Run one transaction that may change tables.

    SQLite changes a table by making it anew. Were it to look meanwhile at who refers to the old one, no table that
    is referred to could be changed; so it looks once, before the commit.
    """
    if not database.is_sqlite:
        with database.write() as connection:
            yield connection
        return
    with database.engine.connect() as connection:
        run_raw(connection, "PRAGMA foreign_keys=OFF").close()  # which SQLite takes only outside a transaction
        try:
            with connection.begin():
                yield connection
                if found := connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise RuntimeError(f"the migration leaves rows of {found[0]} that refer to nothing")
        finally:
            run_raw(connection, "PRAGMA foreign_keys=ON").close()


def is_current(database: Database) -> bool:
    """Say whether the schema is the one that this code expects."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head()


def head() -> str:
    """Return the newest revision."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def config(connection: Connection | None = None) -> Config:
    """Return Alembic's settings, built in code: there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(files("bot").joinpath("migrations")))
    settings.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    settings.attributes["connection"] = connection
    return settings


def _lock(connection: Connection) -> None:
    """SQLite's writer lock is taken already; PostgreSQL needs one, and must not hang behind a long reader."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        connection.execute(text("SET LOCAL statement_timeout = '60s'"))
