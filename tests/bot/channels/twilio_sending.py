"""A sender as the tests make it, messages for it, and recorded answers."""

import json
import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.channels.base import ChannelKind, Option, OutgoingMessage
from bot.channels.twilio import TwilioSender
from tests.fakes import MemoryContents
from tests.provider_specs import SentRequest
from tests.standin.scripted import Answer, ScriptedServer

RECORDED = Path(__file__).resolve().parents[2] / "recorded" / "twilio"
ACCOUNT, TOKEN = "AC" + "5e" * 16, "c0ffee" * 5 + "42"
SERVICE = "MG" + "0c" * 16
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SINCE = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)

WHATSAPP = OutgoingMessage(
    public_id="m1",
    kind=ChannelKind.WHATSAPP,
    sender="+351210000000",
    to="+351910000001",
    text="Shall we start?",
)
SMS = replace(WHATSAPP, kind=ChannelKind.SMS)
CREATED = Answer(201, {"sid": "SM" + "a1" * 16, "status": "queued", "num_segments": "1"})
CONTENT = Answer(201, {"sid": "HX" + "c1" * 16})


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def make_sender(url: str, *, service: str = "", timeout: float = 5.0) -> TwilioSender:
    return TwilioSender(
        ACCOUNT,
        TOKEN,
        api_base=url,
        content_base=url,
        callback_url=lambda public_id: f"https://bot.example.org/webhooks/twilio/status/{public_id}",
        messaging_service_sid=service,
        contents=MemoryContents(),
        timeout=timeout,
    )


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"q:{number}", label) for number, label in enumerate(labels))


def with_options(*labels: str, **changes: Any) -> OutgoingMessage:
    lines = [f"{number}. {label}" for number, label in enumerate(labels, 1)]
    numbered = "\n".join(["Shall we start?", *lines])
    return replace(WHATSAPP, options=options(*labels), numbered_text=numbered, list_label="Choose", **changes)


def sent(twilio: ScriptedServer, sender: TwilioSender, message: OutgoingMessage) -> dict[str, str]:
    """Send *message* and return the form of its create request."""
    if not twilio.answers:
        twilio.answer(CREATED)
    sender.send(message)
    last: SentRequest = twilio.requests[-1]
    assert last.target == MESSAGES
    return last.fields


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
