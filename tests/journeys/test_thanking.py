"""Somebody says thanks when all is said: nobody need read it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, Media, MediaKind, MessageStatus
from bot.dialogue.timers import expire_enrolments
from bot.models import Conversation
from bot.work import reading
from tests.stories import ONLY_NEWS, Story


def wanted(story: Story) -> str | None:
    """Return why a person should look at the conversation."""
    with reading(story.runtime) as work:
        return work.connection.execute(select(Conversation.needs_person)).scalar_one()


def concluded(story: Story) -> None:
    """Let Ann answer until the conclusion has arrived."""
    story.job()
    story.apply()
    for text in ("ok", "no"):
        story.last_reports(MessageStatus.DELIVERED)
        story.says(text)
    story.last_reports(MessageStatus.DELIVERED)


@pytest.mark.parametrize("text", ["thanks!", "Ok, thank you very much", "🙏"])
def test_thanks_after_the_conclusion_call_nobody(story: Story, text: str) -> None:
    concluded(story)
    said = len(story.sender.texts())
    story.says(text)
    assert wanted(story) is None
    assert len(story.sender.texts()) == said


def test_thanks_for_news_whose_receipt_is_still_to_come_call_nobody(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    applied = story.apply()
    assert story.enrolment(applied.enrolment_id).status == "sending"
    story.says("thank you", kind=ChannelKind.SMS)
    assert wanted(story) is None
    story.says("when may I come", kind=ChannelKind.SMS)
    assert wanted(story) == "wrote"


def test_what_is_more_than_thanks_calls_a_person(story: Story) -> None:
    concluded(story)
    story.says("thanks!")
    story.says("thanks, but I have moved")
    assert wanted(story) == "wrote"
    assert story.sender.texts()[-1] == "Thank you, we have your message. A colleague will read it."


def test_a_picture_with_thanks_is_for_a_person(story: Story) -> None:
    concluded(story)
    story.says("thanks!", media=(Media("https://example.test/1", MediaKind.IMAGE, "image/png"),))
    assert wanted(story) == "wrote"


def test_thanks_after_the_time_has_passed_are_still_told_so(story: Story) -> None:
    story.job()
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    story.says("thanks!")
    assert wanted(story) == "wrote"
