"""Many senders look for work on two channels at the same moment."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.base import ChannelKind, InboundMessage
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


def _begin_two_conversations(story: Story) -> None:
    """Let two people begin, and claim the first of the two messages that each is to get."""
    story.job(channels=["whatsapp", "sms"])
    for kind, phone in PEOPLE.items():
        story.apply(phone=phone, channel=kind)
    for kind, phone in PEOPLE.items():
        begins = InboundMessage(f"SM{phone[1:]:0>32}", kind, phone, OURS[kind], "ok")
        receive(story.runtime, "twilio", begins)
    for _ in PEOPLE:
        story.clock.move(timedelta(seconds=30))
        with unit_of_work(story.runtime) as work:
            assert isinstance(claim(work), Claim)
