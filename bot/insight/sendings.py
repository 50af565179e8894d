"""What was sent to an application, enrolment by enrolment: its history, and what was answered in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select

from bot.insight.enrolments import explain_enrolments
from bot.models import Answer, Enrolment, EnrolmentEvent, Job, Stage, StageCampaignVersion
from bot.pipeline.runs import flow_of
from bot.work import Work
from flows.wording import show_value

OWN_WORDS = frozenset({"text", "long_text", "choice"})
"""Types whose values stay as they are written, even where they look like a date."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: the question as it was asked, what was understood, what was written."""

    question: str
    key: str
    shown: str
    raw: str
    version: int
    at: datetime
    replaced: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an enrolment's history."""

    status: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """One enrolment with its history, and what was answered in it."""

    id: str
    stage: str
    version: int
    status: str
    why: str
    created_at: datetime
    can_be_released: bool
    events: tuple[Event, ...]
    answers: tuple[Given, ...]


def sendings(work: Work, application_id: int, zone: tzinfo, locale: str) -> tuple[Sending, ...]:
    """Return the enrolments of an application, the latest first; values are written as people of *locale* do."""
    of_application = _ENROLMENTS.where(Enrolment.application_id == application_id)
    rows = work.connection.execute(of_application.order_by(Enrolment.id.desc())).all()
    ids = [row.id for row in rows]
    why = explain_enrolments(work, ids, names_jobs=False)
    events, answers = _events(work, ids, zone), _answers(work, ids, zone, locale)
    return tuple(
        Sending(
            id=row.public_id,
            stage=row.stage,
            version=row.number,
            status=row.status,
            why=why.get(row.id, ""),
            created_at=row.created_at.astimezone(zone),
            can_be_released=row.status == "queued" and row.job_state == "open",
            events=tuple(events.get(row.id, ())),
            answers=tuple(answers.get(row.id, ())),
        )
        for row in rows
    )


def _events(work: Work, ids: Sequence[int], zone: tzinfo) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = {}
    of_these = EnrolmentEvent.enrolment_id.in_(ids)
    columns = (EnrolmentEvent.enrolment_id, EnrolmentEvent.status, EnrolmentEvent.cause, EnrolmentEvent.at)
    for row in work.connection.execute(select(*columns).where(of_these).order_by(EnrolmentEvent.id)):
        found.setdefault(row.enrolment_id, []).append(Event(row.status, row.cause, row.at.astimezone(zone)))
    return found


def _answers(work: Work, ids: Sequence[int], zone: tzinfo, locale: str) -> dict[int, list[Given]]:
    rows = work.connection.execute(
        select(Answer, StageCampaignVersion.number)
        .join(StageCampaignVersion, StageCampaignVersion.id == Answer.version_id)
        .where(Answer.enrolment_id.in_(ids))
        .order_by(Answer.id)
    )
    found: dict[int, list[Given]] = {}
    for row in rows:
        found.setdefault(row.enrolment_id, []).append(_given(work, row, zone, locale))
    return found


def _given(work: Work, row: Any, zone: tzinfo, locale: str) -> Given:
    asked = {question.key: question.text for question in flow_of(work, row.version_id).flow.questions()}
    own_words = row.type in OWN_WORDS
    shown = "Skipped" if row.value is None else str(row.value) if own_words else show_value(row.value, locale)
    text, at = asked.get(row.question, row.question), row.answered_at.astimezone(zone)
    return Given(text, row.question, shown, row.raw, row.number, at, row.replaced_at is not None)


_ENROLMENTS = (
    select(Enrolment.id, Enrolment.public_id, Enrolment.status, Enrolment.created_at, StageCampaignVersion.number,
           Stage.name.label("stage"), Job.state.label("job_state"))
    .join(Stage, Stage.id == Enrolment.stage_id)
    .join(Job, Job.id == Enrolment.job_id)
    .join(StageCampaignVersion, StageCampaignVersion.id == Enrolment.version_id)
)  # fmt: skip
