"""Stories: a job, a candidate and a provider, driven as the world drives them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus, RemoteTemplate, StatusUpdate
from bot.clock import MovableClock
from bot.dialogue.inbox import Reception, receive
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.sending import send_due
from bot.dialogue.statuses import record_status
from bot.intake.applications import Applicant, Applied, apply_for
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.models import Answer, Enrolment, EnrolmentEvent, Message, Stage
from bot.pipeline.stages import find_target, move
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.flow import StageType
from tests.fakes import FakeSender

ANN = "+14155550101"
OURS = {ChannelKind.WHATSAPP: "+15005550006", ChannelKind.SMS: "+15005550007"}

TWO_QUESTIONS: dict[str, Any] = {
    "callboard": 1,
    "name": "Two questions",
    "language": "en",
    "welcome": {
        "text": "Hi {{ candidate.first_name }}, shall we start?",
        "template": {"name": "hello", "variables": {"1": "{{ candidate.first_name }}"}},
    },
    "modules": [
        {"key": "hello", "type": "content", "blocks": [{"text": "Two questions."}]},
        {
            "key": "basics",
            "type": "questions",
            "questions": [
                {"key": "licence", "type": "yes_no", "text": "Do you drive?"},
                {"key": "years", "type": "number", "text": "How many years?", "min": 0, "max": 60},
            ],
        },
    ],
    "rules": [{"after": "licence", "if": {"is": "no"}, "go_to": "conclusion"}],
    "conclusion": {"text": "Thank you, {{ candidate.first_name }}."},
}
ONLY_NEWS: dict[str, Any] = {
    "callboard": 1,
    "name": "Only news",
    "language": "en",
    "welcome": {"text": "Hello", "template": {"name": "hello", "variables": {"1": "you"}}},
    "modules": [{"key": "news", "type": "content", "blocks": [{"text": "First."}, {"text": "Second."}]}],
    "conclusion": {"text": "That was all."},
}
SORRY: dict[str, Any] = {
    "callboard": 1,
    "name": "Sorry",
    "language": "en",
    "welcome": {"text": "Not this time.", "template": {"name": "hello", "variables": {"1": "you"}}},
}
HELLO = RemoteTemplate("hello", "en", "HX" + "1" * 32, "approved", "UTILITY", "Hi {{1}}", ("1",))


@dataclass(slots=True)
class Story:
    """One installation with a provider in memory."""

    runtime: Runtime
    sender: FakeSender
    stages: dict[str, int] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> MovableClock:
        assert isinstance(self.runtime.clock, MovableClock)
        return self.runtime.clock

    def job(
        self,
        title: str = "Barista",
        campaign: dict[str, Any] = TWO_QUESTIONS,
        more: Sequence[StagePlan] = (),
        **plan: Any,
    ) -> None:
        """Make a job with the stages `<title>/new`, `<title>/screening`, `<title>/rejected` and *more*."""
        self.sender.listed = [HELLO]
        refresh_templates(self.runtime)
        stages = [
            StagePlan("new", StageType.REVIEW),
            StagePlan("screening", StageType.FORM, campaign),
            StagePlan("rejected", StageType.REJECT, SORRY),
            *more,
        ]
        with unit_of_work(self.runtime) as work:
            job_id = create_job(work, JobPlan(title=title, stages=stages, default_country="US", **plan))
            for name, stage_id in work.connection.execute(select(Stage.name, Stage.id).where(Stage.job_id == job_id)):
                self.stages[f"{title}/{name}"] = stage_id

    def apply(self, stage: str = "Barista/screening", phone: str = ANN, **person: Any) -> Applied:
        """Let somebody apply, and send what is due."""
        with unit_of_work(self.runtime) as work:
            target = find_target(work, self.stages[stage])
            values = {"first_name": "Ann", "last_name": "Silva", **person}
            applied = apply_for(work, target, Applicant(phone, **values), source="test", external_id=None, sends=True)
        self.send()
        return applied

    def move(
        self, application_id: int, stage: str, *, sends: bool = True, external_id: str | None = None
    ) -> int | None:
        """Move an application; return the new enrolment."""
        with unit_of_work(self.runtime) as work:
            target = find_target(work, self.stages[stage])
            moved = move(work, application_id, target, source="test", external_id=external_id, sends=sends)
        self.send()
        return moved.enrolment_id

    def says(self, text: str, *, phone: str = ANN, kind: ChannelKind = ChannelKind.WHATSAPP, **more: Any) -> Reception:
        """Let a candidate write, and send what is due."""
        values = {"provider_id": f"SMin{next(self._numbers):028x}", **more}
        receipt = receive(
            self.runtime, "twilio", InboundMessage(kind=kind, sender=phone, to=OURS[kind], text=text, **values)
        )
        self.send()
        return receipt

    def send(self) -> None:
        """Send what is due; each message is on its way at once, and the clock makes room for the next."""
        while send_due(self.runtime):
            for message in self.sender.accepted:
                self.reports(message.public_id, MessageStatus.SENT)
            self.clock.move(timedelta(seconds=2))

    def reports(self, public_id: str, status: MessageStatus, code: str = "") -> bool:
        """Let the provider call back."""
        index = next(i for i, m in enumerate(self.sender.accepted) if m.public_id == public_id)
        news = StatusUpdate(f"SM{index + 1:032x}", status, status, code, public_id)
        return record_status(self.runtime, news)

    def last_reports(self, status: MessageStatus, code: str = "") -> None:
        """Let the provider call back about the last message it accepted, and send what follows."""
        self.reports(self.sender.accepted[-1].public_id, status, code)
        self.send()

    def enrolment(self, enrolment_id: int | None) -> Any:
        """Return an enrolment's row."""
        with reading(self.runtime) as work:
            return work.connection.execute(select(Enrolment).where(Enrolment.id == enrolment_id)).one()

    def messages(self) -> list[Any]:
        """Return the rows of the messages that went out or will, in order."""
        with reading(self.runtime) as work:
            return list(work.connection.execute(select(Message).where(~Message.inbound).order_by(Message.id)).all())

    def history(self, enrolment_id: int | None) -> list[str]:
        """Return an enrolment's statuses, repeated ones once."""
        with reading(self.runtime) as work:
            rows = work.connection.execute(
                select(EnrolmentEvent.status)
                .where(EnrolmentEvent.enrolment_id == enrolment_id)
                .order_by(EnrolmentEvent.id)
            ).scalars()
            return [status for status, _ in itertools.groupby(rows)]

    def answers(self, enrolment_id: int | None) -> dict[str, Any]:
        """Return the answers that stand."""
        with reading(self.runtime) as work:
            rows = work.connection.execute(
                select(Answer.question, Answer.value)
                .where(Answer.enrolment_id == enrolment_id, Answer.replaced_at.is_(None))
                .order_by(Answer.id)
            )
            return {row.question: row.value for row in rows}
