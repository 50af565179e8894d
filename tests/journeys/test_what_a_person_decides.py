"""A message whose fate nobody can tell: a person says whether it was sent."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus, OutcomeUnknown, StatusUpdate
from bot.dialogue.deciding import decide
from bot.dialogue.statuses import record_status
from bot.errors import Conflict
from bot.messaging.settling import GIVE_UP, GRACE, settle_unconfirmed_sends
from bot.models import Conversation, Message, SendCount
from bot.work import reading, unit_of_work
from tests.stories import ANN, Story

SMS = ChannelKind.SMS


def messages(story: Story) -> list[Any]:
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Message).where(~Message.inbound).order_by(Message.id)).all())


def needs_person(story: Story) -> str | None:
    with reading(story.runtime) as work:
        reason: str | None = work.connection.execute(select(Conversation.needs_person)).scalar_one()
        return reason


def counted(story: Story) -> int:
    """Return how many messages count towards today's spending cap."""
    with reading(story.runtime) as work:
        count: int = work.connection.execute(select(SendCount.messages)).scalar_one()
        return count


def decided(story: Story, message_id: int, *, was_sent: bool) -> None:
    with unit_of_work(story.runtime) as work:
        decide(work, message_id, was_sent=was_sent)
    story.send()


def nobody_can_tell(story: Story) -> None:
    """Let what goes out next be lost on its way, and nobody be asked about it."""
    story.sender.fails = [OutcomeUnknown("no answer")]
    story.sender.cannot_be_asked = True


def given_up(story: Story) -> Any:
    """Let the time pass after which a person must decide; return the message that waits for them."""
    story.clock.move(GRACE + GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    story.send()
    (unconfirmed,) = [message for message in messages(story) if message.status == "unconfirmed"]
    assert needs_person(story) == "unconfirmed"
    return unconfirmed


def unconfirmed_welcome(story: Story) -> tuple[Any, Any]:
    """Return the application and its welcome, of which nobody can tell whether it went."""
    story.job(channels=["sms"])
    nobody_can_tell(story)
    applied = story.apply()
    return applied, given_up(story)


def unconfirmed_question(story: Story) -> Any:
    """Return the first question, of which nobody can tell whether it went."""
    story.job(channels=["sms"])
    story.apply()
    story.sender.cannot_be_asked = True
    story.sender.fails = []
    known = story.sender.send

    def lose_the_question(message: Any) -> Any:
        if message.text.startswith("Do you drive?") and not story.sender.fails:
            story.sender.fails = [OutcomeUnknown("no answer")]
        return known(message)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(story.sender), "send", lambda _, message: lose_the_question(message))
        story.says("ok", kind=SMS)
    return given_up(story)


def test_what_a_person_saw_arrive_is_recorded_as_sent_when_it_went_and_nobody_is_called_any_more(story: Story) -> None:
    applied, welcome = unconfirmed_welcome(story)
    decided(story, welcome.id, was_sent=True)
    (row,) = messages(story)
    assert (row.status, row.sent_at) == ("sent", welcome.claimed_at)
    assert story.sender.accepted == []
    assert needs_person(story) is None
    story.says("ok", kind=SMS)
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_what_a_person_says_never_went_goes_out_once_and_counts_once(story: Story) -> None:
    applied, welcome = unconfirmed_welcome(story)
    decided(story, welcome.id, was_sent=False)
    assert story.sender.texts() == ["Hi Ann, shall we start?"]
    assert [m.status for m in messages(story)] == ["sent"]
    assert needs_person(story) is None
    assert counted(story) == 1
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "delivered"


def test_it_goes_out_in_its_place_before_what_was_said_after_it(story: Story) -> None:
    applied, welcome = unconfirmed_welcome(story)
    story.sender.fails = []
    with unit_of_work(story.runtime) as work:
        decide(work, welcome.id, was_sent=False)
        queued = work.connection.execute(select(Message.id, Message.status).where(~Message.inbound)).one()
    assert queued == (welcome.id, "queued")
    assert story.enrolment(applied.enrolment_id).status == "sending"


