"""What the bot was to say in WhatsApp's window waits, and the window closes: it is not sent there in vain."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.channels.base import ChannelKind, MessageStatus, OutcomeUnknown
from bot.dialogue.deciding import decide
from bot.messaging.settling import settle_unconfirmed_sends
from bot.messaging.thread import lock_thread
from bot.models import Channel, SendCount
from bot.work import unit_of_work
from tests.journeys.holding import begun, hand_back, hold
from tests.stories import Story

ASKED = "How many years?"
LATER = timedelta(hours=30)
Waits = Callable[[Story, int], None]


def for_a_person(story: Story, ann: int) -> None:
    """Ann answers somebody who holds the conversation."""
    hold(story, ann)
    story.says("yes")
    story.clock.move(LATER)
    hand_back(story, ann)


def for_a_person_who_came_in_between(story: Story, ann: int) -> None:
    _nothing_goes(story, timedelta(minutes=30))
    story.says("yes")
    hold(story, ann)
    story.clock.move(LATER)
    hand_back(story, ann)


def for_the_sender(story: Story, _: int) -> None:
    _nothing_goes(story, LATER)
    story.says("yes")
    story.clock.move(LATER)


def to_be_tried_again(story: Story, _: int) -> None:
    story.says("yes")
    story.last_reports(MessageStatus.FAILED, "63010")
    story.clock.move(LATER)


def for_the_providers_word(story: Story, _: int) -> None:
    """Nobody knows whether it went until the provider can be asked again, which has never seen it."""
    story.sender.fails = [OutcomeUnknown("the answer was lost")]
    story.says("yes")
    story.clock.move(LATER)
    settle_unconfirmed_sends(story.runtime)


def for_somebodys_decision(story: Story, _: int) -> None:
    story.sender.fails = [OutcomeUnknown("the answer was lost")]
    story.sender.cannot_be_asked = True
    story.says("yes")
    story.clock.move(timedelta(minutes=31))
    settle_unconfirmed_sends(story.runtime)
    story.clock.move(LATER)
    with unit_of_work(story.runtime) as work:
        decide(work, story.messages()[-1].id, was_sent=False)


def _nothing_goes(story: Story, time: timedelta) -> None:
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).values(paused_until=work.now + time))


WAITS = [
    for_a_person,
    for_a_person_who_came_in_between,
    for_the_sender,
    to_be_tried_again,
    for_the_providers_word,
    for_somebodys_decision,
]


def asked_late(story: Story, waits: Waits, channels: list[str]) -> list[ChannelKind]:
    """Let Ann's answer wait for more than a day, and time pass; return over what the next question then went."""
    ann = begun(story, channels=channels)
    before = len(story.sender.accepted)
    waits(story, ann)
    for _ in range(3):
        story.send()
        story.clock.move(timedelta(minutes=1))
    return [message.kind for message in story.sender.accepted[before:] if message.text == ASKED]


@pytest.mark.parametrize("waits", WAITS)
def test_who_agreed_to_sms_is_asked_there(story: Story, waits: Waits) -> None:
    kinds = asked_late(story, waits, ["whatsapp", "sms"])
    first = [ChannelKind.WHATSAPP] if waits is to_be_tried_again else []
    assert kinds == [*first, ChannelKind.SMS]


@pytest.mark.parametrize("waits", WAITS)
def test_otherwise_nothing_is_sent_and_a_person_is_called(story: Story, waits: Waits) -> None:
    kinds = asked_late(story, waits, ["whatsapp"])
    assert kinds == ([ChannelKind.WHATSAPP] if waits is to_be_tried_again else [])
    with unit_of_work(story.runtime) as work:
        assert lock_thread(work, 1).needs_person == "not_delivered"
    last = story.messages()[-1]
    assert (last.status, last.error_code) == ("failed", "callboard_no_template")


def test_a_welcome_that_waited_goes_by_its_template(story: Story) -> None:
    story.job(channels=["whatsapp"])
    story.says("hello")
    _nothing_goes(story, LATER)
    applied = story.apply()
    story.clock.move(LATER)
    story.send()
    welcome = story.sender.accepted[-1]
    assert welcome.template is not None
    assert [message.text for message in story.sender.accepted].count(welcome.text) == 1
    assert story.enrolment(applied.enrolment_id).status == "sending"


def test_what_was_not_sent_does_not_count_towards_the_spending_cap(story: Story) -> None:
    ann = begun(story, channels=["whatsapp"])
    for_a_person(story, ann)
    with unit_of_work(story.runtime) as work:
        counted = work.connection.execute(select(func.sum(SendCount.messages))).scalar_one()
    assert counted == len(story.sender.accepted) == len(story.messages()) - 1
