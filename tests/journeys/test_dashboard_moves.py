"""What is asked for on the dashboard: it waits while it can be undone, and happens once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.dialogue import bulk, bulk_moves
from bot.errors import BotError, Conflict, InvalidEvent, NotAllowed, NotFound
from bot.insight.board import board as read_board
from bot.insight.board_filter import BoardFilter
from bot.intake.jobs import StagePlan
from bot.models import (
    Application,
    ApplicationChange,
    BulkItemStatus,
    BulkKind,
    BulkMove,
    Job,
    JobState,
    Stage,
    StageMove,
)
from bot.work import reading, unit_of_work
from flows.flow import StageType
from tests.insight.crowds import crowd
from tests.journeys.boards import Board
from tests.stories import Story

BOB = "+14155550102"
MOVE, EVERYWHERE = BulkKind.MOVE, BulkKind.REJECT_EVERYWHERE


@pytest.fixture
def board(story: Story) -> Board:
    story.job()
    return Board(story)


def people(board: Board, number: int) -> list[int]:
    return [board.story.apply("Barista/new", phone=f"+1415555013{each}").application_id for each in range(number)]


def do_only(board: Board, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time come, and a worker that is stopped after so many."""
    board.story.clock.move(timedelta(seconds=11))
    known, done = bulk._try_next, []

    def some(*given: Any) -> Any:
        if len(done) == number:
            return None
        done.append(known(*given))
        return done[-1]

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_try_next", some)
        assert bulk.go_on(board.story.runtime) == number


