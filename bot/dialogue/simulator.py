"""The real engine, pipeline and outbox on a database in memory, with a paper channel and a clock that can be moved.

`flow play`, `flow rehearse` and the simulator's page hold conversations with it; nothing leaves it.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, select

from bot.channels.base import ChannelKind, InboundMessage, Media, MessageStatus, Option
from bot.channels.sandbox import PHONES, SANDBOX
from bot.clock import MovableClock
from bot.db import Database, open_database
from bot.dialogue.inbox import receive
from bot.dialogue.scenes import (
    ATTACHMENTS,
    CANDIDATE,
    PaperSender,
    Said,
    Scene,
    applicant_of,
    as_said,
    plan_of,
    settings_of,
)
from bot.dialogue.sending import send_due
from bot.dialogue.statuses import record_status
from bot.dialogue.timers import expire_enrolments, send_reminders
from bot.errors import InvalidEvent
from bot.intake.applications import apply_for
from bot.intake.jobs import create_job
from bot.messaging.channels import set_up_channels
from bot.messaging.outbox import options_of
from bot.models import Answer, Base, Channel, Enrolment, Message, Stage
from bot.pipeline.stages import find_target
from bot.queue import InlineQueue
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.lifecycles import OPEN

__all__ = ["Said", "Scene", "Simulator", "simulate", "simulating"]

MOST_ROUNDS = 1000
"""Moments at which something falls due within one wait; a campaign has a handful."""


@dataclass(slots=True)
class Simulator:
    """One candidate's conversation with one campaign."""

    runtime: Runtime
    clock: MovableClock
    scene: Scene
    paper: PaperSender = field(default_factory=PaperSender)
    _seen: set[int] = field(default_factory=set)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def hear(self, text: str, *, tapped: str = "", attachment: str = "") -> None:
        """Let the candidate write, tap, or send something."""
        kind = self._in_use()
        media: tuple[Media, ...] = ()
        if attachment:
            what, content_type = ATTACHMENTS[attachment]
            media = (Media(f"https://example.org/{attachment}", what, content_type),)
        inbound = InboundMessage(
            provider_id=f"paper-{next(self._numbers)}",
            kind=kind,
            sender=CANDIDATE,
            to=PHONES[kind],
            text=text,
            tapped=tapped,
            media=media,
        )
        receive(self.runtime, SANDBOX, inbound)
        self._settle()

    def tap(self, label: str) -> None:
        """Tap what the last message offers under that label. Raises `InvalidEvent` where it offers no such thing."""
        offered = self.offered()
        for option in offered:
            if " / ".join(option.label.splitlines()) == label:
                self.hear(option.label, tapped=option.id)
                return
        names = ", ".join(option.label for option in offered) or "nothing"
        raise InvalidEvent(f"{label!r} cannot be tapped: the last message offers {names}", field="taps")

    def fail_next(self, code: str) -> None:
        """Lose the next message that goes out, as the provider would tell with that code."""
        self.paper.codes.append(code)

    def pass_time(self, by: timedelta) -> None:
        """Let time pass, stopping at each moment at which something falls due."""
        end = self.clock.moment + by
        for _ in range(MOST_ROUNDS):
            due = self._next_due(end)
            if due is None:
                break
            self.clock.moment = max(due, self.clock.moment)
            expire_enrolments(self.runtime)
            send_reminders(self.runtime)
            self._settle()
        self.clock.moment = end
        self._settle()

    def said(self) -> list[Said]:
        """Return what the bot has said since this was last asked."""
        with reading(self.runtime) as work:
            rows = work.connection.execute(
                select(Message.id, Message.text, Message.content, Message.sent_at, Message.error_code, Channel.kind)
                .join(Channel, Channel.id == Message.channel_id)
                .where(~Message.inbound, Message.sent_at.is_not(None), Message.id.not_in(self._seen))
                .order_by(Message.id)
            ).all()
        self._seen |= {row.id for row in rows}
        return [as_said(row) for row in rows]

    def offered(self) -> tuple[Option, ...]:
        """Return what can be tapped now: what the last message offers, as long as nothing has been written since."""
        with reading(self.runtime) as work:
            last = select(Message.inbound, Message.content).order_by(Message.id.desc()).limit(1)
            row = work.connection.execute(last).one_or_none()
        if row is None or row.inbound or not row.content.get("tapped"):
            return ()
        return options_of(row.content)

    def status(self) -> str:
        """Return the status of the latest enrolment."""
        with reading(self.runtime) as work:
            latest = select(Enrolment.status).order_by(Enrolment.id.desc()).limit(1)
            return work.connection.execute(latest).scalar_one()

    def enrolment(self) -> int:
        """Return the id of the latest enrolment."""
        with reading(self.runtime) as work:
            return work.connection.execute(select(func.max(Enrolment.id))).scalar_one()

    def answers(self) -> dict[str, Any]:
        """Return the answers of the latest enrolment by question."""
        with reading(self.runtime) as work:
            latest = select(func.max(Enrolment.id)).scalar_subquery()
            rows = work.connection.execute(
                select(Answer.question, Answer.value)
                .where(Answer.enrolment_id == latest, Answer.replaced_at.is_(None))
                .order_by(Answer.id)
            )
            return {row.question: row.value for row in rows}

    def _in_use(self) -> ChannelKind:
        """Return over which kind of channel they were last written to, as it may not be the first."""
        with reading(self.runtime) as work:
            last = select(Channel.kind).join(Message, Message.channel_id == Channel.id).order_by(Message.id.desc())
            kind = work.connection.execute(last.limit(1)).scalar_one_or_none()
        return ChannelKind(kind) if kind else self.scene.kind

    def _settle(self) -> None:
        send_due(self.runtime)
        while self.paper.lost:
            record_status(self.runtime, self.paper.lost.pop(0))
            send_due(self.runtime)

    def _next_due(self, end: datetime) -> datetime | None:
        """Return the next moment up to *end* at which an expiry, a reminder or a message that waits is due."""
        with reading(self.runtime) as work:
            times = select(func.min(Enrolment.expires_at), func.min(Enrolment.remind_at))
            row = work.connection.execute(times.where(Enrolment.status.in_(OPEN))).one()
            waiting = select(func.min(Message.not_before)).where(
                Message.status == MessageStatus.QUEUED, Message.not_before > self.clock.moment
            )
            moments = (*row, work.connection.execute(waiting).scalar())
        return min((moment for moment in moments if moment is not None and moment <= end), default=None)


