"""What is refused here, unsent, because WhatsApp's window has closed: it costs nothing, and holds up nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot.channels.base import MessageStatus, OutcomeUnknown
from bot.dialogue import takeover
from bot.dialogue.sending import claim_next, deliver, send_due
from bot.messaging.claims import Claim
from bot.messaging.settling import settle_unconfirmed_sends
from bot.messaging.thread import lock_thread
from bot.models import Channel, Message, SendCount
from bot.work import reading, unit_of_work
from tests.journeys.holding import begun, hold
from tests.stories import ONLY_NEWS, Story

LATER = timedelta(hours=25)
NO_TEMPLATE = "callboard_no_template"


def pause(story: Story, how_long: timedelta, *, failures: int = 0) -> None:
    with unit_of_work(story.runtime) as work:
        changed = {"paused_until": work.now + how_long, "failures": failures}
        work.connection.execute(update(Channel).values(**changed))


def counted_today(story: Story) -> int:
    with reading(story.runtime) as work:
        of_today = select(SendCount.messages).where(SendCount.day == work.now.date())
        return work.connection.execute(of_today).scalar_one()


def test_after_an_outage_what_came_too_late_makes_nobody_wait_for_the_next_look_at_the_provider(story: Story) -> None:
    story.job(channels=["whatsapp"])
    phones = [f"+1202555{number:04d}" for number in range(100, 106)]
    for phone in phones:
        story.apply(phone=phone)
        story.last_reports(MessageStatus.DELIVERED)
    pause(story, LATER, failures=10)
    for phone in phones:
        story.says("ok", phone=phone)
    story.clock.move(LATER)
    sent = len(story.sender.accepted)
    story.says("ok", phone="+12025559999")  # somebody whose window is open
    for _ in range(20):
        send_due(story.runtime)
        story.clock.move(timedelta(seconds=1))
    assert len(story.sender.accepted) > sent


def test_late_word_of_a_closed_window_closes_none_that_they_have_opened_since(story: Story) -> None:
    begun(story, channels=["whatsapp"])
    asked = story.sender.accepted[-1].public_id
    story.clock.move(LATER)
    pause(story, timedelta(seconds=30))
    story.says("yes")
    story.reports(asked, MessageStatus.FAILED, "63016")
    story.clock.move(timedelta(seconds=31))
    story.send()
    assert story.sender.texts()[-1] == "How many years?"


def test_what_goes_with_a_welcome_of_unknown_fate_is_given_up_after_a_day_or_so(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["whatsapp"])
    story.says("hello")
    story.clock.move(timedelta(hours=23, minutes=45))
    story.sender.fails = [OutcomeUnknown("lost")]
    story.sender.cannot_be_asked = True
    story.apply()
    story.clock.move(timedelta(minutes=31))
    settle_unconfirmed_sends(story.runtime)
    for _ in range(20):
        story.send()
        story.clock.move(timedelta(hours=2))
    tried = [message for message in story.messages() if message.error_code == NO_TEMPLATE]
    assert 2 < len(tried) < 40
    assert not [message for message in story.messages() if message.status == MessageStatus.QUEUED]


@pytest.fixture
def claimed(story: Story) -> Claim:
    """A claim that is refused unsent, on a day on which five messages have gone."""
    ann = begun(story, channels=["whatsapp"])
    hold(story, ann)
    story.says("yes")
    story.clock.move(LATER)
    with unit_of_work(story.runtime) as work:
        takeover.hand_back(work, lock_thread(work, ann))
        work.connection.execute(insert(SendCount).values(day=work.now.date(), messages=5))
    found = claim_next(story.runtime)
    assert isinstance(found, Claim)
    assert found.refusal == NO_TEMPLATE
    assert counted_today(story) == 6
    return found


def test_what_is_refused_unsent_is_counted_back(story: Story, claimed: Claim) -> None:
    deliver(story.runtime, claimed)
    assert counted_today(story) == 5


def test_what_was_given_back_before_it_was_refused_is_counted_back_once_and_waits(story: Story, claimed: Claim) -> None:
    story.clock.move(timedelta(seconds=65))
    settle_unconfirmed_sends(story.runtime)
    deliver(story.runtime, claimed)
    assert counted_today(story) == 5
    with reading(story.runtime) as work:
        status = work.connection.execute(select(Message.status).where(Message.id == claimed.message_id)).scalar_one()
    assert status == MessageStatus.QUEUED
