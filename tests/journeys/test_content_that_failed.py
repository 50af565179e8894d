"""What a campaign tells is owed though the conversation goes on; what it asked is not."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue import failures
from bot.dialogue.timers import expire_enrolments
from bot.models import Message
from bot.work import reading
from tests.stories import TWO_QUESTIONS, Story

PASSES = "63010"
SMS = ChannelKind.SMS


def with_news(*texts: str) -> dict[str, Any]:
    """Return the campaign with so many blocks of content before its first question."""
    campaign = deepcopy(TWO_QUESTIONS)
    campaign["modules"][0]["blocks"] = [{"text": text} for text in texts]
    return campaign


def between_questions() -> dict[str, Any]:
    """Return the campaign with its content between the two questions."""
    campaign = deepcopy(TWO_QUESTIONS)
    hello, basics = campaign["modules"]
    licence, years = basics["questions"]
    campaign["modules"] = [
        {"key": "first", "type": "questions", "questions": [licence]},
        hello,
        {"key": "second", "type": "questions", "questions": [years]},
    ]
    return campaign


def fails(story: Story, text: str, code: str = PASSES) -> None:
    """Let the latest message with that text be reported as failed."""
    said = [message for message in story.sender.accepted if message.text == text]
    story.reports(said[-1].public_id, MessageStatus.FAILED, code)


def later(story: Story, said: int) -> list[str]:
    """Let the time of a retry come; return what then goes out."""
    story.clock.move(timedelta(minutes=20))
    story.send()
    return story.sender.texts()[said:]


def test_content_that_waits_for_its_retry_comes_though_the_candidate_goes_on(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    fails(story, "Two questions.")
    story.says("yes")
    story.says("4")
    assert later(story, len(story.sender.accepted)) == ["Two questions."]


def test_content_whose_failure_is_heard_of_when_the_candidate_has_gone_on_comes_all_the_same(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.says("yes")
    fails(story, "Two questions.")
    assert later(story, len(story.sender.accepted)) == ["Two questions."]


def test_parts_that_failed_come_again_in_their_order_however_chance_has_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    chances = iter([failures.JITTER, -failures.JITTER, 0])
    monkeypatch.setattr(failures.random, "uniform", lambda *_: next(chances))
    story.job(campaign=with_news("First.", "Second.", "Third."))
    story.apply()
    story.says("ok")
    for text in ("First.", "Second.", "Third."):
        fails(story, text)
    story.says("yes")
    said = len(story.sender.accepted)
    for _ in range(20):
        story.clock.move(timedelta(minutes=1))
        story.send()
    assert story.sender.texts()[said:] == ["First.", "Second.", "Third."]


def test_content_that_goes_over_sms_instead_is_not_taken_back_when_the_candidate_goes_on(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    fails(story, "Two questions.", "63024")
    story.says("yes", kind=SMS)
    by_sms = [message.text for message in story.sender.accepted if message.kind is SMS]
    assert sorted(by_sms) == ["How many years?", "Two questions."]


def test_content_that_was_said_again_after_going_back_does_not_come_a_third_time(story: Story) -> None:
    story.job(campaign=between_questions())
    story.apply()
    story.says("ok")
    story.says("yes")
    fails(story, "Two questions.")
    story.says("back")
    story.says("yes")
    assert story.sender.texts().count("Two questions.") == 2
    assert later(story, len(story.sender.accepted)) == []
    assert causes(story) == ["it was said again"]


def test_a_failure_heard_of_after_the_content_was_said_again_sends_nothing(story: Story) -> None:
    story.job(campaign=between_questions())
    story.apply()
    story.says("ok")
    story.says("yes")
    first = next(message for message in story.sender.accepted if message.text == "Two questions.")
    story.says("back")
    story.says("yes")
    story.reports(first.public_id, MessageStatus.FAILED, PASSES)
    assert later(story, len(story.sender.accepted)) == []


def test_content_of_a_campaign_that_has_ended_is_taken_back_and_says_why(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.says("yes")
    story.clock.move(timedelta(days=8) - timedelta(minutes=5))
    fails(story, "Two questions.")
    expire_enrolments(story.runtime)
    assert later(story, len(story.sender.accepted)) == []
    assert causes(story) == ["expired"]


def test_a_question_that_waits_for_its_retry_is_taken_back_and_says_why(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.last_reports(MessageStatus.FAILED, PASSES)
    story.says("yes")
    assert later(story, len(story.sender.accepted)) == []
    assert causes(story) == ["the conversation has gone on"]


def causes(story: Story) -> list[str | None]:
    """Return why messages of ours were taken back."""
    with reading(story.runtime) as work:
        cancelled = select(Message.cause).where(Message.status == "cancelled").order_by(Message.id)
        return list(work.connection.execute(cancelled).scalars())