@contextmanager
def simulating(definition: dict[str, Any], scene: Scene) -> Iterator[Simulator]:
    """Hold a conversation, and let go of all that it took."""
    simulator = simulate(definition, scene)
    try:
        yield simulator
    finally:
        simulator.runtime.database.close()


def simulate(definition: dict[str, Any], scene: Scene) -> Simulator:
    """Build a simulator in which the candidate has just been sent the campaign *definition*."""
    clock = MovableClock(scene.now)
    database = _new_database()
    paper = PaperSender(codes=list(scene.fails))
    runtime = Runtime(settings_of(scene), clock, database, InlineQueue(), {SANDBOX: paper})
    with unit_of_work(runtime) as work:
        set_up_channels(work)
        create_job(work, plan_of(definition, scene))
        stage_id = work.connection.execute(select(Stage.id)).scalar_one()
        target = find_target(work, stage_id)
        apply_for(work, target, applicant_of(scene), source="rehearsal", external_id=None, sends=True)
    simulator = Simulator(runtime, clock, scene, paper)
    simulator._settle()  # noqa: SLF001  the first thing that it does
    return simulator


def _new_database() -> Database:
    """Return an empty database in memory: a copy of one with all tables, as making them takes a tenth of a second."""
    database = open_database("sqlite://")
    with database.engine.connect() as connection:
        bare: Any = connection.connection.driver_connection
        bare.deserialize(_tables())
    return database


@cache
def _tables() -> bytes:
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    with database.engine.connect() as connection:
        bare: Any = connection.connection.driver_connection
        made: bytes = bare.serialize()
    database.close()
    return made
