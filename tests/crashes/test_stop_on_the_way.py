"""R17: STOP while some messages are queued and one is under way: none begins after it, whatever becomes of that one."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.base import (
    ChannelKind,
    InboundMessage,
    NotSent,
    OutcomeUnknown,
    OutgoingMessage,
    RateLimited,
    SendError,
    Sent,
)
from bot.dialogue.inbox import receive
from bot.dialogue.sending import send_due
from bot.messaging.settling import settle_unconfirmed_sends
from bot.models import Message
from bot.runtime import Runtime
from bot.work import reading
from flows.wording import phrase
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import ANN, ONLY_NEWS, OURS, Story


@dataclass(slots=True)
class Blocking:
    """A provider that keeps one message under way until it is let go, and then ends as it is told."""

    inner: FakeSender
    blocks: str = ""
    ends: SendError | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    begun: list[str] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> Sent:
        self.begun.append(message.text)
        if message.text == self.blocks:
            self.blocks = ""
            self.reached.set()
            assert self.go.wait(20)
            if self.ends is not None:
                raise self.ends
        return self.inner.send(message)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


SIX = {
    **ONLY_NEWS,
    "modules": [
        {"key": "n", "type": "content", "blocks": [{"text": f"Part {number}."} for number in range(1, 7)]},
        {"key": "q", "type": "questions", "questions": [{"key": "a", "type": "text", "text": "What now?"}]},
    ],
}


@pytest.mark.parametrize(
    "ends",
    [
        None,
        RateLimited("slow down", retry_after=timedelta(seconds=1)),
        NotSent("no connection"),
        OutcomeUnknown("no answer"),
    ],
    ids=["accepted", "rate limited", "not sent", "unknown"],
)
def test_nothing_begins_after_a_stop_and_it_is_confirmed_once(build_runtime: Build, ends: SendError | None) -> None:
    clock = build_runtime().clock
    sender = Blocking(FakeSender(clock), "Part 1.", ends)
    runtime = build_runtime(sender)  # type: ignore[arg-type]
    make_ready(runtime)
    story = Story(runtime, sender.inner)
    story.job(campaign=SIX)
    story.apply()
    receive(runtime, "twilio", _says(1, "ok"))
    worker = threading.Thread(target=send_due, args=(runtime,))
    worker.start()
    assert sender.reached.wait(20)
    assert sender.begun == ["Hello", "Part 1."]
    for number in (2, 3):  # the second changes nothing
        receive(runtime, "twilio", _says(number, "STOP"))
    before = len(sender.begun)
    sender.go.set()
    worker.join(20)
    for _ in range(8):
        clock.move(timedelta(seconds=31))  # type: ignore[attr-defined]
        settle_unconfirmed_sends(runtime)
        send_due(runtime)
    assert sender.begun[before:] == [phrase("stopped", "en")]
    assert _left(runtime) == 0


def _says(number: int, text: str) -> InboundMessage:
    kind = ChannelKind.WHATSAPP
    return InboundMessage(f"SMin{number:028x}", kind, ANN, OURS[kind], text)


def _left(runtime: Runtime) -> int:
    with reading(runtime) as work:
        return work.connection.execute(
            select(func.count()).select_from(Message).where(Message.status == "queued")
        ).scalar_one()
