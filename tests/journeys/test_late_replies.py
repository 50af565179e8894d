"""Somebody writes after the time to answer was over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.dialogue.timers import expire_enrolments
from bot.models import Enrolment
from bot.work import reading
from tests.stories import TWO_QUESTIONS, Story

REOPENS = {**TWO_QUESTIONS, "reopen": True}


def expired_before_it_began(story: Story) -> int:
    """Let a campaign that reopens expire with its welcome unanswered; return what is then the latest enrolment."""
    story.job(campaign=REOPENS)
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    assert applied.enrolment_id is not None
    return applied.enrolment_id


def latest(story: Story) -> int:
    with reading(story.runtime) as work:
        return int(work.connection.execute(select(Enrolment.id).order_by(Enrolment.id.desc()).limit(1)).scalar_one())


@pytest.mark.parametrize("text", ["no", "back", "skip"])
def test_a_late_reply_that_does_not_begin_reopens_what_can_expire_again(story: Story, text: str) -> None:
    before = expired_before_it_began(story)
    story.job("Driver")
    story.says(text)
    reopened = latest(story)
    assert reopened != before
    assert story.history(reopened) == ["queued", "sending", "delivered"]
    waiting = story.apply("Driver/screening")
    assert story.enrolment(waiting.enrolment_id).status == "queued"
    story.clock.move(timedelta(days=7, minutes=1))
    expire_enrolments(story.runtime)
    assert story.enrolment(reopened).status == "expired"
    assert story.enrolment(waiting.enrolment_id).status == "sending"


def test_lets_start_reopens_and_begins(story: Story) -> None:
    before = expired_before_it_began(story)
    story.says("Let's start")
    assert latest(story) != before
    assert story.enrolment(latest(story)).status == "in_progress"
    assert story.sender.texts()[-1] == "Do you drive?"


def test_start_with_nothing_open_is_thanked_and_read_by_a_person(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.says("no")
    story.says("Let's start")
    assert story.sender.texts()[-1] == "Thank you, we have your message. A colleague will read it."
