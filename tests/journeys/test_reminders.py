"""Reminders for people who have gone quiet: who gets one, when it may go, and what stops it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChannelKind, MessageStatus, NotSent
from bot.dialogue.sending import claim_next, deliver
from bot.dialogue.takeover import hold
from bot.dialogue.timers import send_reminders
from bot.intake.people_changes import change_candidate
from bot.messaging.claims import Claim
from bot.messaging.outbox import Posting, queue_message, route_of
from bot.messaging.thread import lock_thread
from bot.models import Channel, Conversation, EnrolmentEvent, Message
from bot.rendering import Rendered
from bot.work import reading, unit_of_work
from tests.conftest import MONDAY
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


def pause(story: Story, *, until: datetime) -> None:
    """Let nothing go over any channel until then."""
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).values(paused_until=until))


def test_who_wrote_outside_a_campaign_is_still_reminded_of_the_next_one(story: Story) -> None:
    begin(story)
    story.says("no")
    story.says("I left my keys at your café")
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


@pytest.mark.parametrize("code", ["63010", "30003", "63024"])
def test_a_reminder_that_was_not_delivered_is_not_sent_again_on_any_channel(story: Story, code: str) -> None:
    candidate = begin(story)
    fall_silent(story)
    story.last_reports(MessageStatus.FAILED, code)
    story.clock.move(timedelta(hours=14))
    story.send()
    assert story.sender.texts().count(REMINDER) == 1
    with unit_of_work(story.runtime) as work:
        assert lock_thread(work, candidate).needs_person is None


def test_a_reminder_that_waits_does_not_go_after_the_hours_in_which_one_may_write(story: Story) -> None:
    begin(story)
    story.clock.moment = MONDAY.replace(hour=19, minute=55)
    pause(story, until=MONDAY.replace(hour=20, minute=1))
    send_reminders(story.runtime)
    story.clock.moment = MONDAY.replace(hour=20, minute=2)
    story.send()
    assert REMINDER not in story.sender.texts()


def test_a_reminder_that_waits_still_goes_within_the_hours(story: Story) -> None:
    begin(story)
    story.clock.moment = MONDAY.replace(hour=19, minute=50)
    pause(story, until=MONDAY.replace(hour=19, minute=55))
    send_reminders(story.runtime)
    story.clock.moment = MONDAY.replace(hour=19, minute=56)
    story.send()
    assert story.sender.texts()[-1] == REMINDER


def test_a_reminder_that_has_waited_for_hours_is_of_no_use_any_more(story: Story) -> None:
    begin(story)
    story.clock.moment = MONDAY.replace(hour=14)
    pause(story, until=MONDAY.replace(hour=18))
    send_reminders(story.runtime)
    story.clock.moment = MONDAY.replace(hour=18, minute=1)
    story.send()
    assert REMINDER not in story.sender.texts()


@pytest.mark.parametrize("text", ["yes", "help"])
def test_a_reply_takes_back_a_reminder_that_has_not_gone_yet(story: Story, text: str) -> None:
    begin(story)
    story.clock.move(timedelta(hours=5))
    pause(story, until=story.clock.now() + timedelta(minutes=10))
    send_reminders(story.runtime)
    said = len(story.sender.accepted)
    story.says(text)
    story.clock.move(timedelta(minutes=11))
    story.send()
    assert len(story.sender.accepted) == said + 1
    assert REMINDER not in story.sender.texts()


def test_a_message_that_is_sent_again_keeps_its_time_limit(story: Story) -> None:
    candidate = begin(story)
    limit = story.clock.now() + timedelta(hours=3)
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, candidate)
        posting = Posting(enrolment_id=thread.active_enrolment_id, expires_at=limit)
        queue_message(work, thread, route_of(thread, work.now), Rendered("Until noon only."), posting)
    story.send()
    story.last_reports(MessageStatus.FAILED, "63010")
    with reading(story.runtime) as work:
        again = select(Message.expires_at).where(Message.retry_of_id.is_not(None))
        assert work.connection.execute(again).scalar_one() == limit


def test_a_reminder_that_did_not_get_through_while_the_candidate_replied_is_taken_back(story: Story) -> None:
    begin(story)
    story.clock.move(timedelta(hours=5))
    send_reminders(story.runtime)
    under_way = claim_next(story.runtime)
    assert isinstance(under_way, Claim)
    story.says("yes")
    story.sender.fails = [NotSent("no connection")]
    deliver(story.runtime, under_way)
    story.clock.move(timedelta(seconds=10))
    story.send()
    assert REMINDER not in story.sender.texts()
    assert story.sender.texts()[-1] == "How many years?"


@pytest.mark.parametrize(("channels", "said"), [(["whatsapp", "sms"], [REMINDER]), (["whatsapp"], [])])
def test_beyond_the_window_who_agreed_to_sms_is_reminded_there_without_a_template(
    story: Story, channels: list[str], said: list[str]
) -> None:
    after = [{"after": "PT25H", "text": REMINDER}]
    story.job(campaign={**TWO_QUESTIONS, "reminders": after}, time_zone="UTC", channels=channels)
    story.apply()
    story.says("ok")
    story.clock.move(timedelta(hours=26))
    send_reminders(story.runtime)
    story.send()
    by_sms = [message.text for message in story.sender.accepted if message.kind is ChannelKind.SMS]
    assert by_sms == said
    assert story.sender.texts().count(REMINDER) == len(said)
    if said:
        story.says("yes", kind=ChannelKind.SMS)
        assert story.sender.texts()[-1] == "How many years?"


def test_nobody_is_reminded_over_a_channel_for_which_the_consent_was_taken_back(story: Story) -> None:
    candidate_id = begin(story)
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, candidate_id)
        told = [(ChannelKind.SMS, None, None)]
        change_candidate(work, thread, {}, consents=told, source="api", opts_out=False)
    fall_silent(story)
    assert REMINDER not in story.sender.texts()
    with reading(story.runtime) as work:
        last = select(EnrolmentEvent.cause).order_by(EnrolmentEvent.id.desc()).limit(1)
        assert work.connection.execute(last).scalar_one() == "reminder left out: there is no consent for whatsapp"