def test_nothing_of_a_move_happens_while_it_can_be_undone_and_all_of_it_once_after(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    ref = board.ask([ann], "Barista/screening")
    assert board.later(9) == 0
    assert (board.stage(ann), board.sent(), board.items(ref)) == ("Barista/new", [], [("waiting", None)])
    assert board.later(2) == 1
    assert board.stage(ann) == "Barista/screening"
    assert len(board.sent()) == 1
    with reading(board.story.runtime) as work:
        [made] = work.connection.execute(select(StageMove).where(StageMove.source == "dashboard")).all()
        assert made.user_id == board.user_id
        assert work.connection.execute(select(BulkMove.finished_at)).scalar_one() is not None
    with pytest.raises(Conflict, match="too late to undo"):
        board.do(bulk_moves.undo, ref)


def test_what_is_undone_never_happens(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    ref = board.ask([ann], "Barista/screening")
    board.do(bulk_moves.undo, ref)
    assert board.later() == 0
    assert (board.stage(ann), board.sent(), board.items(ref)) == ("Barista/new", [], [("cancelled", "taken back")])
    with pytest.raises(Conflict):
        board.do(bulk_moves.undo, ref)


def test_of_two_moves_asked_for_in_a_row_only_the_later_happens(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    first = board.ask([ann], "Barista/screening")
    board.story.clock.move(timedelta(seconds=3))
    second = board.ask([ann], "Barista/rejected")
    board.later()
    assert (board.stage(ann), board.sent()) == ("Barista/rejected", ["Not this time."])
    assert board.items(first) == [("cancelled", "something else was asked for instead")]
    assert board.items(second) == [("done", None)]


def test_who_is_dragged_back_stays_and_gets_nothing(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    board.ask([ann], "Barista/screening")
    back = board.ask([ann], "Barista/new")
    board.later()
    assert (board.stage(ann), board.sent()) == ("Barista/new", [])
    assert board.items(back) == [("skipped", "is in this stage already")]


def test_a_stage_is_sent_again_only_where_that_is_asked_for(board: Board) -> None:
    ann = board.story.apply("Barista/screening").application_id
    board.ask([ann], "Barista/screening")
    board.later()
    assert len(board.sent()) == 1
    board.ask([ann], "Barista/screening", again=True)
    board.later()
    assert len(board.sent()) == 2


def test_what_is_paused_waits_and_goes_on_where_it_stood(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = people(board, 4)
    ref = board.ask(ids, "Barista/screening", sends=False)
    do_only(board, 2, monkeypatch)
    board.do(bulk_moves.pause, ref)
    assert board.later() == 0
    assert [status for status, _ in board.items(ref)] == ["done", "done", "waiting", "waiting"]
    with pytest.raises(Conflict):
        board.do(bulk_moves.pause, ref)
    board.do(bulk_moves.resume, ref)
    assert board.later() == 2
    assert {status for status, _ in board.items(ref)} == {"done"}
    for what in (bulk_moves.pause, bulk_moves.resume, bulk_moves.cancel):
        with pytest.raises(Conflict):
            board.do(what, ref)


@pytest.mark.parametrize("is_paused", [True, False])
def test_who_is_moved_elsewhere_while_a_move_is_under_way_is_left_out_of_it(
    board: Board, monkeypatch: pytest.MonkeyPatch, *, is_paused: bool
) -> None:
    bob, ann = people(board, 2)
    many = board.ask([bob, ann], "Barista/screening")
    do_only(board, 1, monkeypatch)
    if is_paused:
        board.do(bulk_moves.pause, many)
    board.ask([ann], "Barista/rejected")
    with reading(board.story.runtime) as work:
        columns = read_board(work, board.job_id, BoardFilter())
    assert [(each.name, each.count) for each in columns] == [("new", 0), ("screening", 1), ("rejected", 1)]
    assert [[card.key for card in each.cards] for each in columns] == [[], [bob], [ann]]
    board.later()
    if is_paused:
        with pytest.raises(Conflict, match="finished"):
            board.do(bulk_moves.resume, many)
    board.later()
    assert board.stage(ann) == "Barista/rejected"
    assert sorted(board.sent()) == ["Hi Ann, shall we start?", "Not this time."]
    assert board.items(many) == [("done", None), ("cancelled", bulk_moves.REPLACED)]


def test_what_is_paused_before_it_begins_begins_when_it_goes_on(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    ref = board.ask([ann], "Barista/screening")
    board.do(bulk_moves.pause, ref)
    assert board.later() == 0
    board.do(bulk_moves.resume, ref)
    assert board.later(0) == 1


def test_what_is_cancelled_leaves_the_rest_undone(board: Board) -> None:
    ids = people(board, 3)
    ref = board.ask(ids, "Barista/screening")
    board.do(bulk_moves.pause, ref)
    board.do(bulk_moves.cancel, ref)
    assert board.later() == 0
    assert set(board.items(ref)) == {("cancelled", "cancelled")}


def test_what_has_failed_can_be_asked_for_again(board: Board) -> None:
    story = board.story
    ids = people(board, 2)
    ref = board.ask(ids, "Barista/screening")
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.CLOSED))
    board.later()
    assert [status for status, _ in board.items(ref)] == ["failed", "failed"]
    assert "the job is closed" in str(board.items(ref)[0][1])
    with pytest.raises(Conflict, match="closed"):
        board.do(bulk_moves.retry_failed, ref, board.user_id)
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.OPEN))
    taken_back = board.do(bulk_moves.retry_failed, ref, board.user_id)
    board.do(bulk_moves.undo, taken_back)
    again = board.do(bulk_moves.retry_failed, ref, board.user_id)
    with pytest.raises(Conflict, match="asked for again already"):
        board.do(bulk_moves.retry_failed, ref, board.user_id)
    board.later()
    assert board.items(again) == [("done", None)] * 2
    with pytest.raises(Conflict, match="asked for again already"):
        board.do(bulk_moves.retry_failed, ref, board.user_id)
    with pytest.raises(Conflict, match="nothing of this has failed"):
        board.do(bulk_moves.retry_failed, again, board.user_id)


def test_what_failed_is_tried_again_for_those_too_who_were_tagged_or_skipped_since(board: Board) -> None:
    ann, bob = people(board, 2)
    ref = board.ask([ann, bob], "Barista/screening")
    with unit_of_work(board.story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.CLOSED))
    board.later()
    board.ask([ann], kind=BulkKind.TAG, tag="try again")
    with unit_of_work(board.story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.OPEN))
    board.ask([bob], "Barista/new")  # where Bob is already
    board.later()
    again = board.do(bulk_moves.retry_failed, ref, board.user_id)
    with pytest.raises(Conflict, match="asked for again already"):
        board.do(bulk_moves.retry_failed, ref, board.user_id)
    board.later()
    assert board.items(again) == [("done", None)] * 2


