"""While a person holds a conversation the bot is silent, and loses nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus, OutgoingMessage, Receipt, Rejected
from bot.dialogue import takeover
from bot.dialogue.inbox import receive
from bot.dialogue.reconciling import refresh_templates
from bot.messaging.thread import lock_thread
from bot.models import Application, EnrolmentEvent
from bot.work import reading, unit_of_work
from tests.fakes import FakeSender
from tests.stories import ANN, HELLO, OURS, Story


def begun(story: Story) -> int:
    """Bring Ann to the first question; return her id."""
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    return applied.candidate_id


def hold(story: Story, candidate_id: int) -> None:
    with unit_of_work(story.runtime) as work:
        takeover.hold(work, lock_thread(work, candidate_id), "Maria")


def write(story: Story, candidate_id: int, text: str) -> None:
    with unit_of_work(story.runtime) as work:
        takeover.write(work, lock_thread(work, candidate_id), text)
    story.send()


def hand_back(story: Story, candidate_id: int) -> list[str]:
    """Hand back; return what the bot then says."""
    said = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:
        takeover.hand_back(work, lock_thread(work, candidate_id))
    story.send()
    return story.sender.texts()[said:]


def state(story: Story) -> str:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Application.state)).scalar_one()


@pytest.mark.parametrize("text", ["withdraw", "help", "status", "a person please", "back", "skip", "hello"])
def test_a_held_conversation_obeys_no_command_but_stop_and_start(story: Story, text: str) -> None:
    ann = begun(story)
    hold(story, ann)
    said = len(story.sender.accepted)
    story.says(text)
    assert len(story.sender.accepted) == said


def test_stop_is_obeyed_though_a_person_holds_the_conversation(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says("STOP")
    with reading(story.runtime) as work:
        assert lock_thread(work, ann).opted_out_at is not None
    story.says("START")
    with reading(story.runtime) as work:
        assert lock_thread(work, ann).opted_out_at is None


def test_a_yes_to_a_person_who_holds_withdraws_nothing(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says("I want to withdraw")
    write(story, ann, "Would you stay if the shift were mornings?")
    story.says("Yes")
    assert state(story) == "active"


def test_a_yes_to_a_person_answers_no_question_of_ours_from_before(story: Story) -> None:
    ann = begun(story)
    story.says("withdraw")
    hold(story, ann)
    hand_back(story, ann)
    story.says("withdraw")
    write(story, ann, "Would you stay if the shift were mornings?")
    story.says("Yes")
    assert state(story) == "active"


def welcomed(story: Story) -> int:
    """Bring Ann to the welcome, and let a person hold the conversation; return her id."""
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    hold(story, applied.candidate_id)
    return applied.candidate_id


@pytest.mark.parametrize("text", ["Yes, let us begin", "Let's start"])
def test_a_reply_to_the_welcome_begins_when_the_conversation_is_handed_back(story: Story, text: str) -> None:
    ann = welcomed(story)
    story.says(text)
    assert hand_back(story, ann) == ["Two questions.", "Do you drive?"]
    hold(story, ann)
    assert hand_back(story, ann) == ["Do you drive?"]


def test_a_silent_candidate_is_told_nothing_when_the_welcome_is_handed_back(story: Story) -> None:
    ann = welcomed(story)
    assert hand_back(story, ann) == []


def test_what_was_said_to_a_person_is_no_reply_to_the_welcome_which_is_said_again(story: Story) -> None:
    ann = welcomed(story)
    story.says("hello")
    write(story, ann, "Is this your number?")
    story.says("Yes it is")
    assert hand_back(story, ann) == ["Hi Ann, shall we start?"]
    story.says("ok")
    assert story.sender.texts()[-1] == "Do you drive?"


def test_a_plain_answer_given_meanwhile_counts_when_the_conversation_is_handed_back(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says("yes")
    assert hand_back(story, ann) == ["How many years?"]


@pytest.mark.parametrize("text", ["what do you pay?", "help", "a person please"])
def test_what_is_no_answer_lets_the_question_be_asked_again(story: Story, text: str) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says(text)
    assert hand_back(story, ann) == ["Do you drive?"]


def test_an_answer_to_a_person_is_none_to_the_question_that_is_open(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    write(story, ann, "Would mornings suit you?")
    story.says("yes")
    assert hand_back(story, ann) == ["Do you drive?"]


def test_what_is_to_be_tried_again_later_does_not_keep_the_question_from_being_asked(story: Story) -> None:
    ann = begun(story)
    story.last_reports(MessageStatus.FAILED, "63010")
    hold(story, ann)
    assert hand_back(story, ann) == ["Do you drive?"]


def test_who_asked_for_a_person_and_then_said_yes_to_the_welcome_begins_after_it_is_handed_back(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("a person please")
    story.says("ok let us begin")
    assert hand_back(story, applied.candidate_id) == ["Two questions.", "Do you drive?"]


def test_what_was_said_while_they_waited_for_a_person_is_no_answer(story: Story) -> None:
    ann = begun(story)
    story.says("i want to talk to a person")
    story.says("no")
    write(story, ann, "What is it?")
    hold(story, ann)
    assert hand_back(story, ann) == ["Do you drive?"]


def test_a_word_after_the_notice_that_a_person_will_come_is_no_answer(story: Story) -> None:
    ann = begun(story)
    story.says("i want to talk to a person")
    story.says("no")
    assert hand_back(story, ann) == ["Do you drive?"]


def test_what_was_written_before_a_question_was_seen_is_never_its_answer(story: Story) -> None:
    story.job()
    ann = story.apply().candidate_id
    story.last_reports(MessageStatus.DELIVERED)
    ok = InboundMessage("SM-ok", ChannelKind.WHATSAPP, ANN, OURS[ChannelKind.WHATSAPP], "ok")
    receive(story.runtime, "twilio", ok)
    hold(story, ann)
    story.says("yes")
    assert hand_back(story, ann) == ["Two questions.", "Do you drive?"]
    hold(story, ann)
    assert hand_back(story, ann) == ["Do you drive?"]


def test_an_answer_to_which_a_person_replied_is_asked_for_again(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says("yes")
    write(story, ann, "To what do you say yes?")
    assert hand_back(story, ann) == ["Do you drive?"]


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

    def send(_: FakeSender, message: OutgoingMessage) -> Receipt:
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


def test_a_welcome_whose_template_is_not_approved_any_more_is_not_said_again(story: Story) -> None:
    ann = welcomed(story)
    story.says("who are you?")
    write(story, ann, "Maria, of the bakery")
    story.clock.move(timedelta(hours=30))
    story.sender.listed = [replace(HELLO, status="paused")]
    refresh_templates(story.runtime)
    assert hand_back(story, ann) == []
    with reading(story.runtime) as work:
        last = select(EnrolmentEvent.cause).order_by(EnrolmentEvent.id.desc()).limit(1)
        assert work.connection.execute(last).scalar_one().startswith("welcome not said again")
