"""Reminders for people who have gone quiet: who gets one, when it may go, and what stops it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.dialogue.takeover import hold
from bot.dialogue.timers import send_reminders
from bot.messaging.thread import lock_thread
from bot.models import Conversation
from bot.work import reading, unit_of_work
from tests.stories import TWO_QUESTIONS, Story

REMINDER = "Still interested?"
REMINDED = {**TWO_QUESTIONS, "reminders": [{"after": "PT4H", "text": REMINDER}]}


def begin(story: Story) -> int:
    """Let somebody begin a campaign with a reminder; return the candidate."""
    story.job(campaign=REMINDED, time_zone="UTC")
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    return applied.candidate_id


def fall_silent(story: Story) -> None:
    """Let five hours pass and the sweep do its work."""
    story.clock.move(timedelta(hours=5))
    send_reminders(story.runtime)
    story.send()


def test_who_wrote_outside_a_campaign_is_still_reminded_of_the_next_one(story: Story) -> None:
    begin(story)
    story.says("no")
    story.says("Thanks a lot!")
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "wrote"
    story.job("Driver", campaign=REMINDED, time_zone="UTC")
    story.apply("Driver/screening")
    story.last_reports(MessageStatus.DELIVERED)
    fall_silent(story)
    assert story.sender.texts()[-1] == REMINDER


@pytest.mark.parametrize("writes", [["a person please"], ["purple", "elephant", "window"]])
def test_who_waits_for_a_person_is_not_reminded(story: Story, writes: list[str]) -> None:
    begin(story)
    for text in writes:
        story.says(text)
    fall_silent(story)
    assert REMINDER not in story.sender.texts()


def test_who_talks_to_a_person_is_not_reminded(story: Story) -> None:
    candidate = begin(story)
    with unit_of_work(story.runtime) as work:
        hold(work, lock_thread(work, candidate), "Maria")
    fall_silent(story)
    assert REMINDER not in story.sender.texts()
