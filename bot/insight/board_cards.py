"""Applications as the board and the table show them: one value each, read for many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select
from sqlalchemy.orm import aliased

from bot.dialogue.naming import NAME_OF_USER
from bot.insight.board_where import average_rating
from bot.insight.called_persons import needed_for
from bot.insight.enrolments import explain_enrolments
from bot.insight.next_events import NextEvent, next_event
from bot.insight.pending_moves import PendingMove, pending_moves
from bot.models import Application, Candidate, Conversation, Enrolment, Job, Rating, Stage, User
from bot.pipeline.runs import flow_of
from bot.work import Work
from flows.lifecycles import EnrolmentStatus

AT_ONCE = 1000
"""So many ids in one statement."""
QUESTION = "q:"


@dataclass(frozen=True, slots=True)
class Card:
    """One application. Times are in the job's zone."""

    key: int
    """The row, as `Topic.APPLICATION` names it."""
    id: str
    candidate: str
    candidate_key: int
    name: str
    initials: str
    phone: str
    stage: str
    stage_name: str
    state: str
    status: str
    """Of the latest enrolment; empty where nothing was ever sent."""
    sent_in: str
    """The stage whose campaign the status is of, where that is another one."""
    cause: str
    since: datetime | None
    next: NextEvent | None
    progress: tuple[int, int] | None
    """The question that is open, and how many there are."""
    rating: float | None
    ratings: int
    tags: tuple[str, ...]
    proposed_stage: str
    needs_person: str
    held_by: str
    owner: str
    moved_at: datetime
    days_in_stage: int
    created_at: datetime
    pending: PendingMove | None

    @property
    def label(self) -> str:
        """The status as product.md writes it."""
        return self.status.replace("_", " ").title()


def cards(work: Work, application_ids: Sequence[int]) -> list[Card]:
    """Return the cards of applications, in the order given; those that are gone are left out."""
    found: dict[int, Card] = {}
    for begin in range(0, len(application_ids), AT_ONCE):
        part = application_ids[begin : begin + AT_ONCE]
        rows = work.connection.execute(_statement(), {"keys": part}).all()
        known = [row.enrolment_id for row in rows if row.enrolment_id is not None]
        why = explain_enrolments(work, known, names_jobs=False)
        pending = pending_moves(work, part)
        found |= {row.key: _card(work, row, why.get(row.enrolment_id, ""), pending.get(row.key)) for row in rows}
    return [found[key] for key in application_ids if key in found]


def since() -> ColumnElement[Any]:
    """Return since when the latest enrolment has its status."""
    return case(
        (Enrolment.status == EnrolmentStatus.QUEUED, Enrolment.created_at),
        (Enrolment.status == EnrolmentStatus.SENDING, Enrolment.sent_at),
        (Enrolment.status == EnrolmentStatus.DELIVERED, Enrolment.delivered_at),
        (Enrolment.status == EnrolmentStatus.IN_PROGRESS, Enrolment.started_at),
        else_=Enrolment.ended_at,
    )


@cache
def _statement() -> Select[Any]:
    """Built once: that takes longer than running it."""
    its_stage, before, job_before = aliased(Stage), aliased(Enrolment), aliased(Job)
    raters = select(func.count()).where(Rating.application_id == Application.id).correlate(Application)
    columns: tuple[Any, ...] = (
        Application.id.label("key"), Application.public_id, Application.state, Application.stage_id, Application.tags,
        Application.proposed_stage, Application.moved_at, Application.created_at,
        Candidate.id.label("candidate_key"), Candidate.public_id.label("candidate"), Candidate.first_name,
        Candidate.last_name, Candidate.phone, Candidate.time_zone.label("candidate_zone"), Candidate.opted_out_at,
        Conversation.needs_person, Conversation.held_by, NAME_OF_USER.label("owner"),
        Job.time_zone, Stage.public_id.label("stage"), Stage.name.label("stage_name"),
        Enrolment.id.label("enrolment_id"), Enrolment.stage_id.label("sent_in_id"), its_stage.name.label("sent_in"),
        Enrolment.version_id, Enrolment.status, Enrolment.position, Enrolment.expires_at, Enrolment.remind_at,
        Enrolment.reminders_sent, since().label("since"), job_before.title.label("job_before"),
        job_before.location.label("location_before"), average_rating().label("rating"),
        raters.scalar_subquery().label("ratings"),
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(Application)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .outerjoin(Conversation, Conversation.candidate_id == Candidate.id)
        .outerjoin(User, User.id == Conversation.assigned_to_id)
        .outerjoin(Enrolment, Enrolment.id == Application.last_enrolment_id)
        .outerjoin(its_stage, its_stage.id == Enrolment.stage_id)
        .outerjoin(before, before.id == Enrolment.waits_for_id)
        .outerjoin(job_before, job_before.id == before.job_id)
        .where(Application.id.in_(bindparam("keys", expanding=True)))
    )


def _card(work: Work, row: Any, cause: str, pending: PendingMove | None) -> Card:
    zone = ZoneInfo(row.time_zone)
    return Card(
        key=row.key,
        id=row.public_id,
        candidate=row.candidate,
        candidate_key=row.candidate_key,
        name=full_name(row.first_name, row.last_name, row.phone),
        initials=initials(row.first_name, row.last_name, row.phone),
        phone=row.phone or "",
        stage=row.stage,
        stage_name=row.stage_name,
        state=row.state,
        status=row.status or "",
        sent_in=row.sent_in if row.sent_in_id not in (None, row.stage_id) else "",
        cause=cause,
        since=row.since.astimezone(zone) if row.since else None,
        next=next_event(work, row, zone),
        progress=_progress(work, row),
        rating=float(row.rating) if row.rating is not None else None,
        ratings=row.ratings,
        tags=tuple(str(tag) for tag in row.tags),
        proposed_stage=row.proposed_stage or "",
        needs_person=needed_for(row.needs_person),
        held_by=row.held_by or "",
        owner=row.owner or "",
        moved_at=row.moved_at.astimezone(zone),
        days_in_stage=max(0, (work.now - row.moved_at).days),
        created_at=row.created_at.astimezone(zone),
        pending=pending,
    )


def full_name(first: str, last: str, phone: str | None) -> str:
    """Return a candidate's name, or the number where nobody told us one."""
    return f"{first} {last}".strip() or phone or "Unknown"


def initials(first: str, last: str, phone: str | None) -> str:
    """Return the first letters of the names, or the end of the number where there is none."""
    letters = "".join(name.strip()[:1] for name in (first, last))
    return letters.upper() or (phone or "")[-2:]


def _progress(work: Work, row: Any) -> tuple[int, int] | None:
    """Rules only lead forward, so the place of the open question says how far somebody is."""
    if row.status != EnrolmentStatus.IN_PROGRESS:
        return None
    state = str(row.position.get("state", ""))
    keys = [question.key for question in flow_of(work, row.version_id).flow.questions()]
    key = state.removeprefix(QUESTION)
    return (keys.index(key) + 1, len(keys)) if state.startswith(QUESTION) and key in keys else None
