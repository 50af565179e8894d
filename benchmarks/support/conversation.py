"""The conversation that all benchmarks hold: a welcome, five questions, one answer that must be asked for again."""

import time
from typing import Any

from bot.channels import TWILIO
from bot.channels.base import ChannelKind, InboundMessage
from bot.dialogue.inbox import Reception, receive
from bot.intake.applications import Applicant, apply_for
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import unit_of_work

QUESTIONS = [
    {"key": "name", "type": "text", "text": "What is your name?"},
    {"key": "email", "type": "email", "text": "Your e-mail?"},
    {"key": "age", "type": "number", "text": "How old are you?", "min": 16, "max": 99},
    {"key": "shift", "type": "choice", "text": "Which shift?", "options": ["day", "evening", "night"]},
    {"key": "start", "type": "date", "text": "From what date?"},
]
SCRIPT = ["hi", "Ana Silva", "not an e-mail", "ana@example.org", "34", "night", "2031-04-01"]
TEMPLATE = "bench_welcome"
CAMPAIGN: dict[str, Any] = {
    "callboard": 1,
    "name": "Five questions",
    "language": "en",
    "welcome": {"text": "Shall we start?", "template": {"name": TEMPLATE}},
    "modules": [{"key": "q", "type": "questions", "questions": QUESTIONS}],
    "conclusion": {"text": "Thank you."},
}
FIRST_NUMBER = 14155500000


def phone(person: int) -> str:
    """Return the number of the n-th person."""
    return f"+{FIRST_NUMBER + person}"


def apply_all(runtime: Runtime, stage_id: int, people: range, *, sends: bool = True) -> None:
    """Let so many people apply; with *sends* their welcomes wait in the outbox."""
    for begin in range(people.start, people.stop, 500):
        with unit_of_work(runtime) as work:
            target = find_target(work, stage_id)
            for number in range(begin, min(begin + 500, people.stop)):
                apply_for(work, target, Applicant(phone(number), "Ana"), source="bench", external_id=None, sends=sends)


def replies(person: int, to: str) -> list[InboundMessage]:
    """Return what a person writes in one whole conversation."""
    kind = ChannelKind.WHATSAPP
    return [InboundMessage(f"SM{person:028d}{i:04d}", kind, phone(person), to, text) for i, text in enumerate(SCRIPT)]


def turn_seconds(runtime: Runtime, stage_id: int, people: range, to: str) -> float:
    """Let people apply and hold their conversations; return the seconds of one turn, applying not counted."""
    apply_all(runtime, stage_id, people)
    messages = [message for person in people for message in replies(person, to)]
    begun = time.perf_counter()
    outcomes = [receive(runtime, TWILIO, message) for message in messages]
    seconds = (time.perf_counter() - begun) / len(messages)
    if any(outcome is not Reception.HANDLED for outcome in outcomes):
        raise RuntimeError("a message was not handled")
    return seconds
