"""What the bot says again when a person hands the conversation back, and what had waited meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus, OutgoingMessage, Rejected, Sent
from bot.dialogue.reconciling import refresh_templates
from bot.messaging.thread import lock_thread
from bot.models import EnrolmentEvent
from bot.work import reading, unit_of_work
from tests.fakes import FakeSender
from tests.journeys.holding import begun, hand_back, hold, welcomed, write
from tests.stories import HELLO, Story


def test_a_message_of_another_job_that_waited_keeps_no_answer_from_the_campaign(story: Story) -> None:
    story.job("Driver")
    driver = story.apply("Driver/new")
    ann = begun(story)
    hold(story, ann)
    story.says("yes")
    story.move(driver.application_id, "Driver/rejected")
    assert hand_back(story, ann) == ["Not this time.", "How many years?"]


def refused_once(story: Story, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let our sender be refused when it is about to send *text*, the first time."""
    known, refusals = story.sender.send, [Rejected("refused", code="63020")]

    def send(_: FakeSender, message: OutgoingMessage) -> Sent:
        if message.text == text and refusals:
            raise refusals.pop()
        return known(message)

    monkeypatch.setattr(FakeSender, "send", send)


def later(story: Story, said: int) -> list[str]:
    """Let the time of every retry come; return what was said from then on."""
    for _ in range(20):
        story.clock.move(timedelta(minutes=1))
        story.send()
    return story.sender.texts()[said:]


@pytest.mark.parametrize("writes", [None, "hello?"])
def test_a_question_that_went_back_into_the_queue_is_asked_once_after_it_is_handed_back(
    story: Story, monkeypatch: pytest.MonkeyPatch, writes: str | None
) -> None:
    refused_once(story, monkeypatch, "Do you drive?")
    ann = begun(story)
    said = len(story.sender.accepted)
    assert "Do you drive?" not in story.sender.texts()
    hold(story, ann)
    if writes:
        story.says(writes)
    hand_back(story, ann)
    assert later(story, said) == ["Do you drive?"]


def test_a_question_that_is_to_be_tried_again_is_asked_once_after_it_is_handed_back(story: Story) -> None:
    ann = begun(story)
    story.last_reports(MessageStatus.FAILED, "63010")
    said = len(story.sender.accepted)
    hold(story, ann)
    hand_back(story, ann)
    assert later(story, said) == ["Do you drive?"]


def test_content_that_went_back_into_the_queue_is_told_once_before_the_question(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused_once(story, monkeypatch, "Two questions.")
    ann = begun(story)
    said = len(story.sender.accepted)
    hold(story, ann)
    hand_back(story, ann)
    assert later(story, said) == ["Two questions.", "Do you drive?"]


def test_a_welcome_that_is_to_be_tried_again_is_said_once_and_at_once_to_who_talked_to_a_person(story: Story) -> None:
    story.job()
    ann = story.apply().candidate_id
    story.last_reports(MessageStatus.FAILED, "63010")
    hold(story, ann)
    story.says("hello")
    write(story, ann, "Is this your number?")
    story.says("Yes it is")
    said = len(story.sender.accepted)
    assert hand_back(story, ann) == ["Hi Ann, shall we start?"]
    assert later(story, said) == ["Hi Ann, shall we start?"]
    story.says("ok")
    assert story.sender.texts()[-1] == "Do you drive?"


def test_a_welcome_that_is_to_be_tried_again_waits_for_its_time_for_who_is_silent(story: Story) -> None:
    story.job()
    ann = story.apply().candidate_id
    story.last_reports(MessageStatus.FAILED, "63010")
    hold(story, ann)
    assert hand_back(story, ann) == []
    assert later(story, 1) == ["Hi Ann, shall we start?"]


def test_a_welcome_that_is_said_again_goes_as_a_template_once_the_window_is_closed(story: Story) -> None:
    ann = welcomed(story)
    story.says("who are you?")
    write(story, ann, "Maria, of the bakery")
    story.clock.move(timedelta(hours=30))
    assert hand_back(story, ann) == ["Hi Ann, shall we start?"]
    again = story.sender.accepted[-1]
    assert again.template is not None
    assert again.template.variables == {"1": "Ann"}


def talked_to_without_a_template(story: Story, channels: list[str]) -> int:
    """Let a person talk to Ann before she begins, and then let the window close and the template be paused."""
    ann = welcomed(story, channels=channels)
    story.says("who are you?")
    write(story, ann, "Maria, of the bakery")
    story.clock.move(timedelta(hours=30))
    story.sender.listed = [replace(HELLO, status="paused")]
    refresh_templates(story.runtime)
    return ann


def test_a_welcome_whose_template_is_not_approved_any_more_is_said_again_by_sms(story: Story) -> None:
    ann = talked_to_without_a_template(story, ["whatsapp", "sms"])
    assert hand_back(story, ann) == ["Hi Ann, shall we start?"]
    assert story.sender.accepted[-1].kind is ChannelKind.SMS


def test_where_no_sms_may_go_either_it_is_not_said_again_and_a_person_is_called(story: Story) -> None:
    ann = talked_to_without_a_template(story, ["whatsapp"])
    assert hand_back(story, ann) == []
    with unit_of_work(story.runtime) as work:
        assert lock_thread(work, ann).needs_person == "not_delivered"
    with reading(story.runtime) as work:
        last = select(EnrolmentEvent.cause).order_by(EnrolmentEvent.id.desc()).limit(1)
        assert work.connection.execute(last).scalar_one().startswith("welcome not said again")
