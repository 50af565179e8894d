"""What became of a message is not known: nothing is sent twice, and nothing waits for ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import LookupFailed, MessageStatus
from bot.dialogue import reconciling
from bot.dialogue.sending import send_due
from bot.dialogue.timers import assume_delivered
from bot.intake.applications import Applicant, apply_for
from bot.messaging.settling import ASK_AGAIN, GIVE_UP, settle_unconfirmed_sends
from bot.models import Channel, Conversation
from bot.pipeline.stages import find_target
from bot.sweeps import SWEEPS
from bot.work import reading, unit_of_work
from tests.stories import ANN, Story


def _needs_person(story: Story) -> str | None:
    with reading(story.runtime) as work:
        reason: str | None = work.connection.execute(select(Conversation.needs_person)).scalar_one()
        return reason


def _loses_the_answer(story: Story, altered: str) -> int | None:
    """Let a welcome go out whose answer is lost, and which the provider lists as *altered*; return its enrolment."""
    story.job(channels=["sms"])
    story.sender.loses_answer = 1
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        applied = apply_for(work, target, Applicant(ANN, "Ann"), source="test", external_id=None, sends=True)
    send_due(story.runtime)  # and no callback comes either
    record = story.sender._records[0]
    story.sender._records[0] = replace(record, text=altered.format(record.text))
    story.clock.move(timedelta(seconds=61))
    return applied.enrolment_id


@pytest.mark.parametrize("altered", ["Sent from your Twilio trial account - {}", "Hi Ann,  shall we\u00a0start?\n"])
def test_a_message_that_the_provider_lists_in_another_spelling_is_known_again(story: Story, altered: str) -> None:
    _loses_the_answer(story, altered)
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert [m.status for m in story.messages()] == ["sent"]
    assert len(story.sender.accepted) == 1


def test_what_might_be_the_message_is_not_sent_again_and_a_person_is_told_in_the_end(story: Story) -> None:
    _loses_the_answer(story, "Hi, shall we?")
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert [m.status for m in story.messages()] == ["sending"]
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert len(story.sender.accepted) == 1
    assert [(m.status, m.cause) for m in story.messages()] == [
        ("unconfirmed", "the provider lists a message with a similar text")
    ]
    assert _needs_person(story) == "unconfirmed"


@pytest.mark.parametrize("other", ["Your parcel arrives at 9", "Pay Hi Ann, shall we start? and more at 9, or do not"])
def test_what_another_system_sent_to_the_same_number_is_not_taken_for_ours(story: Story, other: str) -> None:
    _loses_the_answer(story, other)
    settle_unconfirmed_sends(story.runtime)
    assert [m.provider_id for m in story.messages()] == [None]


def test_what_only_another_system_sent_does_not_keep_ours_back(story: Story) -> None:
    _loses_the_answer(story, "Your parcel of Hiann was started")
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert [(m.status, m.provider_id) for m in story.messages()] == [("sent", f"SM{2:032x}")]


def test_an_unclear_answer_is_not_asked_for_again_at_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    _loses_the_answer(story, "Hi, shall we?")
    settle_unconfirmed_sends(story.runtime)
    asked = []
    monkeypatch.setattr(type(story.sender), "sent_to", lambda *given: asked.append(given) or [])
    settle_unconfirmed_sends(story.runtime)
    assert not asked
    story.clock.move(ASK_AGAIN)
    settle_unconfirmed_sends(story.runtime)
    assert len(asked) == 1


def test_an_unconfirmed_welcome_counts_as_delivered_after_a_day_and_keeps_the_turn_no_longer_than_others(
    story: Story,
) -> None:
    enrolment_id = _loses_the_answer(story, "Hi, shall we?")
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    assert assume_delivered(story.runtime) == 0
    story.clock.move(timedelta(hours=24))
    assert assume_delivered(story.runtime) == 1
    assert story.enrolment(enrolment_id).status == "delivered"
    assert story.enrolment(enrolment_id).expires_at is not None


def test_a_message_that_counts_as_delivered_says_so_until_a_receipt_comes(story: Story) -> None:
    story.job()
    story.apply()
    story.clock.move(timedelta(hours=24))
    assume_delivered(story.runtime)
    assert [(m.status, m.cause) for m in story.messages()] == [("delivered", "no receipt")]
    story.last_reports(MessageStatus.SENT)
    assert [m.cause for m in story.messages()] == ["no receipt"]
    story.last_reports(MessageStatus.DELIVERED)
    assert [(m.status, m.cause) for m in story.messages()] == [("delivered", None)]


def test_what_the_provider_says_itself_ends_what_was_thought_before(story: Story) -> None:
    _loses_the_answer(story, "Hi, shall we?")
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    assert [m.cause for m in story.messages()] != [None]
    story.last_reports(MessageStatus.DELIVERED)
    assert [(m.status, m.cause) for m in story.messages()] == [("delivered", None)]


def test_a_message_of_a_provider_that_was_taken_away_is_given_up_in_time(story: Story) -> None:
    _loses_the_answer(story, "{}")
    without = replace(story.runtime, senders={})
    settle_unconfirmed_sends(without)
    assert [m.status for m in story.messages()] == ["sending"]
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(without)
    assert [m.status for m in story.messages()] == ["unconfirmed"]


def test_what_never_gets_a_receipt_is_acted_on_within_seconds() -> None:
    (sweep,) = (sweep for sweep in SWEEPS if sweep.name == "assume_delivered")
    assert sweep.every <= timedelta(seconds=5)


def test_what_was_written_to_us_is_asked_for_again_until_all_of_it_could_be_read(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(*_: Any) -> list[Any]:
        raise LookupFailed("too many")

    before = _looked_at(story)
    with monkeypatch.context() as patched:
        patched.setattr(type(story.sender), "received_by", too_many)
        assert not reconciling.reconcile_inbound(story.runtime)
    assert _looked_at(story) == before
    assert reconciling.reconcile_inbound(story.runtime)
    assert _looked_at(story) != before


def _looked_at(story: Story) -> list[Any]:
    with reading(story.runtime) as work:
        found = select(Channel.id, Channel.looked_at).where(Channel.provider == "twilio").order_by(Channel.id)
        return list(work.connection.execute(found).all())


def test_a_process_without_the_settings_of_a_provider_leaves_its_messages_to_others(story: Story) -> None:
    story.job()
    whole = story.runtime
    story.runtime = replace(whole, senders={})
    story.apply()
    assert [(message.status, message.attempts) for message in story.messages()] == [("queued", 0)]
    story.runtime = whole
    story.send()
    assert [message.status for message in story.messages()] == ["sent"]
