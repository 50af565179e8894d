"""Statements of the hot path on PostgreSQL: prepared once in a connection, run by libpq itself.

psycopg's cursor spends four times as long on a statement as libpq does, so a turn spends most of its time there
(benchmarks/webhook.py). What is used of psycopg is documented: the wrapper of libpq and the adaptation of values
(https://www.psycopg.org/psycopg3/docs/api/pq.html, .../api/adapt.html). Values come and go in the text format, so
that they are the same as through a cursor.
"""

from collections.abc import Sequence
from typing import Any, cast

from psycopg import Connection as Driver
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


def run_prepared(connection: Connection, sql: str, parameters: Sequence[Any]) -> tuple[list[tuple[Any, ...]], int]:
    """Run *sql*, whose parameters are `$1, $2, ...`; return all its rows and how many it touched.

    Like a cursor it begins a transaction where none runs. Raises what SQLAlchemy raises, without the parameters.
    """
    driver = cast("Driver", connection.connection.driver_connection)
    try:
        return _run(driver, connection.info.setdefault("prepared", {}), sql, parameters)
    except errors.Error as error:
        raise DBAPIError.instance(
            sql, None, error, errors.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def _run(
    driver: Driver, known: dict[str, bytes], sql: str, parameters: Sequence[Any]
) -> tuple[list[tuple[Any, ...]], int]:
    pgconn = driver.pgconn
    if pgconn.transaction_status == TransactionStatus.IDLE and not driver.autocommit:
        _checked(pgconn.exec_(b"BEGIN"))
    name = known.get(sql)
    if name is None:
        name = known[sql] = _prepare(pgconn, sql, len(known))
    transformer = Transformer(driver)
    values: Sequence[Any] = transformer.dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))
    result = _checked(pgconn.exec_prepared(name, values))
    if not result.ntuples:
        return [], result.command_tuples or 0
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple), result.command_tuples or 0


def _prepare(pgconn: PGconn, sql: str, number: int) -> bytes:
    name = f"callboard_{number}".encode()
    _checked(pgconn.prepare(name, sql.encode()))
    return name


def _checked(result: PGresult) -> PGresult:
    if result.status in _DONE:
        return result
    raise errors.error_from_result(result)
