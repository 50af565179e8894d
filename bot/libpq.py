"""Statements of the hot path on PostgreSQL: prepared once in a connection, and sent several at a time.

A turn spends most of its time on the way to the server and back, and in psycopg's cursors, which take four times
as long as libpq itself (benchmarks/webhook.py). So what needs no answer waits in the connection, and travels with
the next statement that needs one, or with the commit: in the order in which it was asked for, so that nobody can
tell the difference, but for an error, which then comes later. A statement that comes another way, through
SQLAlchemy, sends what waits before itself.

What is used of psycopg is documented: the wrapper of libpq and the adaptation of values
(https://www.psycopg.org/psycopg3/docs/api/pq.html, .../api/adapt.html). Several prepared statements in one text
are a "simple query" (https://www.postgresql.org/docs/current/protocol-flow.html), `EXECUTE name (values)` each.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast

from psycopg import Connection as Driver
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, Escaping, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

Rows = list[tuple[Any, ...]]
_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_OF_VALUES = "22"  # the class of errors that quote what was refused
_BEGIN, _COMMIT = b"BEGIN", b"COMMIT"


class _Line:
    """One connection to the server: what is prepared there, and what waits to be sent."""

    def __init__(self, driver: Driver) -> None:
        self.waiting: list[bytes] = []
        self._driver = driver
        self._pgconn = driver.pgconn
        self._prepared: dict[str, bytes] = {}
        self._literal = Escaping(driver.pgconn).escape_literal
        self._transformer = Transformer(driver)

    def add(self, sql: str, parameters: Sequence[Any]) -> None:
        """Let a statement wait, behind a `BEGIN` where no transaction runs."""
        name = self._prepared.get(sql) or self._prepare(sql)
        if not self.waiting and self._is_idle() and not self._driver.autocommit:
            self.waiting.append(_BEGIN)
        values = b",".join([self._written(value) for value in parameters])
        self.waiting.append(b"EXECUTE %b(%b)" % (name, values) if values else b"EXECUTE " + name)

    def send(self) -> PGresult | None:
        """Send what waits; return the result of the last statement."""
        if not self.waiting:
            return None
        text = b";".join(self.waiting)
        self.waiting.clear()
        return _checked(self._pgconn.exec_(text))

    def commit(self) -> None:
        """Commit with what waits, in one go."""
        if self.waiting in ([], [_BEGIN]) and self._is_idle():
            self.waiting.clear()
            return
        self.waiting.append(_COMMIT)
        self.send()

    def rows(self, result: PGresult) -> Rows:
        """Read the rows of a result."""
        transformer = Transformer(self._driver)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _is_idle(self) -> bool:
        return self._pgconn.transaction_status == TransactionStatus.IDLE

    def _prepare(self, sql: str) -> bytes:
        """Prepare a statement under a name of ours. That is no part of a transaction, so it stays after a rollback."""
        self.send()
        name = b"callboard_%d" % len(self._prepared)
        _checked(self._pgconn.prepare(name, sql.encode()))
        self._prepared[sql] = name
        return name

    def _written(self, value: Any) -> bytes:
        """Write a value as a literal, which the server reads as the type that the statement was prepared with."""
        if value is None:
            return b"NULL"
        if type(value) is int:
            return b"%d" % value
        if isinstance(value, str):
            if "\0" in value:
                raise errors.DataError("a text holds the character NUL")  # libpq would end the text there
            return self._literal(value.encode())
        dumped: Any = self._transformer.dump_sequence([value], [PyFormat.TEXT])[0]
        return self._literal(dumped)


def listen(engine: Engine) -> None:
    """See to it that what waits goes out before any statement of SQLAlchemy's, and with the commit."""
    event.listen(engine, "before_cursor_execute", lambda connection, *_: _do(connection, _line(connection).send))
    event.listen(engine, "commit", lambda connection: _do(connection, _line(connection).commit))
    event.listen(engine, "rollback", lambda connection: _line(connection).waiting.clear())


def run_prepared(connection: Connection, sql: str, parameters: Sequence[Any]) -> tuple[Rows, int]:
    """Run *sql*, whose parameters are `$1, $2, ...`; return all its rows and how many it touched.

    Like a cursor it begins a transaction where none runs. Raises what SQLAlchemy raises, without the parameters.
    """
    line = _line(connection)
    _do(connection, line.add, sql, parameters)
    result = _do(connection, line.send)
    return line.rows(result) if result.ntuples else [], result.command_tuples or 0


def run_later(connection: Connection, sql: str, parameters: Sequence[Any]) -> None:
    """Let *sql* be run before the next statement of this connection, or with its commit."""
    _do(connection, _line(connection).add, sql, parameters)


def _do(connection: Connection, action: Callable[..., Any], *given: Any) -> Any:
    """Let the driver do something; its errors become SQLAlchemy's."""
    try:
        return action(*given)
    except errors.Error as error:
        raise DBAPIError.instance(
            "", None, error, errors.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _checked(result: PGresult) -> PGresult:
    """Return a result that is no error. Of an error only its first line is kept, and only where it holds no value."""
    if result.status in _DONE:
        return result
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    said = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace")
    try:
        error = errors.lookup(state)
    except KeyError:
        raise errors.OperationalError(said or "the connection to the server is lost") from None
    raise error("" if state.startswith(_OF_VALUES) else said)


def _line(connection: Connection) -> _Line:
    line: _Line | None = connection.info.get("line")
    if line is None:
        line = connection.info["line"] = _Line(cast("Driver", connection.connection.driver_connection))
    return line
