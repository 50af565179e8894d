"""Creating an application: the person is found or made, consent is recorded, the stage's campaign begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from bot.channels.base import ChannelKind
from bot.errors import Conflict, InvalidEvent
from bot.intake.people import add_candidate, candidate_by_phone
from bot.messaging.consent import give_consent
from bot.messaging.thread import Thread, address_for, lock_thread, use_address
from bot.models import Application, ApplicationState, Candidate, Enrolment, Job, new_public_id
from bot.outgoing.telling import tell_application
from bot.phones import to_e164
from bot.pipeline import stages
from bot.work import Work


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """A consent as it was recorded elsewhere."""

    channel: ChannelKind
    source: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Applicant:
    """A candidate as an application describes them; what is None stays as it is."""

    phone: str
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    city: str | None = None
    language: str | None = None
    time_zone: str | None = None
    channel: ChannelKind | None = None
    consents: Sequence[ConsentGiven] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    """Of the application, not of the person."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An application that was made, now or before."""

    application_id: int
    candidate_id: int
    enrolment_id: int | None
    repeated: bool = False


class AlreadyApplied(Conflict):
    """The candidate has an application for this job already."""

    def __init__(self, application_id: int) -> None:
        super().__init__("this candidate has already applied for this job")
        self.application_id = application_id


def apply_for(
    work: Work,
    target: stages.Target,
    applicant: Applicant,
    *,
    source: str,
    external_id: str | None,
    sends: bool,
    user_id: int | None = None,
) -> Applied:
    """Create an application in a stage. The same *external_id* again gives the first one back.

    Raises `InvalidEvent` (no phone number), `AlreadyApplied`, and what `stages.check_target` raises.
    """
    if external_id and (before := _earlier(work, external_id)):
        return before
    country, channels = work.connection.execute(
        select(Job.default_country, Job.channels).where(Job.id == target.job_id)
    ).one()
    phone = to_e164(applicant.phone, country)
    if phone is None:
        of_country = f" of {country}" if country else ""
        remedy = "write it with its country code, such as +351912345678"
        message = f"{applicant.phone!r} is not a phone number{of_country}: {remedy}"
        raise InvalidEvent(message, field="candidate.phone")
    stages.check_target(target, sends=sends)
    thread = _known_or_new(work, applicant, phone)
    candidate_id = thread.candidate_id
    _refuse_second(work, target.job_id, candidate_id)
    _record_consents(work, candidate_id, applicant, channels, source)
    _add_addresses(work, candidate_id, phone)
    application_id = _insert(work, target, candidate_id, external_id, applicant.tags)
    whence = (None, target.stage_id, "application", new_public_id())
    move_id = stages.record_move(work, application_id, *whence, user_id=user_id)
    tell_application(work, application_id)
    run = stages.enter(work, thread, application_id, target, move_id, sends=sends)
    return Applied(application_id, candidate_id, run.id if run else None)


def _known_or_new(work: Work, applicant: Applicant, phone: str) -> Thread:
    """Find or make the candidate, with their conversation taken.

    Somebody known is changed only under that lock: every turn takes the conversation before the candidate, and what
    two applications say at once must both stay.
    """
    given = {
        name: value
        for name in ("first_name", "last_name", "email", "city", "language", "time_zone", "channel")
        if (value := getattr(applicant, name))
    }
    candidate_id = candidate_by_phone(work, phone)
    if candidate_id is None:
        return lock_thread(work, add_candidate(work, phone=phone, fields=dict(applicant.fields), **given))
    thread = lock_thread(work, candidate_id)
    if given or applicant.fields:
        changes = {**given, "fields": {**thread.fields, **applicant.fields}}
        work.connection.execute(update(Candidate).where(Candidate.id == candidate_id).values(**changes))
        thread = lock_thread(work, candidate_id)
    return thread


def _record_consents(work: Work, candidate_id: int, applicant: Applicant, channels: Sequence[str], source: str) -> None:
    """Without a word on consent, the source of the application vouches for every channel of the job."""
    stated = applicant.consents
    if stated is None:
        stated = [ConsentGiven(ChannelKind(kind), source) for kind in channels]
    for consent in stated:
        give_consent(work, candidate_id, [consent.channel], source=consent.source, at=consent.at or work.now)


def _add_addresses(work: Work, candidate_id: int, phone: str) -> None:
    """A number can be tried on every kind of channel; what a provider uses for it already stays the one in use."""
    for kind in ChannelKind:
        if address_for(work, candidate_id, kind) is None:
            use_address(work, candidate_id, kind, phone)


def _refuse_second(work: Work, job_id: int, candidate_id: int) -> None:
    found = work.connection.execute(
        select(Application.id).where(
            Application.job_id == job_id,
            Application.candidate_id == candidate_id,
            Application.state == ApplicationState.ACTIVE,
        )
    ).scalar_one_or_none()
    if found is not None:
        raise AlreadyApplied(found)


def _insert(work: Work, target: stages.Target, candidate_id: int, external_id: str | None, tags: Sequence[str]) -> int:
    values = {
        "public_id": new_public_id(),
        "job_id": target.job_id,
        "candidate_id": candidate_id,
        "stage_id": target.stage_id,
        "external_id": external_id,
        "state": ApplicationState.ACTIVE,
        "score": 0,
        "tags": list(tags),
        "moved_at": work.now,
        "created_at": work.now,
    }
    return work.connection.execute(insert(Application).values(values).returning(Application.id)).scalar_one()


def _earlier(work: Work, external_id: str) -> Applied | None:
    row = work.connection.execute(
        select(Application.id, Application.candidate_id).where(Application.external_id == external_id)
    ).one_or_none()
    if row is None:
        return None
    first = select(Enrolment.id).where(Enrolment.application_id == row.id).order_by(Enrolment.id).limit(1)
    return Applied(row.id, row.candidate_id, work.connection.execute(first).scalar_one_or_none(), repeated=True)
