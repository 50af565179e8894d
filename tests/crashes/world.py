"""An installation that is driven from outside, whose processes may die, and that recovers by its sweeps alone."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import func, select

from bot.channels.base import ChannelKind, InboundMessage
from bot.clock import MovableClock, SystemClock
from bot.dialogue.inbox import receive
from bot.dialogue.sending import send_due
from bot.failpoints import arm
from bot.intake.applications import Applicant, Applied, apply_for
from bot.models import Conversation, Enrolment, Message
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.work import reading, unit_of_work
from tests.crashes.provider import FileProvider
from tests.fakes import FakeSender
from tests.stories import ANN, OURS, TWO_QUESTIONS, Story

BOB = "+14155550102"
REMINDED: dict[str, Any] = {**TWO_QUESTIONS, "reminders": [{"after": "P1D", "text": "Still there?"}]}
WELCOME, HELLO, QUESTION = "Hi Ann, shall we start?", "Two questions.", "Do you drive?"
THANKS, STILL_THERE, WAITING = "Thank you, Ann.", "Still there?", "After this, Driver is waiting for you."
UNFINISHED = ("queued", "sending", "received")


@dataclass(slots=True)
class World:
    """Two jobs that write by SMS, and a provider that remembers."""

    runtime: Runtime
    provider: FileProvider
    story: Story = field(init=False)
    applied: dict[str, Applied] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.story = Story(self.runtime, FakeSender(self.runtime.clock))
        for title in ("Barista", "Driver"):
            self.story.job(title, REMINDED, channels=["sms"])

    @property
    def clock(self) -> MovableClock:
        return self.story.clock

    def apply(self, title: str = "Barista", phone: str = ANN) -> Applied:
        """Let somebody apply; nothing is sent yet. The same again, for a caller who got no answer."""
        with unit_of_work(self.runtime) as work:
            target = find_target(work, self.story.stages[f"{title}/screening"])
            made = apply_for(
                work, target, Applicant(phone, "Ann"), source="test", external_id=f"{title} {phone}", sends=True
            )
        self.applied[f"{title} {phone}"] = made
        return made

    def writes(self, text: str, phone: str = ANN) -> InboundMessage:
        """Let somebody write; the provider knows, we have not been told yet."""
        number = len(self.provider.received) + 1
        kind = ChannelKind.SMS
        message = InboundMessage(f"SMin{number:028x}", kind, phone, OURS[kind], text, sent_at=self.clock.now())
        self.provider.received.append(message)
        return message

    def says(self, text: str, phone: str = ANN) -> None:
        """Let somebody write, and answer them."""
        receive(self.runtime, "twilio", self.writes(text, phone))
        self.go_on()

    def go_on(self) -> None:
        """Run the sweeps that fall due, and send what there is to be sent."""
        for sweep in SWEEPS:
            if sweep.name != "send_due_messages":  # its threads would wait for a clock that stands still
                sweep.run(self.runtime)
        self.go_on_sending()

    def go_on_sending(self) -> None:
        """Send what there is to be sent."""
        while send_due(self.runtime):
            self.clock.move(timedelta(seconds=11))

    def recover(self) -> None:
        """Go on after a crash, for as long as it takes to settle what is unknown and to ask for receipts."""
        for _ in range(4):
            self.go_on()
            self.clock.move(timedelta(minutes=5, seconds=1))

    def status(self, title: str = "Barista", phone: str = ANN) -> str:
        """Return the status of somebody's latest enrolment in a job."""
        application = self.applied[f"{title} {phone}"].application_id
        with reading(self.runtime) as work:
            latest = select(Enrolment.status).where(Enrolment.application_id == application)
            return work.connection.execute(latest.order_by(Enrolment.id.desc()).limit(1)).scalar_one()

    def left_over(self) -> int:
        """Count what is neither done nor set aside."""
        with reading(self.runtime) as work:
            messages = select(func.count()).select_from(Message).where(Message.status.in_(UNFINISHED))
            behind = select(func.count()).select_from(Conversation).where(Conversation.backlog)
            return sum(work.connection.execute(count).scalar_one() for count in (messages, behind))


class Installed(Protocol):
    """Whatever has a runtime."""

    @property
    def runtime(self) -> Runtime: ...


Driven = TypeVar("Driven", bound=Installed)


def run_apart(world: Driven, act: Callable[[Driven], object], point: str = "", at: int = 1, seconds: float = 60) -> int:
    """Run *act* in a process of its own, which dies at a named point; return how it ended."""
    world.runtime.database.engine.dispose()
    process = multiprocessing.get_context("fork").Process(target=_act, args=(world, act, point, at))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        raise AssertionError("the process hangs")
    assert process.exitcode is not None
    return process.exitcode


def _act(world: Driven, act: Callable[[Driven], object], point: str, at: int) -> None:
    if point:
        arm(point, at=at)
    act(world)


@dataclass(slots=True)
class ShiftedClock:
    """The machine's clock, and as much later as it is told: for what also asks a provider with a clock of its own."""

    shift: timedelta = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.shift

    def move(self, by: timedelta) -> None:
        """Let *by* pass at once."""
        self.shift += by
