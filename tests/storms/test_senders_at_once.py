"""Many senders at the same moment: they wait neither for each other nor for a provider that hangs."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChannelKind, InboundMessage, MessageSender, OutgoingMessage, Sent
from bot.dialogue.draining import drain
from bot.dialogue.inbox import receive
from bot.messaging.claims import Claim, Wait, claim
from bot.models import Channel
from bot.work import unit_of_work
from tests.stories import OURS, Story

pytestmark = pytest.mark.storm

PEOPLE = {ChannelKind.WHATSAPP: "+14155550101", ChannelKind.SMS: "+14155550102"}


def test_senders_that_find_nothing_to_take_do_not_wait_for_each_other(story: Story) -> None:
    """On both channels the next message waits for the one before it, so every sender looks at both in vain."""
    _begin_two_conversations(story)

    def look(number: int) -> list[Claim | Wait]:
        chance, found = random.Random(number), []
        for _ in range(40):
            with unit_of_work(story.runtime) as work:
                free_at = work.now - timedelta(seconds=chance.randint(1, 1000))
                which = select(Channel.id).where(Channel.kind == chance.choice(list(PEOPLE))).scalar_subquery()
                work.connection.execute(update(Channel).where(Channel.id == which).values(free_at=free_at))
            with unit_of_work(story.runtime) as work:
                found.append(claim(work))
        return found

    with ThreadPoolExecutor(8) as pool:
        found = [each for batch in pool.map(look, range(8)) for each in batch]
    assert [each for each in found if isinstance(each, Claim)] == []
    assert len(found) == 320


class HangingProvider:
    """Does not answer what goes out over WhatsApp until the test lets it."""

    def __init__(self, inner: MessageSender) -> None:
        self._inner, self.hangs, self.ends = inner, Event(), Event()

    def send(self, message: OutgoingMessage) -> Sent:
        if message.kind is ChannelKind.WHATSAPP:
            self.hangs.set()
            assert self.ends.wait(30)
        return self._inner.send(message)


def test_a_call_that_hangs_does_not_hold_up_what_comes_meanwhile(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = HangingProvider(story.sender)
    _begin_two_conversations(story, claimed=0)
    monkeypatch.setitem(story.runtime.senders, "twilio", provider)
    with ThreadPoolExecutor(1) as pool:
        draining = pool.submit(drain, story.runtime, threads=4)
        try:
            assert provider.hangs.wait(10)
            receive(story.runtime, "twilio", _message(2, ChannelKind.SMS, "yes"))
            sent = _within(10, story, lambda: "Do you drive?" in "".join(story.sender.texts()))
        finally:
            provider.ends.set()
        assert _within(30, story, draining.done)
    assert sent


def _within(seconds: float, story: Story, condition: Callable[[], bool]) -> bool:
    """Let time pass until it is so."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        story.clock.move(timedelta(seconds=11))  # a part waits ten seconds at most for word of the one before it
        time.sleep(0.1)
    return condition()


def _message(number: int, kind: ChannelKind, text: str) -> InboundMessage:
    return InboundMessage(f"SM{number}{PEOPLE[kind][1:]:0>31}", kind, PEOPLE[kind], OURS[kind], text)


def _begin_two_conversations(story: Story, *, claimed: int = 2) -> None:
    """Let two people begin, and claim the first of the two messages that each is to get, of so many of them."""
    story.job(channels=["whatsapp", "sms"])
    for kind, phone in PEOPLE.items():
        story.apply(phone=phone, channel=kind)
    for kind in PEOPLE:
        receive(story.runtime, "twilio", _message(1, kind, "ok"))
    for _ in range(claimed):
        story.clock.move(timedelta(seconds=30))
        with unit_of_work(story.runtime) as work:
            assert isinstance(claim(work), Claim)
