"""The board of a job: columns, cards, and what is about to happen to them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.dialogue import bulk_moves
from bot.dialogue.takeover import hold
from bot.errors import NotFound
from bot.insight.board import Column, board, column
from bot.insight.board_cards import Card, cards, initials
from bot.insight.board_filter import BoardFilter
from bot.insight.next_events import NextEvent
from bot.messaging.thread import lock_thread
from bot.models import Application, BulkKind, Stage
from bot.work import reading, unit_of_work
from tests.insight.crowds import crowd
from tests.journeys.boards import Board
from tests.stories import TWO_QUESTIONS, Story

WITH_REMINDERS = {**TWO_QUESTIONS, "reminders": [{"after": "1d", "text": "Still there?"}]}


def columns(story: Story, wanted: BoardFilter = BoardFilter(), title: str = "Barista", **more: Any) -> list[Column]:  # noqa: B008
    with reading(story.runtime) as work:
        found = select(Stage.job_id).where(Stage.id == story.stages[f"{title}/new"])
        return board(work, work.connection.execute(found).scalar_one(), wanted, **more)


def card(story: Story, application_id: int) -> Card:
    with reading(story.runtime) as work:
        [found] = cards(work, [application_id])
        return found


def test_a_column_counts_all_and_shows_the_newest_with_a_way_to_the_rest(story: Story) -> None:
    story.job()
    crowd(story, 30)
    shown = columns(story, per_column=4)
    assert [(each.name, each.count, len(each.cards), each.published) for each in shown] == [
        ("new", 10, 4, True),
        ("screening", 10, 4, True),
        ("rejected", 10, 4, True),
    ]
    first = shown[0]
    assert first.median_age is not None
    assert timedelta(minutes=12) <= first.median_age <= timedelta(minutes=16)
    seen, more = list(first.cards), first.more
    with reading(story.runtime) as work:
        job_id = work.connection.execute(select(Stage.job_id).where(Stage.id == first.key)).scalar_one()
        while more:
            following, more = column(work, job_id, first.id, BoardFilter(), after=more, most=4)
            seen += following
        with pytest.raises(NotFound, match="load the board anew"):
            column(work, job_id, first.id, BoardFilter(), after="gone")
    assert len({each.id for each in seen}) == 10
    assert [each.moved_at for each in seen] == sorted((each.moved_at for each in seen), reverse=True)


def test_a_filter_chooses_columns_and_cards(story: Story) -> None:
    story.job()
    crowd(story, 30)
    [only] = columns(story, BoardFilter(stages=(columns(story)[1].id,), tags=("night",)))
    assert (only.name, only.count, [each.tags for each in only.cards]) == ("screening", 1, [("night",)])
    assert only.median_age is None


def test_an_empty_job_has_columns_without_cards(story: Story) -> None:
    story.job()
    assert [(each.count, each.cards, each.more) for each in columns(story)] == [(0, (), None)] * 3


def test_a_card_says_where_somebody_stands_and_what_comes_next(story: Story) -> None:
    story.job(campaign=WITH_REMINDERS, time_zone="America/New_York")
    story.job("Cook", location="Porto")
    applied = story.apply()
    key = applied.application_id
    shown = card(story, key)
    assert (shown.name, shown.initials, shown.stage_name, shown.label) == ("Ann Silva", "AS", "screening", "Sending")
    assert (shown.progress, shown.next, shown.rating, shown.pending) == (None, None, None, None)
    story.says("yes")
    shown = card(story, key)
    assert (shown.label, shown.progress) == ("In Progress", (1, 2))
    assert shown.next
    assert shown.next.words == "Reminder 1 of 1"
    assert shown.next.at
    assert (str(shown.next.at.tzinfo), shown.next.at.hour) == ("America/New_York", 8)
    assert shown.since
    story.says("yes")
    assert card(story, key).progress == (2, 2)
    waiting = story.apply("Cook/screening").application_id
    shown = card(story, waiting)
    assert (shown.label, shown.next) == ("Queued", NextEvent("Waits for another campaign", job_before="Barista"))
    assert shown.cause == "Waits until another campaign of this candidate has ended."
    with unit_of_work(story.runtime) as work:
        hold(work, lock_thread(work, applied.candidate_id), "Rita")
    shown = card(story, key)
    assert shown.held_by == "Rita"
    assert shown.next
    assert shown.next.words == "Goes on when Rita hands the conversation back"


def test_without_reminders_the_next_that_comes_is_the_end(story: Story) -> None:
    story.job()
    key = story.apply().application_id
    story.says("yes")
    shown = card(story, key)
    assert shown.next
    assert (shown.next.words, shown.next.at) == ("Expires", story.enrolment(1).expires_at)


def test_a_card_names_the_stage_whose_campaign_its_status_is_of(story: Story) -> None:
    story.job()
    key = story.apply().application_id
    story.move(key, "Barista/new")
    shown = card(story, key)
    assert (shown.stage_name, shown.sent_in, shown.label) == ("new", "screening", "Cancelled")
    assert shown.cause == "A move or another campaign took its place."


@pytest.mark.parametrize(
    ("first", "last", "phone", "says"),
    [("Ann", "Silva", None, "AS"), ("élodie", "", None, "É"), ("", "", "+14155550101", "01"), ("", "", None, "")],
)
def test_initials_are_made_of_what_is_known(first: str, last: str, phone: str | None, says: str) -> None:
    assert initials(first, last, phone) == says


def test_who_is_about_to_move_is_shown_and_counted_where_they_go_until_that_is_undone(story: Story) -> None:
    story.job()
    asker = Board(story)
    ann = story.apply("Barista/new").application_id
    bob = story.apply("Barista/screening", phone="+14155550102").application_id
    ref = asker.ask([ann], "Barista/screening")
    story.clock.move(timedelta(seconds=3))
    new, screening, _ = columns(story)
    assert (new.count, new.cards) == (0, ())
    assert [each.key for each in screening.cards] == [ann, bob]
    assert screening.count == 2
    pending = screening.cards[0].pending
    assert pending
    assert (pending.bulk, pending.stage_name, pending.seconds_left, pending.by) == (
        ref,
        "screening",
        7,
        "Rita Recruiter",
    )
    assert (pending.can_be_undone, pending.kind) == (True, BulkKind.MOVE)
    [filtered] = columns(story, BoardFilter(stages=(screening.id,)))
    assert (filtered.count, len(filtered.cards)) == (2, 2)
    asker.do(bulk_moves.undo, ref)
    new, screening, _ = columns(story)
    assert (new.count, screening.count) == (1, 1)
    assert new.cards[0].pending is None


def test_who_is_about_to_be_archived_stays_and_is_marked(story: Story) -> None:
    story.job()
    asker = Board(story)
    ann = story.apply("Barista/new").application_id
    asker.ask([ann], kind=BulkKind.ARCHIVE)
    [shown] = columns(story)[0].cards
    assert shown.pending
    assert shown.pending.kind is BulkKind.ARCHIVE
    asker.later()
    assert columns(story)[0].count == 0


def test_of_many_who_are_about_to_come_the_column_shows_as_many_as_it_shows_of_those_who_are_there(
    story: Story,
) -> None:
    story.job()
    crowd(story, 30)
    asker = Board(story)
    with reading(story.runtime) as work:
        ids = list(work.connection.execute(select(Application.id)).scalars())
    asker.ask(ids, "Barista/rejected", sends=False)
    new, screening, rejected = columns(story, per_column=5)
    assert (new.count, screening.count, rejected.count) == (0, 0, 30)
    assert len(rejected.cards) == 10
    assert rejected.more == rejected.cards[-1].id


def test_names_that_are_missing_and_stages_that_are_not_published_do_not_break_a_board(story: Story) -> None:
    story.job()
    key = story.apply("Barista/new", first_name="", last_name="").application_id
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Application).where(Application.id == key).values(tags=["<b>", "٣"]))
    shown = card(story, key)
    assert (shown.name, shown.tags) == ("+14155550101", ("<b>", "٣"))
