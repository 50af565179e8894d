"""The parts of what we say reach the phone in the order in which they were said, whatever goes wrong meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus, NotSent
from bot.dialogue.inbox import receive
from bot.dialogue.sending import send_due
from bot.intake.applications import Applicant, apply_for
from bot.pipeline.stages import find_target
from bot.work import unit_of_work
from tests.stories import ANN, ONLY_NEWS, OURS, Story

NEWS = ["Hello", "First.", "Second.", "That was all."]


def _apply(story: Story) -> int | None:
    """Let Ann apply, without sending what is due; return her enrolment."""
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        applied = apply_for(work, target, Applicant(ANN, "Ann"), source="test", external_id=None, sends=True)
    return applied.enrolment_id


def _send_for(story: Story, minutes: int) -> None:
    for _ in range(minutes):
        story.clock.move(timedelta(minutes=1))
        story.send()


def test_a_part_that_did_not_get_through_is_not_overtaken_by_the_next(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    _apply(story)
    send_due(story.runtime)
    story.clock.move(timedelta(seconds=11))
    story.sender.fails = [NotSent("connection reset")]
    for _ in range(8):  # in steps that are shorter than the pause after a failure
        send_due(story.runtime)
        story.clock.move(timedelta(seconds=1))
    _send_for(story, 1)
    assert story.sender.texts() == NEWS


def test_what_follows_a_welcome_that_is_tried_again_waits_for_it(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    enrolment_id = _apply(story)
    send_due(story.runtime)
    story.reports(story.sender.accepted[0].public_id, MessageStatus.FAILED, "30008")
    _send_for(story, 10)
    assert story.sender.texts() == NEWS[:1]
    _send_for(story, 40)
    assert story.sender.texts() == [NEWS[0], *NEWS]
    for message in story.sender.accepted[1:]:
        story.reports(message.public_id, MessageStatus.DELIVERED)
    assert story.enrolment(enrolment_id).status == "completed"


def test_a_part_that_is_tried_twice_again_keeps_its_place(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    _apply(story)
    send_due(story.runtime)
    for _ in range(2):
        story.reports(story.sender.accepted[-1].public_id, MessageStatus.FAILED, "30008")
        for _ in range(5 * 60):
            story.clock.move(timedelta(minutes=1))
            if send_due(story.runtime):
                break
    _send_for(story, 1)
    assert story.sender.texts() == [NEWS[0], NEWS[0], *NEWS]


def test_what_the_conversation_has_come_to_since_does_not_wait_for_a_question_that_is_tried_again(story: Story) -> None:
    story.job()
    _apply(story)
    story.send()
    story.says("ok")
    story.last_reports(MessageStatus.FAILED, "63010")
    story.says("HELP")
    assert story.sender.texts()[-1] != "Do you drive?"
    story.says("yes")
    assert story.sender.texts()[-1] == "How many years?"


@pytest.mark.parametrize("order", [(3, 2, 1), (2, 3, 1), (1, 3, 2)])
def test_parts_that_go_another_way_keep_their_order_whatever_the_order_of_the_news(
    story: Story, order: tuple[int, ...]
) -> None:
    story.job("Driver")
    story.job(campaign=ONLY_NEWS)
    story.apply("Driver/new")
    story.says("hello")  # the window is open
    before = len(story.sender.accepted)
    story.apply()
    said = story.sender.accepted[before:]
    assert [message.text for message in said] == NEWS
    story.reports(said[0].public_id, MessageStatus.DELIVERED)
    for place in order:
        story.reports(said[place].public_id, MessageStatus.FAILED, "63032")
        send_due(story.runtime)
    _send_for(story, 1)
    assert [message.text for message in story.sender.accepted if message.kind is ChannelKind.SMS] == NEWS[1:]


def _seconds_until_all_went(story: Story, expected: list[str]) -> list[int]:
    """Send what is due each second, without any callback; return after how many seconds each of *expected* went."""
    before, went = len(story.sender.accepted), []
    for second in range(60):
        send_due(story.runtime)
        went += [second] * (len(story.sender.accepted) - before - len(went))
        story.clock.move(timedelta(seconds=1))
    said = zip(story.sender.texts()[before:], expected, strict=False)
    assert all(text.startswith(first_words) for text, first_words in said)
    return went[: len(expected)]


def test_an_answer_does_not_wait_for_word_of_what_was_replied_to_but_keeps_its_own_order(story: Story) -> None:
    story.job(channels=["sms"])
    _apply(story)
    send_due(story.runtime)
    story.clock.move(timedelta(seconds=2))
    _hears(story, "ok")
    first, second = _seconds_until_all_went(story, ["Two questions.", "Do you drive?"])
    assert first == 0
    assert second >= 10


def test_what_was_written_before_a_message_went_is_no_word_of_it(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    _apply(story)
    _hears(story, "hello?")
    first, second, *_ = _seconds_until_all_went(story, NEWS)
    assert second - first >= 10


def test_a_reply_that_was_missed_and_found_later_is_no_word_of_what_went_meanwhile(story: Story) -> None:
    story.job(channels=["sms"])
    written_at = story.clock.now()
    _apply(story)
    send_due(story.runtime)
    story.clock.move(timedelta(seconds=2))
    _hears(story, "ok", sent_at=written_at)
    first, _ = _seconds_until_all_went(story, ["Two questions.", "Do you drive?"])
    assert first >= 7


def _hears(story: Story, text: str, **more: Any) -> None:
    """Let Ann write by SMS, without sending what is due."""
    inbound = InboundMessage(f"SMin{text:x>28}", ChannelKind.SMS, ANN, OURS[ChannelKind.SMS], text, **more)
    receive(story.runtime, "twilio", inbound)
