"""What runs in every turn, at every send and every few seconds finds its rows by an index, however many there are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

import bot.statements
from bot.db import run_raw
from bot.insight.gauges import look
from bot.pipeline.closings import jobs_not_followed
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.work import reading
from tests.stories import ONLY_NEWS, Story

GROWING = ("messages", "message_events", "conversations", "candidates", "addresses", "applications", "enrolments",
           "enrolment_events", "answers", "deliveries", "stage_moves", "bulk_move_items")  # fmt: skip
WAITING = ("ix_messages_due", "ix_messages_received", "ix_messages_sending", "ix_messages_unconfirmed",
           "ix_conversations_person", "ix_bulk_move_items_pending", "ix_bulk_move_items_waiting",
           "ix_enrolments_unfinished", "ix_enrolments_queued")  # fmt: skip
"""Indexes of what waits, which empty again: these may be read from end to end."""
Statement = tuple[str, Any]


@pytest.fixture
def seen(story: Story, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """All statements with their parameters, those that go to the driver directly included."""
    found: list[Statement] = []

    def watched(connection: Any, sql: str, parameters: Any = ()) -> Any:
        found.append((sql, parameters))
        return run_raw(connection, sql, parameters)

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: Any) -> None:
        found.append((sql, parameters))

    monkeypatch.setattr(bot.statements, "run_raw", watched)
    with _listening(story.runtime.database.engine, note):
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
            found |= {f"{step}: {sql}" for step in _plan(connection, sql, parameters) if _reads_all(step)}
    return found


def _plan(connection: Connection, sql: str, parameters: Any) -> list[str]:
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(parameters))]


def _reads_all(step: str) -> bool:
    """Say whether a step of a plan reads a growing table, or an index of all of it, from end to end or from a row on."""
    verb, _, rest = step.partition(" ")
    table = re.sub(r"_\d+$", "", rest.split(" ")[0])
    if table not in GROWING:
        return False
    if verb == "SCAN":
        return not any(rest.endswith(f"INDEX {index}") for index in WAITING)
    return "(rowid>" in rest or "(rowid<" in rest


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
    with reading(story.runtime) as work:
        look(work)
    assert len(seen) > 100
    assert any("claimed_at <=" in sql for sql, _ in seen)
    assert "\n".join(_scans(story.runtime, seen)) == ""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_closed_job_left_is_found_without_reading_all_that_it_ever_sent(
    story: Story, seen: list[Statement]
) -> None:
    story.job()
    seen.clear()
    with reading(story.runtime) as work:
        jobs_not_followed(work)
        plans = [plan for sql, parameters in list(seen) for plan in _plan(work.connection, sql, parameters)]
    assert any("INDEX ix_enrolments_unfinished (job_id>?" in step for step in plans), plans
    assert not any("INDEX ix_enrolments_job" in step for step in plans), plans
