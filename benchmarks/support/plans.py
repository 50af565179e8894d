"""Which statements read a whole large table: by SQLite's own plans, or by PostgreSQL's own counts."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, text

from bot.db import Database

LARGE = 5000  # rows


def scans(database: Database, action: Callable[[], object]) -> list[str]:
    """Do *action*; return what of it reads a large table from end to end."""
    return _by_plans(database, action) if database.is_sqlite else _by_counts(database, action)


def _by_plans(database: Database, action: Callable[[], object]) -> list[str]:
    seen: dict[str, None] = {}

    def listen(connection: Any, _record: object, _proxy: object) -> None:
        connection.set_trace_callback(seen.setdefault)

    event.listen(database.engine, "checkout", listen)
    try:
        action()
    finally:
        event.remove(database.engine, "checkout", listen)
    return _whole_reads(database.engine.url.database or "", seen)


def _whole_reads(file: str, statements: dict[str, None]) -> list[str]:
    found: dict[str, None] = {}
    with sqlite3.connect(file) as connection:
        for statement in statements:
            if statement.split(None, 1)[0].upper() not in {"SELECT", "UPDATE", "DELETE", "INSERT"}:
                continue
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}"):
                if step.startswith("SCAN ") and _is_large(connection, step.split()[1]):
                    found[f"{step}: {' '.join(statement.split())[:160]}"] = None
    return list(found)


def _is_large(connection: sqlite3.Connection, table: str) -> bool:
    try:
        rows = connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {LARGE})").fetchone()[0]
    except sqlite3.OperationalError:
        return False  # the name of a subquery
    return bool(rows == LARGE)


def _by_counts(database: Database, action: Callable[[], object]) -> list[str]:
    before = _counts(database)
    action()
    after = _counts(database)
    return [
        f"{table}: {after[table][0] - scans} sequential scans of {after[table][1] - rows} rows together"
        for table, (scans, rows) in before.items()
        if after[table][1] - rows >= LARGE
    ]


def _counts(database: Database) -> dict[str, tuple[int, int]]:
    time.sleep(1.5)  # each session hands its counts over once a second
    with database.read() as connection:
        rows = connection.execute(text("SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables"))
        return {row[0]: (row[1], row[2]) for row in rows}
