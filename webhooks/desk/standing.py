"""Where applications stand: stage, status and cause in words, as the job page and the sandbox show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from bot.insight.called_persons import needed_for
from bot.insight.enrolments import explain_enrolments
from bot.models import Application, Candidate, Conversation, Enrolment, EnrolmentEvent, Job, Stage
from bot.work import Work
from flows.lifecycles import OPEN


@dataclass(frozen=True, slots=True)
class Standing:
    """One application, with its latest enrolment if it has one; times are in the job's zone."""

    id: str
    candidate: str
    name: str
    job: str
    title: str
    stage: str
    state: str
    status: str
    sent_in: str
    """The stage whose campaign the status is of, where that is another one."""
    why: str
    person: str
    """What a person is needed for, or who holds the conversation."""
    since: datetime | None
    expires_at: datetime | None

    @property
    def label(self) -> str:
        """The status as product.md writes it."""
        return self.status.replace("_", " ").title()


def standings(work: Work, which: ColumnElement[bool], *, most: int) -> list[Standing]:
    """Return the applications that *which* chooses, newest first."""
    of_application = select(func.max(Enrolment.id)).where(Enrolment.application_id == Application.id)
    latest = of_application.correlate(Application).scalar_subquery()
    since = (
        select(func.max(EnrolmentEvent.at))
        .where(EnrolmentEvent.enrolment_id == Enrolment.id, EnrolmentEvent.status == Enrolment.status)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    earlier = aliased(Stage)
    rows = work.connection.execute(
        select(
            Application.public_id.label("application"), Application.state, Candidate.public_id.label("candidate"),
            Candidate.first_name, Candidate.last_name, Candidate.phone, Job.public_id.label("job"), Job.title,
            Job.time_zone, Stage.name.label("stage"), Enrolment.id.label("enrolment_id"), Enrolment.status,
            Enrolment.expires_at, Conversation.needs_person, Conversation.held_by,
            earlier.name.label("sent_in"), since.label("since"),
        )
        .select_from(Application)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Conversation, Conversation.candidate_id == Candidate.id)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .outerjoin(Enrolment, Enrolment.id == latest)
        .outerjoin(earlier, and_(earlier.id == Enrolment.stage_id, earlier.id != Application.stage_id))
        .where(which)
        .order_by(Application.id.desc())
        .limit(most)
    ).all()  # fmt: skip
    why = explain_enrolments(work, [row.enrolment_id for row in rows if row.enrolment_id is not None])
    return [_standing(row, why.get(row.enrolment_id, "")) for row in rows]


def full_name(row: Any) -> str:
    """Return a candidate's name, or the number where nobody told us one."""
    return f"{row.first_name} {row.last_name}".strip() or row.phone or "Unknown"


def _standing(row: Any, why: str) -> Standing:
    zone = ZoneInfo(row.time_zone)
    return Standing(
        id=row.application,
        candidate=row.candidate,
        name=full_name(row),
        job=row.job,
        title=row.title,
        stage=row.stage,
        state=row.state,
        status=row.status or "",
        sent_in=row.sent_in or "",
        why=why,
        person=_person(row),
        since=row.since.astimezone(zone) if row.since else None,
        expires_at=row.expires_at.astimezone(zone) if row.expires_at and row.status in OPEN else None,
    )


def _person(row: Any) -> str:
    held = f"Held by {row.held_by}" if row.held_by else ""
    return needed_for(row.needs_person) or held
