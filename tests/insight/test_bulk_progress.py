"""How far what was asked for is, and to whom it did not happen."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.dialogue import bulk_moves
from bot.errors import NotFound
from bot.insight import bulk_progress
from bot.insight.bulk_progress import Progress, every_failure, failures, progress, under_way
from bot.models import BulkKind, Job, JobState
from bot.work import reading, unit_of_work
from tests.journeys.boards import Board
from tests.stories import Story

NUMBER = 5


@pytest.fixture
def board(story: Story) -> Board:
    story.job()
    story.job("Cook")
    return Board(story)


@pytest.fixture
def ids(board: Board) -> list[int]:
    """Applications of which the first is in the stage already into which the others go."""
    stages = ["Barista/screening", *["Barista/new"] * (NUMBER - 1)]
    people = enumerate(stages)
    return [
        board.story.apply(stage, phone=f"+1415555013{number}", first_name=f"Ann{number}").application_id
        for number, stage in people
    ]


def told(board: Board, ref: str) -> Progress:
    with reading(board.story.runtime) as work:
        return progress(work, ref)


def test_a_bulk_move_is_told_from_its_first_second_to_its_end(board: Board, ids: list[int]) -> None:
    ref = board.ask(ids, "Barista/screening", sends=False)
    board.story.clock.move(timedelta(seconds=4))
    found = told(board, ref)
    assert (found.state, found.seconds_left, found.total, found.pending, found.skipped) == ("can be undone", 6, 5, 4, 1)
    assert (found.by, found.job_title, found.stage_name, found.kind) == (
        "Rita Recruiter",
        "Barista",
        "screening",
        BulkKind.MOVE,
    )
    with reading(board.story.runtime) as work:
        for mine in ({}, {"job_id": board.job_id}, {"user_id": board.user_id}):
            assert [each.id for each in under_way(work, **mine)] == [ref]
        assert under_way(work, job_id=board.job_id + 1) == under_way(work, user_id=999) == []
    board.do(bulk_moves.pause, ref)
    assert told(board, ref).state == "paused"
    board.do(bulk_moves.resume, ref)
    board.later()
    found = told(board, ref)
    assert (found.state, found.done, found.settled, found.seconds_left) == ("finished", 4, 5, 0)
    with reading(board.story.runtime) as work:
        assert under_way(work) == []


def test_what_was_undone_and_what_was_cancelled_are_two_things(board: Board, ids: list[int]) -> None:
    undone = board.ask(ids, "Barista/rejected")
    board.do(bulk_moves.undo, undone)
    assert (told(board, undone).state, told(board, undone).cancelled) == ("undone", 5)
    cancelled = board.ask(ids, "Barista/rejected")
    board.story.clock.move(timedelta(seconds=11))
    with unit_of_work(board.story.runtime) as work:
        [key] = bulk_moves.due(work)
        bulk_moves.begin_due(work, key)
    assert told(board, cancelled).state == "running"
    board.do(bulk_moves.cancel, cancelled)
    assert (told(board, cancelled).state, told(board, cancelled).pending) == ("cancelled", 0)


def test_to_whom_it_did_not_happen_is_told_by_name_and_reason(
    board: Board, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = board.ask(ids, "Barista/screening", sends=False)
    with unit_of_work(board.story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.CLOSED))
    board.later()
    monkeypatch.setattr(bulk_progress, "AT_ONCE", 2)
    with reading(board.story.runtime) as work:
        found = [(each.name, each.reason) for each in every_failure(work, ref)]
        assert [(each.name, each.reason) for each in failures(work, ref, most=3)] == found[:3]
    closed = "the job is closed: open it again to move or add applications"
    assert found == [("Ann0 Silva", "is in this stage already"), *((f"Ann{n} Silva", closed) for n in range(1, 5))]
    assert (told(board, ref).failed, told(board, ref).skipped) == (4, 1)


def test_there_is_nothing_to_tell_of_what_was_never_asked_for(board: Board) -> None:
    with reading(board.story.runtime) as work:
        for what in (progress, failures):
            with pytest.raises(NotFound):
                what(work, "gone")
