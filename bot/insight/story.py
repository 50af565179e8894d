"""One application with its person: who they are, what they agreed to, what they were sent and what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, true

from bot.errors import NotFound
from bot.insight.sendings import Sending, sendings
from bot.insight.whereabouts import Whereabouts, whereabouts
from bot.models import Application, Candidate, Consent, Enrolment, Job, Stage
from bot.work import Work

MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Header:
    """The application itself."""

    key: int
    id: str
    state: str
    stage: str
    stage_id: str
    stage_type: str
    job_key: int
    job_id: str
    job: str
    job_state: str
    reference: str
    zone: str
    proposed_stage: str
    score: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Whose it is."""

    key: int
    id: str
    name: str
    phone: str
    email: str
    city: str
    language: str
    time_zone: str
    channel: str
    fields: Mapping[str, Any]
    opted_out_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """A consent, standing or taken back."""

    channel: str
    source: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Other:
    """Another application of the same person."""

    id: str
    job: str
    stage: str
    state: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """All that the drawer of one application shows beside the conversation. Times are in the job's zone."""

    header: Header
    person: Person
    agreements: tuple[Agreement, ...]
    others: tuple[Other, ...]
    sendings: tuple[Sending, ...]
    """The latest first."""
    stands: Whereabouts | None
    """Where the latest enrolment stands, and what comes next by itself."""


def story(work: Work, application_id: int, *, sees: ColumnElement[bool] | None = None) -> Story:
    """Tell all of one application; other ones only of the jobs that *sees* holds. Raises `NotFound`."""
    row = work.connection.execute(_APPLICATION.where(Application.id == application_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no application {application_id}")
    zone = ZoneInfo(row.time_zone)
    latest = select(func.max(Enrolment.id)).where(Enrolment.application_id == application_id)
    enrolment_id = work.connection.execute(latest).scalar_one_or_none()
    return Story(
        header=_header(row, zone),
        person=_person(row, zone),
        agreements=_agreements(work, row.candidate_id, zone),
        others=_others(work, row.candidate_id, application_id, true() if sees is None else sees),
        sendings=sendings(work, application_id, zone, row.language or row.job_language),
        stands=None if enrolment_id is None else whereabouts(work, enrolment_id),
    )


def _header(row: Any, zone: tzinfo) -> Header:
    return Header(
        key=row.id, id=row.public_id, state=row.state, stage=row.stage, stage_id=row.stage_id, stage_type=row.type,
        job_key=row.job_key, job_id=row.job_id, job=row.title, job_state=row.job_state, reference=row.reference,
        zone=row.time_zone, proposed_stage=row.proposed_stage or "", score=row.score,
        created_at=row.created_at.astimezone(zone),
    )  # fmt: skip


def _person(row: Any, zone: tzinfo) -> Person:
    return Person(
        key=row.candidate_id, id=row.candidate,
        name=f"{row.first_name} {row.last_name}".strip() or row.phone or "Unknown",
        phone=row.phone or "", email=row.email or "", city=row.city or "", language=row.language or "",
        time_zone=row.their_zone or "", channel=row.channel or "", fields=row.fields,
        opted_out_at=row.opted_out_at.astimezone(zone) if row.opted_out_at else None,
        created_at=row.known_since.astimezone(zone),
    )  # fmt: skip


def _agreements(work: Work, candidate_id: int, zone: tzinfo) -> tuple[Agreement, ...]:
    rows = work.connection.execute(
        select(Consent.channel, Consent.source, Consent.given_at, Consent.withdrawn_at)
        .where(Consent.candidate_id == candidate_id)
        .order_by(Consent.withdrawn_at.is_not(None), Consent.id.desc())
    )
    return tuple(
        Agreement(
            row.channel,
            row.source,
            row.given_at.astimezone(zone),
            row.withdrawn_at.astimezone(zone) if row.withdrawn_at else None,
        )
        for row in rows
    )


def _others(work: Work, candidate_id: int, besides: int, sees: ColumnElement[bool]) -> tuple[Other, ...]:
    latest = (
        select(Enrolment.status)
        .where(Enrolment.application_id == Application.id)
        .order_by(Enrolment.id.desc())
        .limit(1)
        .correlate(Application)
        .scalar_subquery()
    )
    rows = work.connection.execute(
        select(
            Application.public_id,
            Job.title,
            Stage.name,
            Application.state,
            func.coalesce(latest, ""),
            Application.created_at,
        )
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .where(Application.candidate_id == candidate_id, Application.id != besides, sees)
        .order_by(Application.id.desc())
        .limit(MOST_OTHERS)
    )
    return tuple(Other(*row) for row in rows)


_APPLICATION = (
    select(
        Application.id, Application.public_id, Application.state, Application.proposed_stage, Application.score,
        Application.created_at, Application.candidate_id, Stage.name.label("stage"), Stage.public_id.label("stage_id"),
        Stage.type, Job.id.label("job_key"), Job.public_id.label("job_id"), Job.title, Job.state.label("job_state"),
        Job.reference, Job.time_zone, Job.language.label("job_language"), Candidate.public_id.label("candidate"),
        Candidate.first_name, Candidate.last_name, Candidate.phone, Candidate.email, Candidate.city, Candidate.language,
        Candidate.time_zone.label("their_zone"), Candidate.channel, Candidate.fields, Candidate.opted_out_at,
        Candidate.created_at.label("known_since"),
    )
    .join(Stage, Stage.id == Application.stage_id)
    .join(Job, Job.id == Application.job_id)
    .join(Candidate, Candidate.id == Application.candidate_id)
)  # fmt: skip
