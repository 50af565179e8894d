"""The board of a job with very many applications: what it costs, beside that of a job without any."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from bot.insight.board import board
from bot.insight.board_cards import cards
from bot.insight.board_filter import BoardFilter
from bot.insight.board_table import table_page
from bot.insight.board_where import matching_ids
from bot.models import Stage
from bot.work import Work, reading
from tests.insight.crowds import crowd
from tests.journeys.boards import Board
from tests.stories import Story

MANY = 2_000
Statement = tuple[str, Any]


@contextmanager
def noted(work: Work) -> Iterator[list[Statement]]:
    """Keep the statements that are run."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: Any) -> None:
        found.append((sql, parameters))

    engine = work.runtime.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def job_of(work: Work, story: Story, title: str) -> int:
    found = select(Stage.job_id).where(Stage.id == story.stages[f"{title}/new"])
    return int(work.connection.execute(found).scalar_one())


def seconds(act: Any) -> float:
    """Return the least that it takes of this thread's time: others use the machine too."""
    took = []
    for _ in range(7):
        begun = time.thread_time()
        act()
        took.append(time.thread_time() - begun)
    return min(took[1:])


@pytest.fixture
def many(story: Story) -> Story:
    """An empty job, and one with many applications."""
    story.job("Empty")
    story.job()
    crowd(story, MANY)
    return story


def test_the_board_of_thousands_asks_as_often_as_that_of_a_few_and_reads_by_index(many: Story) -> None:
    with reading(many.runtime) as work:
        job_id = job_of(work, many, "Barista")
        board(work, job_id, BoardFilter())  # which reads the published versions, once in a process
        with noted(work) as first:
            board(work, job_id, BoardFilter(), per_column=20)
            table_page(work, job_id, BoardFilter())
        asked = list(first)
        with noted(work) as second:
            board(work, job_id, BoardFilter(), per_column=5)
            table_page(work, job_id, BoardFilter(), most=5)
        assert len(asked) == len(second) <= 32
        if work.runtime.database.is_sqlite:
            assert [step for sql, given in asked for step in _whole_tables(work, sql, given)] == []


def _whole_tables(work: Work, sql: str, parameters: Any) -> list[str]:
    """Return the steps of SQLite's plan that read a table that grows from end to end."""
    steps = [row[3] for row in work.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    growing = ("applications", "candidates", "enrolments", "messages", "conversations", "bulk_move_items", "answers")
    return [step for step in steps if step.startswith(tuple(f"SCAN {table}" for table in growing))]


def test_a_column_is_counted_and_begun_from_one_index(many: Story) -> None:
    """By the plans of PostgreSQL as of SQLite: neither the rows of a stage nor their order are sorted out each time."""
    plans = _plans_of_the_newest(many)
    assert plans
    assert all(plan.count("ix_applications_stage_since") == 3 for plan in plans), plans


def test_who_is_about_to_leave_a_column_is_listed_once_and_not_looked_for_with_each(many: Story) -> None:
    asker = Board(many)
    with reading(many.runtime) as work:
        ids = matching_ids(work, asker.job_id, BoardFilter())
    asker.ask(ids, "Barista/screening", sends=False)
    [plan] = _plans_of_the_newest(many)
    assert plan.count("ix_applications_stage_since") == 3, plan
    if many.runtime.database.is_sqlite:
        assert "CORRELATED" not in plan
    else:
        assert (plan.count("hashed SubPlan"), "Anti Join" in plan) == (3, False), plan


def _plans_of_the_newest(story: Story) -> list[str]:
    """Return the plans of the statements that find the newest of all columns."""
    with reading(story.runtime) as work, noted(work) as asked:
        board(work, job_of(work, story, "Barista"), BoardFilter(), per_column=20)
    newest = [(sql, given) for sql, given in asked if "LIMIT" in sql and "moved_at DESC" in sql]
    with story.runtime.database.engine.connect() as connection:
        explain = "EXPLAIN QUERY PLAN" if story.runtime.database.is_sqlite else "EXPLAIN"
        return [
            " ".join(str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {sql}", given))
            for sql, given in newest
        ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_board_of_ten_thousand_costs_few_times_what_an_empty_one_does(many: Story) -> None:
    """But for its cards, of which there are as many as are shown."""
    crowd(many, 10_000 - MANY)
    with reading(many.runtime) as work:
        empty, full = job_of(work, many, "Empty"), job_of(work, many, "Barista")
        least = seconds(lambda: board(work, empty, BoardFilter(), per_column=20))
        most = seconds(lambda: board(work, full, BoardFilter(), per_column=20))
        sixty = seconds(lambda: cards(work, list(range(1_000_001, 1_000_061))))
    assert most - sixty < 10 * least, (least, most, sixty)