@pytest.mark.parametrize("was_sent", [True, False])
def test_only_what_is_unconfirmed_can_be_decided_about(story: Story, *, was_sent: bool) -> None:
    story.job()
    story.apply()
    with pytest.raises(Conflict, match="this is sent"):
        decided(story, messages(story)[0].id, was_sent=was_sent)


def test_a_second_decision_is_refused(story: Story) -> None:
    _, welcome = unconfirmed_welcome(story)
    decided(story, welcome.id, was_sent=False)
    with pytest.raises(Conflict):
        decided(story, welcome.id, was_sent=False)
    assert len(story.sender.accepted) == 1


def test_what_nobody_wants_any_more_is_not_sent_again(story: Story) -> None:
    applied, welcome = unconfirmed_welcome(story)
    story.move(applied.application_id, "Barista/new")
    decided(story, welcome.id, was_sent=False)
    assert [(m.status, m.cause) for m in messages(story)] == [("cancelled", "cancelled")]
    assert story.sender.accepted == []


def test_who_said_stop_gets_nothing_though_a_person_says_it_never_went(story: Story) -> None:
    _, welcome = unconfirmed_welcome(story)
    story.says("STOP", kind=SMS)
    decided(story, welcome.id, was_sent=False)
    assert messages(story)[0].status == "cancelled"
    assert story.sender.accepted == []


def test_a_welcome_that_was_answered_all_the_same_is_not_sent_again(story: Story) -> None:
    _, welcome = unconfirmed_welcome(story)
    story.says("ok", kind=SMS)
    said = len(story.sender.accepted)
    decided(story, welcome.id, was_sent=False)
    assert messages(story)[0].cause == "the conversation has gone on"
    assert len(story.sender.accepted) == said


def test_a_question_that_never_went_is_asked_when_a_person_says_so(story: Story) -> None:
    question = unconfirmed_question(story)
    decided(story, question.id, was_sent=False)
    assert story.sender.texts()[-1].startswith("Do you drive?")


def test_a_question_that_was_asked_again_meanwhile_is_not_sent_once_more(story: Story) -> None:
    question = unconfirmed_question(story)
    story.says("hello?", kind=SMS)
    said = len(story.sender.accepted)
    decided(story, question.id, was_sent=False)
    assert len(story.sender.accepted) == said


def test_a_callback_that_comes_late_settles_it_and_calls_nobody_any_more(story: Story) -> None:
    applied, welcome = unconfirmed_welcome(story)
    news = StatusUpdate("SM" + "9" * 32, "delivered", MessageStatus.DELIVERED, "", welcome.public_id)
    assert record_status(story.runtime, news)
    assert [(m.status, m.provider_id) for m in messages(story)] == [("delivered", "SM" + "9" * 32)]
    assert story.enrolment(applied.enrolment_id).status == "delivered"
    assert needs_person(story) is None


def test_a_callback_that_comes_after_a_person_had_it_queued_again_takes_it_back_out(story: Story) -> None:
    _, welcome = unconfirmed_welcome(story)
    with unit_of_work(story.runtime) as work:
        decide(work, welcome.id, was_sent=False)
    record_status(story.runtime, StatusUpdate("SM" + "9" * 32, "sent", MessageStatus.SENT, "", welcome.public_id))
    story.send()
    assert story.sender.accepted == []


def test_a_person_is_still_called_while_another_message_is_unconfirmed(story: Story) -> None:
    story.job(channels=["sms"])
    story.job("Driver", channels=["sms"])
    applied = story.apply("Barista/new")
    story.apply("Driver/new", phone=ANN)
    nobody_can_tell(story)
    story.move(applied.application_id, "Barista/rejected")
    story.clock.move(GRACE + GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    story.sender.fails = [OutcomeUnknown("no answer")]
    story.move(applied.application_id, "Barista/rejected")
    story.clock.move(GRACE + GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    first, second = [message for message in messages(story) if message.status == "unconfirmed"]
    decided(story, first.id, was_sent=True)
    assert needs_person(story) == "unconfirmed"
    decided(story, second.id, was_sent=True)
    assert needs_person(story) is None
