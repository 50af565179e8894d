"""Statements of the hot path: written with SQLAlchemy Core, compiled once, run by the driver itself.

Building a statement and finding it in SQLAlchemy's cache costs several times what the database takes for it
(benchmarks/turn.py). Types still convert: what goes in and comes out is the same as through SQLAlchemy.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, bindparam, insert, update
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql import Executable, visitors
from sqlalchemy.sql.compiler import SQLCompiler

from bot.db import run_raw
from bot.libpq import run_later, run_prepared

Converter = Callable[[Any], Any] | None
Rows = Sequence[Sequence[Any]]


def change_row(connection: Connection, model: type[DeclarativeBase], row_id: int, **changes: Any) -> None:
    """Change columns of one row, by its id."""
    values = {f"v_{name}": value for name, value in changes.items()}
    _changing(model, tuple(changes), ()).run_later(connection, row_id=row_id, **values)


def change_row_if(
    connection: Connection, model: type[DeclarativeBase], row_id: int, expected: dict[str, Any], **changes: Any
) -> bool:
    """Change columns of one row if others still are as *expected*. False: they are not, and nothing was changed."""
    values = {f"v_{name}": value for name, value in changes.items()}
    guards = {f"x_{name}": value for name, value in expected.items()}
    changing = _changing(model, tuple(changes), tuple(expected))
    return changing.run(connection, row_id=row_id, **values, **guards) == 1


def add_row(connection: Connection, model: type[DeclarativeBase], **values: Any) -> int:
    """Insert one row and return its id. Defaults are not filled in: columns left out get the database's null."""
    row = _adding(model, tuple(values)).first(connection, **values)
    row_id: int = row[0]
    return row_id


def note_row(connection: Connection, model: type[DeclarativeBase], **values: Any) -> None:
    """Insert one row as `add_row` does, where nobody needs its id."""
    _adding(model, tuple(values)).run_later(connection, **values)


@cache
def _changing(model: type[DeclarativeBase], names: tuple[str, ...], expected: tuple[str, ...]) -> "Prepared":
    table = model.__table__
    values = {name: bindparam(f"v_{name}", type_=table.c[name].type) for name in names}
    guards = [table.c[name] == bindparam(f"x_{name}") for name in expected]
    return Prepared(lambda _: update(table).where(table.c.id == bindparam("row_id"), *guards).values(values))  # type: ignore[arg-type]


@cache
def _adding(model: type[DeclarativeBase], names: tuple[str, ...]) -> "Prepared":
    table = model.__table__
    values = {name: bindparam(name, type_=table.c[name].type) for name in names}
    return Prepared(lambda _: insert(table).values(values).returning(table.c.id))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in one dialect: its text, its parameters with their converters, and its columns with theirs."""

    sql: str
    parameters: tuple[tuple[str, Converter], ...]
    fixed: dict[str, Any]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]
    row: Callable[[Sequence[Any]], Any] | None


class Prepared:
    """One statement with named parameters (`bindparam`). Safe to share between threads."""

    def __init__(self, build: Callable[[str], Executable]) -> None:
        """Take what builds the statement for a kind of database, `sqlite` or `postgresql`."""
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def all(self, connection: Connection, /, **parameters: Any) -> list[Any]:
        """Run it and return all rows, as named tuples."""
        compiled, rows, _ = self._run(connection, parameters)
        return [_converted(compiled, row) for row in rows]

    def first(self, connection: Connection, /, **parameters: Any) -> Any:
        """Run it and return the first row, None without one."""
        compiled, rows, _ = self._run(connection, parameters)
        return _converted(compiled, rows[0]) if rows else None

    def run(self, connection: Connection, /, **parameters: Any) -> int:
        """Run it and return how many rows it touched."""
        return self._run(connection, parameters)[2]

    def run_later(self, connection: Connection, /, **parameters: Any) -> None:
        """Run it before the next statement of this connection, or with its commit; what it raises comes then."""
        compiled, values = self._ready(connection, parameters)
        _DRIVERS[connection.dialect.name].later(connection, compiled.sql, values)

    def _run(self, connection: Connection, parameters: dict[str, Any]) -> tuple[_Compiled, Rows, int]:
        compiled, values = self._ready(connection, parameters)
        rows, count = _DRIVERS[connection.dialect.name].now(connection, compiled.sql, values)
        return compiled, rows, count

    def _ready(self, connection: Connection, parameters: dict[str, Any]) -> tuple[_Compiled, list[Any]]:
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._build(dialect.name), dialect)
        parameters |= compiled.fixed
        values = [convert(parameters[name]) if convert else parameters[name] for name, convert in compiled.parameters]
        return compiled, values


def _run_on_sqlite(connection: Connection, sql: str, values: Sequence[Any]) -> tuple[Rows, int]:
    cursor = run_raw(connection, sql, values)
    try:
        return cursor.fetchall(), cursor.rowcount
    finally:
        cursor.close()


class _Driver(NamedTuple):
    """How a kind of database runs a statement: at once, or with the next."""

    now: Callable[[Connection, str, Sequence[Any]], tuple[Rows, int]]
    later: Callable[[Connection, str, Sequence[Any]], object]


_DRIVERS = {"sqlite": _Driver(_run_on_sqlite, _run_on_sqlite), "postgresql": _Driver(run_prepared, run_later)}


def _compile(statement: Executable, dialect: Dialect) -> _Compiled:
    """Compile once. Constants stand in the text: a planner must see `status = 'queued'` to use an index made for it."""
    constant = visitors.cloned_traverse(cast("ClauseElement", statement), {}, {"bindparam": _constant})
    positional = dialect if dialect.positional else _numbering(type(dialect))
    compiled = constant.compile(dialect=positional, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  for mypy: Core compiles to nothing else
    columns = compiled._result_columns  # noqa: SLF001  there is no public name for the types of what comes back
    processors = [column.type._cached_result_processor(dialect, None) for column in columns]  # noqa: SLF001
    names = [column.keyname for column in columns]
    binds: dict[str, Any] = dict(compiled._bind_processors)  # noqa: SLF001  as above
    return _Compiled(
        sql=str(compiled),
        parameters=tuple((name, binds.get(name)) for name in compiled.positiontup or ()),
        fixed={name: value for name, value in compiled.params.items() if value is not None},
        converters=tuple((index, convert) for index, convert in enumerate(processors) if convert is not None),
        row=_row_type(names) if names else None,
    )


def _numbering(dialect: Callable[..., Dialect]) -> Dialect:
    """Return a dialect that writes parameters as `$1, $2, ...`, which is what the server itself takes."""
    return dialect(paramstyle="numeric_dollar")


def _constant(parameter: BindParameter[Any]) -> None:
    if parameter.required:
        parameter.required = False  # a named one, given at each run; compiling must not ask for it
    else:
        parameter.literal_execute = True


def _row_type(names: list[str]) -> Callable[[Sequence[Any]], Any]:
    make: Callable[[Sequence[Any]], Any] = getattr(namedtuple("Row", names, rename=True), "_make")  # noqa: B009, PYI024  made from the columns
    return make


def _converted(compiled: _Compiled, row: Sequence[Any]) -> Any:
    if compiled.converters:
        values = list(row)
        for index, convert in compiled.converters:
            values[index] = convert(values[index])
        row = values
    return compiled.row(row) if compiled.row else tuple(row)
