"""Databases for the crash tests: migrated once for each kind, then copied, so that each test can have its own."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from bot.db import open_database
from bot.migrate import upgrade


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables."""
    path = tmp_path_factory.mktemp("template") / "callboard.db"
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
    _run(admin, f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with all tables and no rows, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "callboard.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("migrated_database")
    name = f"test_{uuid.uuid4().hex}"
    admin = _admin(server)
    _run(admin, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _url(server, name)
    _run(admin, f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


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
