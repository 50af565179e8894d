"""While a person holds a conversation the bot is silent, and loses nothing."""

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus
from bot.dialogue.inbox import receive
from bot.messaging.thread import lock_thread
from bot.models import Application
from bot.work import reading
from tests.journeys.holding import begun, hand_back, hold, welcomed, write
from tests.stories import ANN, OURS, Story


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
