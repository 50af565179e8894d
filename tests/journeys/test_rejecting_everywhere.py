"""A person is rejected in all their jobs at once."""

from sqlalchemy import update

from bot.intake.job_changes import follow_jobs
from bot.intake.jobs import StagePlan
from bot.models import BulkKind, Job, JobState, Stage
from bot.work import unit_of_work
from flows.flow import StageType
from tests.journeys.boards import Board
from tests.stories import SORRY, Story

EVERYWHERE = BulkKind.REJECT_EVERYWHERE


def test_a_person_is_rejected_everywhere_and_only_this_job_says_so(story: Story) -> None:
    story.job()
    story.job("Cook")
    story.job("Waiter")
    board = Board(story)
    ann = story.apply("Barista/screening")
    cook = story.apply("Cook/screening").application_id
    waiter = story.apply("Waiter/screening").application_id
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Stage).where(Stage.id == story.stages["Waiter/rejected"]).values(type="review"))
    assert story.history(2) == ["queued"]
    ref = board.ask([ann.application_id], kind=EVERYWHERE)
    board.later()
    assert board.items(ref) == [("done", None)]
    assert board.stage(ann.application_id) == "Barista/rejected"
    assert board.stage(cook) == "Cook/rejected"
    assert board.stage(waiter) == "Waiter/screening, archived"
    assert board.sent()[1:] == ["Not this time."]
    assert [story.history(key)[-1] for key in (1, 2, 3)] == ["cancelled"] * 3
    board.later(60)
    assert len(board.sent()) == 2


def test_a_person_who_is_rejected_everywhere_hears_of_every_job_where_that_is_asked_for(story: Story) -> None:
    story.job()
    story.job(
        "Cook", more=[StagePlan("no", StageType.REJECT, {**SORRY, "welcome": {**SORRY["welcome"], "text": "No."}})]
    )
    board = Board(story)
    ann = story.apply("Barista/new")
    story.apply("Cook/new")
    board.ask([ann.application_id], kind=EVERYWHERE, sends_elsewhere=True)
    board.later()
    assert board.sent() == ["Not this time.", "Not this time."]


def test_a_rejection_that_waits_already_is_not_taken_back_by_another(story: Story) -> None:
    story.job()
    board = Board(story)
    ann = story.apply("Barista/new").application_id
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.PAUSED))
    board.ask([ann], "Barista/rejected")
    board.later()
    board.ask([ann], kind=EVERYWHERE)
    board.later()
    assert board.sent() == []
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(state=JobState.OPEN))
    follow_jobs(story.runtime)
    story.send()
    assert board.sent() == ["Not this time."]
