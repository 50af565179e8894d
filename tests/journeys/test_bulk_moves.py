"""Many applications moved at once, by several workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from bot.dialogue import bulk, bulk_items, bulk_moves
from bot.dialogue.bulk_moves import Action
from bot.insight.board_filter import BoardFilter
from bot.insight.board_where import matching_ids
from bot.insight.bulk_progress import progress
from bot.models import Application, ApplicationState, BulkKind, BulkMove, BulkMoveItem, StageMove
from bot.pipeline.closings import close_application
from bot.pipeline.stages import find_target, move_in
from bot.work import Work, reading, unit_of_work
from tests.insight.crowds import crowd
from tests.journeys.boards import Board
from tests.journeys.test_merging import BOB, join
from tests.stories import Story
from tests.waiting import somebody_waits, wait_until

MANY = 6


def plan(story: Story) -> None:
    story.job()
    for number in range(MANY):
        story.apply("Barista/new", phone=f"+1415555013{number}")
    with unit_of_work(story.runtime) as work:
        refs = work.connection.execute(select(Application.public_id)).scalars()
        bulk.plan(work, list(refs), story.stages["Barista/screening"], sends=True)


def let_another_go_on(story: Story, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let another worker do what it can while the first has its first item in hand; return how many that settles."""
    known, others = bulk_items.move_in, []

    def move_in(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(bulk_items, "move_in", known)
        with ThreadPoolExecutor(1) as pool:
            others.append(pool.submit(bulk.go_on, story.runtime).result(timeout=20))
        return known(*given, **more)

    monkeypatch.setattr(bulk_items, "move_in", move_in)
    return others


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_what_one_worker_has_in_hand_another_passes_over_and_goes_on(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(story)
    others = let_another_go_on(story, monkeypatch)
    assert bulk.go_on(story.runtime) == 1
    assert others == [MANY - 1]
    check(story)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_moves_of_one_application_the_later_waits_for_the_earlier(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    applied = story.apply("Barista/new")
    with unit_of_work(story.runtime) as work:
        ref = work.connection.execute(select(Application.public_id)).scalar_one()
        for stage in ("screening", "rejected"):
            bulk.plan(work, [ref], story.stages[f"Barista/{stage}"], sends=True)
    others = let_another_go_on(story, monkeypatch)
    assert (bulk.go_on(story.runtime), others) == (2, [0])
    with reading(story.runtime) as work:
        stage = select(Application.stage_id).where(Application.id == applied.application_id)
        assert work.connection.execute(stage).scalar_one() == story.stages["Barista/rejected"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "stage", "item"),
    [
        (BulkKind.MOVE, "Barista/screening", ("skipped", "is in this stage already")),
        (BulkKind.ARCHIVE, None, ("skipped", "the application is withdrawn")),
    ],
)
def test_what_others_do_while_the_thread_is_waited_for_is_seen(
    story: Story, monkeypatch: pytest.MonkeyPatch, kind: BulkKind, stage: str | None, item: tuple[str, str]
) -> None:
    story.job()
    applied, board, known = story.apply("Barista/new"), Board(story), bulk_items.lock_thread

    def meanwhile() -> None:
        with unit_of_work(story.runtime) as work:
            thread = known(work, applied.candidate_id)
            if stage is None:
                close_application(work, thread, applied.application_id, ApplicationState.WITHDRAWN)
            else:
                whence: dict[str, Any] = {"source": "api", "external_id": "1", "sends": True}
                move_in(work, thread, applied.application_id, find_target(work, story.stages[stage]), **whence)

    def lock_thread(work: Work, candidate_id: int) -> Any:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(meanwhile).result(timeout=20)
        return known(work, candidate_id)

    ref = board.ask([applied.application_id], stage, kind)
    monkeypatch.setattr(bulk_items, "lock_thread", lock_thread)
    assert board.later() == 1
    assert board.items(ref) == [item]


def test_of_two_who_move_one_person_at_the_same_moment_the_second_is_heeded(story: Story) -> None:
    story.job()
    ann, board = story.apply("Barista/new").application_id, Board(story)
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(story.runtime) as work:
            to_screening = Action(BulkKind.MOVE, story.stages["Barista/screening"])
            bulk_moves.start(work, board.job_id, [ann], to_screening, board.user_id)
            other = pool.submit(board.ask, [ann], "Barista/rejected")
            wait_until(lambda: other.done() or somebody_waits(story.runtime))
        other.result(20)
    board.later()
    assert (board.stage(ann), board.sent()) == ("Barista/rejected", ["Not this time."])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_is_merged_while_the_thread_is_waited_for_is_moved_as_who_they_are_now(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    story.job("Waiter")
    story.apply("Waiter/new")
    bob, board, known = story.apply("Barista/new", phone=BOB).application_id, Board(story), bulk_items.lock_thread

    def lock_thread(work: Work, candidate_id: int) -> Any:
        monkeypatch.setattr(bulk_items, "lock_thread", known)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(join, story).result(timeout=20)
        return known(work, candidate_id)

    ref = board.ask([bob], "Barista/screening")
    monkeypatch.setattr(bulk_items, "lock_thread", lock_thread)
    board.later()
    assert (board.items(ref), board.stage(bob)) == ([("done", None)], "Barista/screening")


def test_who_is_moved_alone_waits_for_none_of_the_many_who_were_moved_before(story: Story) -> None:
    barista, waiter, ann = many_and_one(story)
    waiter.ask([ann], "Waiter/screening", sends=False)
    barista.later()
    assert moved(story).index(ann) == 1


def test_a_move_whose_time_comes_while_many_are_moved_is_made_and_ended_before_them(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    barista, waiter, ann = many_and_one(story)
    story.clock.move(timedelta(seconds=5))
    ref = waiter.ask([ann], "Waiter/screening", sends=False)
    known, states = bulk.do_item, []

    def do_item(work: Work, item: Any) -> Any:
        if not states:
            story.clock.move(timedelta(seconds=5))  # the first of many took so long
        states.append(progress(work, ref).state)
        return known(work, item)

    monkeypatch.setattr(bulk, "do_item", do_item)
    monkeypatch.setattr(bulk, "LOOKS_EVERY", 0.0)
    barista.later(6)
    assert moved(story).index(ann) < 3
    assert states[:5] == ["can be undone", "running", "running", "finished", "finished"]


def many_and_one(story: Story) -> tuple[Board, Board, int]:
    """Ask for a move of all of one job, and return who asked, who is at the board of another, and its application."""
    story.job()
    crowd(story, 30, enrolled=False)
    story.job("Waiter")
    ann = story.apply("Waiter/new").application_id
    barista, waiter = Board(story), Board(story, "Waiter", user_name="Will Waiter")
    with reading(story.runtime) as work:
        everybody = matching_ids(work, barista.job_id, BoardFilter())
    barista.ask(everybody, "Barista/screening", sends=False)
    return barista, waiter, ann


def moved(story: Story) -> list[int]:
    with reading(story.runtime) as work:
        made = select(StageMove.application_id).where(StageMove.source == "dashboard")
        return list(work.connection.execute(made.order_by(StageMove.id)).scalars())


def test_what_is_paused_just_as_its_last_is_done_ends_all_the_same(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    board = Board(story)
    ref = board.ask([story.apply("Barista/new").application_id], "Barista/screening")
    with monkeypatch.context() as patch:
        patch.setattr(bulk, "_finish", lambda _runtime: None)  # the worker did not come to that
        board.later()
    board.do(bulk_moves.pause, ref)
    board.later()
    with reading(story.runtime) as work:
        assert (progress(work, ref).state, progress(work, ref).done) == ("finished", 1)


def test_two_workers_at_once_move_each_application_once(story: Story) -> None:
    plan(story)
    with ThreadPoolExecutor(2) as pool:
        moved = pool.map(bulk.go_on, [story.runtime] * 2)
        assert sum(moved) == MANY
    check(story)


def check(story: Story) -> None:
    """Each is moved, once, and the plan is at its end."""
    bulk.go_on(story.runtime)
    with reading(story.runtime) as work:
        assert set(work.connection.execute(select(BulkMoveItem.status)).scalars()) == {"done"}
        of_plan = select(func.count(), func.count(StageMove.application_id.distinct()))
        assert work.connection.execute(of_plan.where(StageMove.source == "bulk")).one() == (MANY, MANY)
        assert work.connection.execute(select(BulkMove.finished_at)).scalar_one() is not None


@pytest.mark.parametrize(
    "database_url", ["postgresql"], indirect=True
)  # whose plans depend on what it knows of a table
def test_the_next_to_be_moved_is_found_without_looking_at_all_that_wait(story: Story) -> None:
    plan(story)
    read = text("SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'bulk_move_items'")
    with unit_of_work(story.runtime) as work:
        first = work.connection.execute(select(BulkMoveItem).order_by(BulkMoveItem.id).limit(1)).mappings().one()
        many = [{**first, "id": 10_000 + number, "place": 10_000 + number} for number in range(2_000)]
        work.connection.execute(insert(BulkMoveItem), many)
    with unit_of_work(story.runtime) as work:
        assert (
            bulk._NEXT.first(work.connection, bulk_id=first["bulk_move_id"], after=9_999) is None
        )  # the first of that application still waits
        assert work.connection.execute(read).scalar_one() < 4 * bulk.IN_HAND