def test_a_stage_that_was_removed_meanwhile_takes_nobody(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    ref = board.ask([ann], "Barista/screening")
    with unit_of_work(board.story.runtime) as work:
        gone = update(Stage).where(Stage.id == board.story.stages["Barista/screening"])
        work.connection.execute(gone.values(job_id=None))
    board.later()
    assert board.items(ref) == [("failed", "the stage has been removed from the job")]


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        ({"stage": None}, InvalidEvent, "choose the stage"),
        ({"stage": "Cook/new"}, NotAllowed, "another job"),
        ({"stage": "Barista/draft"}, NotAllowed, "not published"),
        ({"kind": BulkKind.TAG, "tag": " \u200b"}, InvalidEvent, "write a tag"),
        ({"stage": "Barista/screening", "ids": [999]}, NotFound, "not one of this job"),
        ({"stage": "Barista/screening", "ids": []}, InvalidEvent, "no application is chosen"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_words(
    story: Story, ask: dict[str, Any], error: type[BotError], says: str
) -> None:
    story.job(more=[StagePlan("draft", StageType.FORM)])
    story.job("Cook")
    board = Board(story)
    known = {"ids": [story.apply("Barista/new").application_id], **ask}
    with pytest.raises(error, match=says):
        board.ask(**known)


def test_who_is_no_longer_in_the_running_is_skipped_with_the_reason(board: Board) -> None:
    ann = board.story.apply("Barista/new").application_id
    bob = board.story.apply("Barista/new", phone=BOB).application_id
    board.ask([ann], kind=BulkKind.WITHDRAW)
    board.later()
    ref = board.ask([ann, bob], kind=BulkKind.ARCHIVE)
    board.later()
    assert board.items(ref) == [("skipped", "the application is withdrawn"), ("done", None)]
    assert board.stage(bob) == "Barista/new, archived"
    with reading(board.story.runtime) as work:
        changes = work.connection.execute(select(ApplicationChange.kind, ApplicationChange.user_id)).all()
    assert [tuple(change) for change in changes] == [("withdrawn", board.user_id), ("archived", board.user_id)]


def test_tags_are_put_on_and_taken_off_at_once_spelled_as_the_job_has_them(board: Board) -> None:
    ids = people(board, 2)
    board.ask(ids[:1], kind=BulkKind.TAG, tag="Night  shift")
    board.later(0)
    board.ask(ids, kind=BulkKind.TAG, tag="night shift")
    board.later(0)
    assert _tags(board) == [["Night shift"], ["Night shift"]]
    board.ask(ids, kind=BulkKind.UNTAG, tag="NIGHT SHIFT")
    board.later(0)
    assert _tags(board) == [[], []]


def _tags(board: Board) -> list[list[str]]:
    with reading(board.story.runtime) as work:
        return list(work.connection.execute(select(Application.tags).order_by(Application.id)).scalars())


def test_ten_thousand_are_taken_down_in_one_go_and_begun_in_another(story: Story) -> None:
    story.job()
    crowd(story, 2_500)
    board = Board(story)
    with reading(story.runtime) as work:
        ids = list(work.connection.execute(select(Application.id)).scalars())
    ref = board.ask(ids, "Barista/screening", sends=False)
    story.clock.move(timedelta(seconds=11))
    with unit_of_work(story.runtime) as work:
        assert [bulk_moves.begin_due(work, key) for key in bulk_moves.due(work)] == [True]
    counted = [status for status, _ in board.items(ref)]
    assert (counted.count(BulkItemStatus.PENDING), counted.count(BulkItemStatus.SKIPPED)) == (1_667, 833)
