"""What makes many crash tests quick: a database is copied, not migrated, and an engine keeps what it has compiled."""

import shutil
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from bot.db import Database, open_database
from bot.migrate import upgrade

KEPT = f"test_{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_url: str) -> Iterator[str]:
    """The name of a PostgreSQL database with all tables."""
    name = f"template_{uuid.uuid4().hex}"
    admin = _admin(postgres_url)
    _run(admin, f"CREATE DATABASE {name}")
    _migrate(_url(postgres_url, name))
    yield name
    for database in (KEPT, name):
        _run(admin, f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with all tables and no rows, once of each kind; always at the same address."""
    monkeypatch.setattr("tests.conftest.open_database", _kept)
    monkeypatch.setattr("tests.conftest.upgrade", _is_migrated)
    if request.param == "sqlite":
        template = request.getfixturevalue("migrated_file")
        path = template.with_name("callboard.db")
        for old in template.parent.glob("callboard.db*"):
            old.unlink()
        shutil.copy(template, path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("migrated_database")
    admin = _admin(server)
    _run(admin, f"DROP DATABASE IF EXISTS {KEPT} WITH (FORCE)")
    _run(admin, f"CREATE DATABASE {KEPT} TEMPLATE {template}")
    admin.dispose()
    yield _url(server, KEPT)


@cache
def _kept(url: str) -> Database:
    """Open a database once: between tests its connections are closed, but what the engine has compiled stays."""
    return open_database(url)


def _is_migrated(_database: Database) -> None:
    """The copy was made of a migrated one."""


def _migrate(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    database.engine.dispose()  # the last connection of a SQLite file folds its log into it


def _admin(url: str) -> Engine:
    return create_engine(url, isolation_level="AUTOCOMMIT")


def _run(admin: Engine, statement: str) -> None:
    with admin.connect() as connection:
        connection.execute(text(statement))


def _url(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
