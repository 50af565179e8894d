"""The database: how it is opened, and the two ways to use it."""

import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from bot.libpq import listen

SQLITE_BUSY_MS = 10_000
SQLITE_CACHE_KIB = 16 * 1024
SQLITE_CHECKPOINT_PAGES = 4_000
"""A page that changes in each turn is so copied back, and flushed, once in some hundred turns instead of sixty."""
READ_ONLY = "callboard_read_only"
FRESH_SECONDS = 1.0
MOST_KEPT = 4


@dataclass(frozen=True, slots=True)
class Database:
    """An engine, and the rule that in one process SQLite has one writer at a time.

    Queueing writers inside the process beats SQLite's own busy handler, which sleeps and tries again.
    """

    engine: Engine
    _writer: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _idle: "deque[tuple[Connection, float]]" = field(default_factory=deque, repr=False)

    def __post_init__(self) -> None:
        event.listen(self.engine, "engine_disposed", self._let_go)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction that may write; it is rolled back where the block raises."""
        with self._writer if self.is_sqlite else nullcontext():
            connection = self._take()
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()
                raise
            self._keep(connection)

    def _take(self) -> Connection:
        """Return a connection. One used a moment ago is as good as new; the pool asks of an older one if it lives."""
        while self._idle:
            try:
                connection, used_at = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if monotonic() - used_at < FRESH_SECONDS:
                return connection
            connection.close()
        return self.engine.connect()

    def _keep(self, connection: Connection) -> None:
        """Keep a connection for the next transaction: fetching one costs a turn a twentieth of its time."""
        if len(self._idle) < MOST_KEPT:
            self._idle.append((connection, monotonic()))
        else:
            connection.close()

    def _let_go(self, _engine: Engine) -> None:
        """Close what is kept, as the pool has closed what it holds."""
        while self._idle:
            connection, _ = self._idle.pop()
            connection.detach()
            connection.close()

    def close(self) -> None:
        """Close every connection; one in memory is gone with it."""
        while self._idle:
            self._idle.pop()[0].close()
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run one transaction that only reads, and never waits for a writer."""
        with self.engine.connect().execution_options(**{READ_ONLY: True}) as connection, connection.begin():
            yield connection


def open_database(url: str, *, sqlite_synchronous: Literal["FULL", "NORMAL"] = "FULL") -> Database:
    """Return the database at *url*; nothing is connected yet. Parameters never appear in errors or logs."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_sqlite(parsed, sqlite_synchronous))
    engine = create_engine(
        parsed,
        hide_parameters=True,
        pool_size=12,
        max_overflow=20,  # the 24 senders of one worker, its claimer, and what `_keep` keeps, hold one each at most
        pool_pre_ping=True,
        connect_args={"prepare_threshold": None},  # or the driver's rollback would forget what `bot.libpq` prepares
    )
    listen(engine)
    return Database(engine)


def run_raw(connection: Connection, sql: str, parameters: Any = ()) -> DBAPICursor:
    """Run a statement with the driver itself, which is quicker; its errors become SQLAlchemy's, without parameters."""
    cursor = connection.connection.cursor()
    dialect = connection.dialect
    try:
        cursor.execute(sql, parameters)
    except dialect.loaded_dbapi.Error as error:
        cursor.close()
        raise DBAPIError.instance(
            sql, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        ) from error
    return cursor


def _sqlite(url: URL, synchronous: str) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}
    if url.database in (None, "", ":memory:"):
        options |= {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    engine = create_engine(url, **options)

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
        _use_write_ahead_log(cursor)
        for pragma in (
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            f"cache_size=-{SQLITE_CACHE_KIB}",
            f"wal_autocheckpoint={SQLITE_CHECKPOINT_PAGES}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # a read that turns into a write fails at once with BUSY, so writers take the lock first
        read_only = connection.get_execution_options().get(READ_ONLY)
        run_raw(connection, "BEGIN" if read_only else "BEGIN IMMEDIATE").close()

    return engine


def _use_write_ahead_log(cursor: DBAPICursor) -> None:
    """Wait for another process that makes the same switch on a new file: SQLite's own waiting does not cover it."""
    until = monotonic() + SQLITE_BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if monotonic() > until:
                raise
            sleep(0.01)
        else:
            return
