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

from collections.abc import Sequence
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
    """What is known of one connection to the server: what is prepared there, and what waits to be sent."""

    def __init__(self) -> None:
        self.prepared: dict[str, bytes] = {}
        self.waiting: list[bytes] = []


def listen(engine: Engine) -> None:
    """See to it that what waits goes out before any statement of SQLAlchemy's, and with the commit."""
    event.listen(engine, "before_cursor_execute", lambda connection, *_: _send(connection))
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", lambda connection: _line(connection).waiting.clear())


def run_prepared(connection: Connection, sql: str, parameters: Sequence[Any]) -> tuple[Rows, int]:
    """Run *sql*, whose parameters are `$1, $2, ...`; return all its rows and how many it touched.

    Like a cursor it begins a transaction where none runs. Raises what SQLAlchemy raises, without the parameters.
    """
    run_later(connection, sql, parameters)
    driver = _driver(connection)
    result = _send(connection)
    if result is None or not result.ntuples:
        return [], (result.command_tuples if result else 0) or 0
    transformer = Transformer(driver)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple), result.command_tuples or 0


def run_later(connection: Connection, sql: str, parameters: Sequence[Any]) -> None:
    """Let *sql* be run before the next statement of this connection, or with its commit."""
    driver, line = _driver(connection), _line(connection)
    name = line.prepared.get(sql)
    if name is None:
        name = _prepare(connection, line, sql)
    if not line.waiting and driver.pgconn.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        line.waiting.append(_BEGIN)
    line.waiting.append(b"EXECUTE " + name + _arguments(driver, parameters))


def _arguments(driver: Driver, parameters: Sequence[Any]) -> bytes:
    """Write values as literals, which the server reads as the types that the statement was prepared with."""
    if not parameters:
        return b""
    escaping = Escaping(driver.pgconn)
    values: Sequence[Any] = Transformer(driver).dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))
    return b"(" + b",".join(b"NULL" if value is None else escaping.escape_literal(value) for value in values) + b")"


def _prepare(connection: Connection, line: _Line, sql: str) -> bytes:
    """Prepare a statement under a name of ours. That is no part of a transaction, so it stays after a rollback."""
    _send(connection)
    name = b"callboard_%d" % len(line.prepared)
    _checked(connection, _driver(connection).pgconn.prepare(name, sql.encode()), sql)
    line.prepared[sql] = name
    return name


def _send(connection: Connection) -> PGresult | None:
    """Send what waits; return the result of the last statement."""
    line = _line(connection)
    if not line.waiting:
        return None
    text = b";".join(line.waiting)
    line.waiting.clear()
    return _checked(connection, _driver(connection).pgconn.exec_(text))


def _commit(connection: Connection) -> None:
    """Commit with what waits, in one go; SQLAlchemy's own commit then finds nothing to do."""
    line, pgconn = _line(connection), _driver(connection).pgconn
    if line.waiting in ([], [_BEGIN]) and pgconn.transaction_status == TransactionStatus.IDLE:
        line.waiting.clear()
        return
    line.waiting.append(_COMMIT)
    _send(connection)


def _checked(connection: Connection, result: PGresult, sql: str = "") -> PGresult:
    """Return a result that is no error. Of an error only its first line is kept, and only where it holds no value."""
    if result.status in _DONE:
        return result
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    said = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace")
    try:
        error = errors.lookup(state)("" if state.startswith(_OF_VALUES) else said)
    except KeyError:
        error = errors.OperationalError(said or "the connection to the server is lost")
    raise DBAPIError.instance(sql, None, error, errors.Error, hide_parameters=True, dialect=connection.dialect)


def _driver(connection: Connection) -> Driver:
    return cast("Driver", connection.connection.driver_connection)


def _line(connection: Connection) -> _Line:
    line: _Line | None = connection.info.get("line")
    if line is None:
        line = connection.info["line"] = _Line()
    return line
