"""A message of ours that cannot be sent is set aside, and what waits behind it goes on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import sweeps
from bot.channels.base import OutgoingMessage, Sent
from bot.models import Conversation, Message
from bot.work import reading
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import Story


@dataclass(slots=True)
class Poisoned:
    """A provider's client that cannot bear one text."""

    inner: FakeSender
    error: Exception
    tried: int = 0

    def send(self, message: OutgoingMessage) -> Sent:
        if message.text == "Two questions.":
            self.tried += 1
            raise self.error
        return self.inner.send(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@pytest.mark.parametrize(
    ("error", "tried"), [(ValueError("it is too long"), 1), (RuntimeError("a bug"), 5)], ids=["refused by us", "a bug"]
)
def test_a_message_that_cannot_be_sent_is_set_aside_and_a_person_called(
    build_runtime: Build, error: Exception, tried: int
) -> None:
    clock = build_runtime().clock
    sender = Poisoned(FakeSender(clock), error)
    runtime = build_runtime(sender)  # type: ignore[arg-type]
    make_ready(runtime)
    story = Story(runtime, sender.inner)
    story.job()
    story.apply()
    story.apply(phone="+14155550102")
    story.says("ok")
    story.says("ok", phone="+14155550102")
    for _ in range(14):
        sweeps.settle_unconfirmed_sends(runtime)
        clock.move(timedelta(seconds=61))  # type: ignore[attr-defined]
        story.send()
    assert sender.tried == 2 * tried
    assert story.sender.texts().count("Do you drive?") == 2  # what comes after it goes on
    with reading(runtime) as work:
        set_aside = select(Message.status, Message.error_code).where(Message.text == "Two questions.")
        assert set(work.connection.execute(set_aside)) == {("failed", "callboard_unsendable")}
        called = work.connection.execute(select(Conversation.needs_person)).scalars().all()
    assert called == ["not_delivered", "not_delivered"]
