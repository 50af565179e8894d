"""All of one application: the person, what they agreed to, what they were sent and what they answered."""

import pytest
from sqlalchemy import select

from bot.errors import NotFound
from bot.insight.story import Story as Told
from bot.insight.story import story as tell
from bot.models import Application, Job
from bot.work import reading
from tests.journeys.holding import begun
from tests.stories import ONLY_NEWS, Story


def told(story: Story, application_id: int = 1, **how: object) -> Told:
    with reading(story.runtime) as work:
        return tell(work, application_id, **how)  # type: ignore[arg-type]


def test_it_tells_who_applied_where_they_stand_and_what_comes_next(story: Story) -> None:
    begun(story)
    found = told(story)
    assert (found.header.job, found.header.stage, found.header.state) == ("Barista", "screening", "active")
    assert (found.person.name, found.person.phone, found.person.opted_out_at) == ("Ann Silva", "+14155550101", None)
    assert {(each.channel, each.withdrawn_at) for each in found.agreements} == {("whatsapp", None), ("sms", None)}
    assert found.stands is not None
    assert found.stands.question is not None
    assert (found.stands.question.key, found.stands.status) == ("licence", "in_progress")
    assert found.stands.expires_at is not None
    (sending,) = found.sendings
    assert [event.status for event in sending.events][-1] == "in_progress"
    assert not sending.can_be_released


def test_answers_bear_their_question_what_was_written_and_what_was_taken_back(story: Story) -> None:
    begun(story)
    for text in ("yep", "back", "yes", "three"):
        story.says(text)
    (sending,) = told(story).sendings
    assert [(a.question, a.raw, a.shown, a.replaced, a.version) for a in sending.answers] == [
        ("Do you drive?", "yep", "Yes", True, 1),
        ("Do you drive?", "yes", "Yes", False, 1),
        ("How many years?", "three", "3", False, 1),
    ]
    assert sending.status == "completed"


def test_other_applications_are_those_of_jobs_that_one_sees(story: Story) -> None:
    begun(story)
    story.job("News", ONLY_NEWS)
    story.apply("News/screening")
    (other,) = told(story).others
    assert (other.job, other.stage, other.state, other.status) == ("News", "screening", "active", "queued")
    assert told(story, sees=Job.title == "Barista").others == ()
    with reading(story.runtime) as work:
        second = work.connection.execute(select(Application.id).order_by(Application.id.desc()).limit(1)).scalar_one()
    (waiting,) = told(story, second).sendings
    assert waiting.can_be_released
    assert "another campaign" in waiting.why
    assert "Barista" not in waiting.why


def test_what_is_not_there_is_not_told(story: Story) -> None:
    with pytest.raises(NotFound):
        told(story, 99)


def test_somebody_who_was_sent_nothing_has_a_story_too(story: Story) -> None:
    story.job()
    story.apply("Barista/new")
    found = told(story)
    assert (found.stands, found.sendings) == (None, ())
