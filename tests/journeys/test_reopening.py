"""An application that was archived or withdrawn is taken back into the running."""

import pytest
from sqlalchemy import select

from bot.errors import Conflict
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState
from bot.pipeline.closings import close_application, reopen_application
from bot.work import reading, unit_of_work
from tests.journeys.holding import begun
from tests.stories import Story


def archive(story: Story, candidate_id: int) -> None:
    with unit_of_work(story.runtime) as work:
        close_application(work, lock_thread(work, candidate_id), 1, ApplicationState.ARCHIVED)


def reopen(story: Story, candidate_id: int) -> None:
    with unit_of_work(story.runtime) as work:
        lock_thread(work, candidate_id)
        reopen_application(work, 1)


def states(story: Story) -> list[str]:
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Application.state).order_by(Application.id)).scalars())


def test_it_is_in_the_running_again_and_what_was_cancelled_stays_so(story: Story) -> None:
    ann = begun(story)
    archive(story, ann)
    said = len(story.sender.accepted)
    reopen(story, ann)
    story.send()
    assert states(story) == ["active"]
    assert story.enrolment(1).status == "cancelled"
    assert len(story.sender.accepted) == said
    assert story.move(1, "Barista/screening") is not None
    assert len(story.sender.accepted) == said + 1


def test_who_has_applied_anew_is_in_the_running_once(story: Story) -> None:
    ann = begun(story)
    archive(story, ann)
    story.apply("Barista/new")
    with pytest.raises(Conflict, match="another application"):
        reopen(story, ann)
    assert states(story) == ["archived", "active"]
