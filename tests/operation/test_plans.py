"""What runs in every turn, at every send and every few seconds finds its rows by an index, however many there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

import bot.statements
from bot.db import run_raw
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from tests.stories import ONLY_NEWS, Story

GROWING = ("messages", "message_events", "conversations", "candidates", "addresses", "applications", "enrolments",
           "enrolment_events", "answers", "deliveries", "stage_moves", "bulk_move_items")  # fmt: skip
Statement = tuple[str, Any]


@pytest.fixture
def seen(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """All statements with their parameters, those that go to the driver directly included."""
    found: list[Statement] = []

    def watched(connection: Any, sql: str, parameters: Any = ()) -> Any:
        found.append((sql, parameters))
        return run_raw(connection, sql, parameters)

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: Any) -> None:
        found.append((sql, parameters))

    monkeypatch.setattr(bot.statements, "run_raw", watched)
    with _listening(runtime.database.engine, note):
        yield found


@contextmanager
def _listening(engine: Any, note: Any) -> Iterator[None]:
    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


def _scans(runtime: Runtime, seen: list[Statement]) -> set[str]:
    """Return the statements that read a growing table from end to end, with its name."""
    found = set()
    with runtime.database.engine.connect() as connection:
        for sql, parameters in {sql: (sql, parameters) for sql, parameters in seen}.values():
            if not sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                continue
            steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(parameters))]
            found |= {f"{step}: {sql}" for step in steps if step in {f"SCAN {table}" for table in GROWING}}
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_statement_of_a_turn_a_send_or_a_sweep_reads_a_whole_table(story: Story, seen: list[Statement]) -> None:
    story.job()
    story.job("News", ONLY_NEWS)
    story.apply()
    story.apply("News/screening")
    for text in ("ok", "yes", "three", "hello?", "STOP", "START"):
        story.says(text)
    for sweep in SWEEPS:
        sweep.run(story.runtime)
    assert len(seen) > 100
    assert _scans(story.runtime, seen) == set()
