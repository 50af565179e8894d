"""A little application and a sender that meet the stand-in."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.channels.base import ChannelKind, InboundMessage, OutgoingMessage, StatusUpdate
from bot.channels.twilio import TwilioSender
from bot.clock import SystemClock
from tests.fakes import MemoryContents
from tests.standin.twilio import ACCOUNT, TOKEN, StandIn

PUBLIC = "https://user:pass@bot.example.org"
PERSON, OURS = "+351910000001", "+351210000000"
MESSAGE = OutgoingMessage(public_id="m1", kind=ChannelKind.WHATSAPP, sender=OURS, to=PERSON, text="Shall we start?")


@dataclass
class Application:
    """A little of the application: verifies, reads and keeps what is posted."""

    updates: list[StatusUpdate] = field(default_factory=list)
    messages: list[InboundMessage] = field(default_factory=list)
    forged: int = 0
    slow: float = 0.0
    port: int = 0


def make_sender(twilio: StandIn, *, timeout: float = 5.0, token: str = TOKEN) -> TwilioSender:
    return TwilioSender(
        ACCOUNT,
        token,
        api_base=twilio.url,
        content_base=twilio.url,
        callback_url=lambda public_id: f"{PUBLIC}/webhooks/twilio/status?m={public_id}",
        contents=MemoryContents(),
        timeout=timeout,
    )


def lately() -> Any:
    return SystemClock().now() - timedelta(minutes=1)


def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)
