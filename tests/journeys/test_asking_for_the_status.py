"""STATUS is answered with what is so: for what is open, what is over, and what was only told."""

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue.timers import expire_enrolments
from bot.intake.job_changes import change_job, follow_job
from bot.models import Job, JobState
from bot.work import unit_of_work
from flows.wording import LOCALES, phrase
from tests.stories import ONLY_NEWS, Story

SMS = ChannelKind.SMS


def status(story: Story, kind: ChannelKind = ChannelKind.WHATSAPP, word: str = "status") -> str:
    """Ask for the status; return what is said of the job."""
    story.says(word, kind=kind)
    title, _, state = story.sender.texts()[-1].partition(": ")
    assert title == "Barista"
    return state


def change(story: Story, state: JobState) -> None:
    with unit_of_work(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id)).scalar_one()
        change_job(work, job_id, {"state": state})
    follow_job(story.runtime, job_id)
    story.send()


def test_what_is_open_waits_for_them(story: Story) -> None:
    story.job()
    story.apply()
    assert status(story) == "our message waits for your reply."
    story.says("ok")
    assert status(story) == "we are waiting for your answer here."
    story.says("no")
    assert status(story) == "we have your answers. We will be in touch."


def test_who_was_told_news_is_not_thanked_for_answers_nor_asked_for_a_reply(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    story.apply()
    told = "you have all our news for now. We will be in touch."
    assert status(story, SMS) == told
    for message in story.sender.accepted:
        story.reports(message.public_id, MessageStatus.DELIVERED)
    assert status(story, SMS) == told


def test_news_that_were_told_after_a_reply_are_over_too(story: Story) -> None:
    story.job(campaign=ONLY_NEWS)
    story.apply()
    assert status(story) == "our message waits for your reply."
    story.says("ok")
    assert status(story) == "you have all our news for now. We will be in touch."


def test_who_was_rejected_is_not_told_that_we_will_be_in_touch(story: Story) -> None:
    story.job()
    applied = story.apply("Barista/new")
    story.move(applied.application_id, "Barista/rejected")
    assert status(story) == "your application is with us. We will be in touch."
    story.reports(story.sender.accepted[0].public_id, MessageStatus.DELIVERED)
    ended = "we have decided, as we wrote to you. Thank you for your interest, and all the best."
    assert status(story) == ended
    story.move(applied.application_id, "Barista/new")
    assert status(story) == "your application is with us. We will be in touch."


def test_a_rejection_that_was_not_sent_is_not_told_by_the_status(story: Story) -> None:
    story.job()
    applied = story.apply("Barista/new")
    story.says("hello")
    story.move(applied.application_id, "Barista/rejected", sends=False)
    assert status(story) == "your application is with us. We will be in touch."


def test_what_expired_says_so_until_the_application_has_gone_on(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.clock.moment = story.enrolment(applied.enrolment_id).expires_at
    assert expire_enrolments(story.runtime)
    assert status(story).startswith("the time to answer has passed. Write PERSON")
    story.move(applied.application_id, "Barista/new")
    assert status(story) == "your application is with us. We will be in touch."


def test_what_was_cancelled_by_a_move_is_with_us(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.move(applied.application_id, "Barista/new")
    assert status(story) == "your application is with us. We will be in touch."


def test_a_job_that_was_closed_says_so(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    change(story, JobState.CLOSED)
    assert status(story) == "this job is closed now. Write PERSON if you have a question."


def test_what_waits_for_a_paused_job_comes_after_nothing(story: Story) -> None:
    story.job()
    change(story, JobState.PAUSED)
    story.apply()
    assert status(story) == "your application is with us. We will be in touch."


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_finished_news_are_told_in_their_language(story: Story, locale: str) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    story.apply(language=locale)
    story.says("status", kind=SMS)
    expected = phrase("status_job", locale, job="Barista", state=phrase("state_told", locale))
    assert story.sender.texts()[-1] == expected
