"""A durable turn: inbound stored, step, answer, position and outbox, one commit. In units of the yardstick.

Floor: at most 90 times one `json.dumps` of 1 KB (SQLite NORMAL, one process); aim: 45 times.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import select

from benchmarks.yardstick import dumps_seconds, spread
from bot.channels.base import ChannelKind, InboundMessage
from bot.channels.sandbox import PHONES, SANDBOX, SandboxSender
from bot.clock import MovableClock
from bot.db import open_database
from bot.dialogue.inbox import receive
from bot.intake.applications import Person, apply_for
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.messaging.channels import set_up_channels
from bot.migrate import upgrade
from bot.models import Stage
from bot.pipeline.stages import find_target
from bot.queue import NullQueue
from bot.runtime import Runtime
from bot.settings import read_settings
from bot.work import unit_of_work
from flows.flow import StageType

QUESTIONS = [
    {"key": "name", "type": "text", "text": "What is your name?"},
    {"key": "email", "type": "email", "text": "Your e-mail?"},
    {"key": "age", "type": "number", "text": "How old are you?", "min": 16, "max": 99},
    {"key": "shift", "type": "choice", "text": "Which shift?", "options": ["day", "evening", "night"]},
    {"key": "start", "type": "date", "text": "From what date?"},
]
SCRIPT = ["hi", "Ana Silva", "not an e-mail", "ana@example.org", "34", "night", "2026-04-01"]
CAMPAIGN = {
    "callboard": 1, "name": "Five", "language": "en", "welcome": {"text": "Shall we start?"},
    "modules": [{"key": "q", "type": "questions", "questions": QUESTIONS}], "conclusion": {"text": "Thank you."},
}  # fmt: skip
FLOOR = {"NORMAL": 90.0}
ROUNDS, TALKS = 5, 40


def build(folder: str, synchronous: str) -> Runtime:
    """Return a runtime on a fresh SQLite file."""
    settings = read_settings(
        {"CALLBOARD_SECRET_KEY": "k" * 32, "CALLBOARD_DATA_DIR": folder, "CALLBOARD_COUNTRIES": "US"}
    )
    database = open_database(f"sqlite:///{folder}/{synchronous}.db", sqlite_synchronous=synchronous)  # type: ignore[arg-type]
    runtime = Runtime(
        settings, MovableClock(datetime(2026, 3, 2, 9, tzinfo=UTC)), database, NullQueue(), {SANDBOX: SandboxSender()}
    )
    upgrade(database)
    with unit_of_work(runtime) as work:
        set_up_channels(work)
        create_job(work, JobPlan("Bench", [StagePlan("s", StageType.FORM, CAMPAIGN)], default_country="US"))
    return runtime


def talk(runtime: Runtime, first: int, count: int) -> float:
    """Hold *count* conversations; return the seconds of one turn."""
    with unit_of_work(runtime) as work:
        target = find_target(work, work.connection.execute(select(Stage.id)).scalar_one())
        for n in range(first, first + count):
            apply_for(work, target, Person(f"+1415{n:07d}", "Ana"), source="bench", external_id=None, sends=True)
    kind = ChannelKind.WHATSAPP
    events = [
        InboundMessage(f"SM{n:028d}{i}", kind, f"+1415{n:07d}", PHONES[kind], text)
        for n in range(first, first + count)
        for i, text in enumerate(SCRIPT)
    ]
    begun = time.perf_counter()
    for event in events:
        receive(runtime, SANDBOX, event)
    return (time.perf_counter() - begun) / len(events)


def main() -> int:
    """Print the ratios; 1 if a floor is not reached."""
    late = False
    with tempfile.TemporaryDirectory() as folder:
        for synchronous in ("NORMAL", "FULL"):
            runtime = build(folder, synchronous)
            talk(runtime, 5550000, 5)
            ratios, micros = [], []
            for round_number in range(ROUNDS):
                seconds = talk(runtime, 5551000 + round_number * TALKS, TALKS)
                ratios.append(seconds / dumps_seconds())
                micros.append(seconds * 1e6)
            print(f"turn, SQLite {synchronous}: {spread(ratios)} x dumps, {spread(micros)} us")
            late = late or sorted(ratios)[len(ratios) // 2] > FLOOR.get(synchronous, float("inf"))
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
