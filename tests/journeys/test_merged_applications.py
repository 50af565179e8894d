"""Two people who are one have applied for one job: which application goes on, and what goes over to it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.audit import Actor
from bot.intake.merging import merge
from bot.intake.notes import add_note
from bot.intake.ratings import rate
from bot.intake.tags import tag
from bot.models import Application, ApplicationChange, Note, Rating
from bot.work import reading, unit_of_work
from tests.insight.crowds import user
from tests.journeys.boards import Board
from tests.journeys.test_merging import BOB, join, ref
from tests.stories import ANN, Story


class Twice:
    """Ann has applied for one job under two numbers."""

    def __init__(self, story: Story, anns: str = "new", bobs: str = "new") -> None:
        self.story = story
        story.job()
        self.ann = story.apply(f"Barista/{anns}", phone=ANN).application_id
        story.clock.move(timedelta(hours=1))
        self.bob = story.apply(f"Barista/{bobs}", phone=BOB).application_id
        story.clock.move(timedelta(hours=1))
        self.board = Board(story)

    def move(self, application_id: int, stage: str) -> None:
        self.story.move(application_id, f"Barista/{stage}", sends=False)
        self.story.clock.move(timedelta(hours=1))

    def stages(self) -> tuple[str, str]:
        return self.board.stage(self.ann), self.board.stage(self.bob)


def test_of_two_applications_for_one_job_the_one_with_a_conversation_stays(story: Story) -> None:
    twice = Twice(story, bobs="screening")
    twice.move(twice.ann, "screening")
    join(story)
    assert twice.stages() == ("Barista/screening, archived", "Barista/screening")
    assert story.enrolment(1).status == "sending"


@pytest.mark.parametrize(("kept", "gone"), [(ANN, BOB), (BOB, ANN)])
def test_of_two_idle_applications_for_one_job_the_one_that_has_come_further_stays(
    story: Story, kept: str, gone: str
) -> None:
    twice = Twice(story)
    twice.move(twice.ann, "screening")
    join(story, kept, gone)
    assert twice.stages() == ("Barista/screening", "Barista/new, archived")


def test_of_two_in_one_stage_the_one_that_came_there_later_stays(story: Story) -> None:
    twice = Twice(story)
    join(story)
    assert twice.stages() == ("Barista/new, archived", "Barista/new")


@pytest.mark.parametrize("is_late", ["late", ""])
def test_where_one_is_rejected_what_was_decided_last_stands(story: Story, is_late: str) -> None:
    twice = Twice(story)
    for application_id, stage in ((twice.ann, "screening"), (twice.bob, "rejected"))[:: 1 if is_late else -1]:
        twice.move(application_id, stage)
    join(story)
    rejected_last = ("Barista/screening, archived", "Barista/rejected")
    assert twice.stages() == (rejected_last if is_late else ("Barista/screening", "Barista/rejected, archived"))


def test_notes_stars_and_tags_go_over_to_the_application_that_stays(story: Story) -> None:
    twice = Twice(story)
    twice.move(twice.bob, "screening")
    cat, dan = user(story, name="Cat"), user(story, name="Dan")
    with unit_of_work(story.runtime) as work:
        add_note(work, twice.ann, cat, "Great on the phone")
        for application_id, stars in ((twice.ann, 2), (twice.bob, 4)):
            rate(work, application_id, cat, stars)
        rate(work, twice.ann, dan, 5)
        for application_id, text in ((twice.ann, "night"), (twice.ann, "Bar"), (twice.bob, "bar")):
            tag(work, application_id, text, cat)
    join(story)
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Note.application_id)).scalars().all() == [twice.bob]
        ratings = select(Rating.user_id, Rating.stars).where(Rating.application_id == twice.bob)
        assert set(map(tuple, work.connection.execute(ratings))) == {(cat, 4), (dan, 5)}
        tags = select(Application.tags).where(Application.id == twice.bob)
        assert work.connection.execute(tags).scalar_one() == ["Bar", "night"]


def test_that_the_other_is_archived_is_noted_once_with_who_did_it(story: Story) -> None:
    twice = Twice(story)
    eva = Actor(user(story, name="Eva"))
    refs = ref(story, ANN), ref(story, BOB)
    with unit_of_work(story.runtime) as work:
        merge(work, *refs, eva)
    with reading(story.runtime) as work:
        found = select(ApplicationChange.application_id, ApplicationChange.kind, ApplicationChange.user_id)
        changes: list[Any] = [tuple(row) for row in work.connection.execute(found)]
    assert changes == [(twice.ann, "archived", eva.user_id)]
