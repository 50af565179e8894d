"""The real engine, pipeline and outbox on a database in memory, with a paper channel and a clock that can be moved.

`flow play` and `flow rehearse` hold conversations with it; nothing leaves it.
"""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from bot.channels.base import ChannelKind, InboundMessage
from bot.channels.sandbox import PHONES, SANDBOX, SandboxSender
from bot.clock import MovableClock
from bot.db import open_database
from bot.dialogue.inbox import receive
from bot.dialogue.sending import send_due
from bot.dialogue.timers import expire_enrolments, send_reminders
from bot.intake.applications import Applicant, apply_for
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.messaging.channels import set_up_channels
from bot.models import Answer, Base, Enrolment, Message, Stage
from bot.pipeline.stages import find_target
from bot.queue import InlineQueue
from bot.runtime import Runtime
from bot.settings import Settings, read_settings
from bot.work import reading, unit_of_work
from flows.flow import StageType
from flows.lifecycles import OPEN

CANDIDATE = "+15550100001"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who talks, where and when."""

    now: datetime
    zone: str = "UTC"
    kind: ChannelKind = ChannelKind.WHATSAPP
    candidate: str = "Ann Silva"
    job: str = "Barista"
    recruiter: str = "Maria"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the bot, as the candidate sees it."""

    text: str
    options: tuple[str, ...]
    media: dict[str, Any] | None


@dataclass(slots=True)
class Simulator:
    """One candidate's conversation with one campaign."""

    runtime: Runtime
    clock: MovableClock
    scene: Scene
    _seen: int = 0
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def hear(self, text: str) -> None:
        """Let the candidate write."""
        inbound = InboundMessage(
            provider_id=f"paper-{next(self._numbers)}",
            kind=self.scene.kind,
            sender=CANDIDATE,
            to=PHONES[self.scene.kind],
            text=text,
        )
        receive(self.runtime, SANDBOX, inbound)
        self._settle()

    def pass_time(self, by: timedelta) -> None:
        """Let time pass, stopping at each moment at which something falls due."""
        end = self.clock.moment + by
        while (due := self._next_due(end)) is not None:
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
                select(Message.id, Message.text, Message.content)
                .where(~Message.inbound, Message.id > self._seen, Message.sent_at.is_not(None))
                .order_by(Message.id)
            ).all()
        self._seen = rows[-1].id if rows else self._seen
        return [Said(row.text, _labels(row.content), row.content.get("media")) for row in rows]

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

    def _settle(self) -> None:
        send_due(self.runtime)

    def _next_due(self, end: datetime) -> datetime | None:
        """Return the next moment up to *end* at which an expiry or a reminder is due."""
        with reading(self.runtime) as work:
            row = work.connection.execute(
                select(func.min(Enrolment.expires_at), func.min(Enrolment.remind_at)).where(Enrolment.status.in_(OPEN))
            ).one()
        return min((moment for moment in row if moment is not None and moment <= end), default=None)


def simulate(definition: dict[str, Any], scene: Scene) -> Simulator:
    """Build a simulator in which the candidate has just been sent the campaign *definition*."""
    clock = MovableClock(scene.now)
    settings = _settings()
    database = open_database("sqlite://")
    Base.metadata.create_all(database.engine)
    runtime = Runtime(settings, clock, database, InlineQueue(), {SANDBOX: SandboxSender()})
    with unit_of_work(runtime) as work:
        set_up_channels(work)
        create_job(work, _plan(definition, scene))
        stage_id = work.connection.execute(select(Stage.id)).scalar_one()
        first, _, last = scene.candidate.partition(" ")
        person = Applicant(CANDIDATE, first, last, channel=scene.kind)
        apply_for(work, find_target(work, stage_id), person, source="rehearsal", external_id=None, sends=True)
    simulator = Simulator(runtime, clock, scene)
    simulator._settle()  # noqa: SLF001  the first thing that it does
    return simulator


def _settings() -> Settings:
    return read_settings({"CALLBOARD_SECRET_KEY": "k" * 32, "CALLBOARD_COUNTRIES": "US"})


def _plan(definition: dict[str, Any], scene: Scene) -> JobPlan:
    kind = StageType.FORM if definition.get("modules") else StageType.REJECT
    return JobPlan(
        title=scene.job,
        stages=[StagePlan("Stage", kind, definition)],
        recruiter=scene.recruiter,
        language=definition.get("language", "en"),
        time_zone=scene.zone,
        default_country="US",
        channels=[scene.kind],
    )


def _labels(content: dict[str, Any]) -> tuple[str, ...]:
    return tuple(label for _, label in content.get("options", ())) if content.get("tapped") else ()
