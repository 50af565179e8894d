"""`/enrolments`: campaigns under way and ended, with their history and answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from bot.errors import Conflict
from bot.insight.answers import standing_answers
from bot.insight.enrolments import explain_enrolments, stands_at
from bot.messaging.thread import lock_thread
from bot.models import Application, Candidate, Enrolment, EnrolmentEvent, Job, Message, Stage, StageCampaignVersion
from bot.pipeline.closings import release_now
from bot.pipeline.runs import flow_of
from bot.work import Work
from flows.lifecycles import CancelReason, EnrolmentStatus
from webhooks.api.finding import key_in, key_of
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.texts import Id, Shape

_MOMENTS = ("created_at", "sent_at", "delivered_at", "started_at", "expires_at", "ended_at")


class EnrolmentQuery(PageQuery):
    """Which enrolments are listed."""

    application: Id | None = None
    candidate: Id | None = None
    job: Id | None = None
    stage: Id | None = None
    status: EnrolmentStatus | None = None


class PositionShape(Shape):
    """The keys of the module and the question at which a conversation stands."""

    module: str | None
    question: str | None


class HistoryLine(Shape):
    """A status, since when, and why."""

    status: EnrolmentStatus
    at: datetime
    cause: str
    message: str | None = Field(description="The message that it is about.")


class EnrolmentShape(Shape):
    """One sending of one version of a campaign to one application."""

    id: str
    application: str
    candidate: str
    job: str
    stage: str
    version: int
    status: EnrolmentStatus
    reason: CancelReason | None = Field(description="Why it was cancelled.")
    provider_code: str | None = Field(description="The provider's code, where that is why it failed.")
    explanation: str | None
    waits_for: str | None = Field(description="The enrolment that has the turn.")
    position: PositionShape
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    started_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    history: list[HistoryLine]


class EnrolmentPage(Shape):
    """A page of enrolments."""

    items: list[EnrolmentShape]
    next: str | None


class AnswerShape(Shape):
    """What a candidate answered: as written, and as understood; a question that was skipped has no value."""

    question: str
    type: str
    raw: str
    value: Any
    answered_at: datetime
    version: int


class AnswerList(Shape):
    """All answers of an enrolment."""

    items: list[AnswerShape]
    next: str | None = None


def get_enrolments(work: Work, call: Call) -> Result:
    """List enrolments, newest first."""
    query: EnrolmentQuery = call.query
    statement = _statement()
    for column, what, given, field in (
        (Enrolment.application_id, Application, query.application, "application"),
        (Enrolment.candidate_id, Candidate, query.candidate, "candidate"),
        (Enrolment.job_id, Job, query.job, "job"),
        (Enrolment.stage_id, Stage, query.stage, "stage"),
    ):
        if given:
            statement = statement.where(column == key_in(work, what, given, field))
    if query.status:
        statement = statement.where(Enrolment.status == query.status)
    rows, following = page(work, statement, Enrolment.id, query)
    return Result(EnrolmentPage(items=_shapes(work, rows), next=following))


def get_enrolment(work: Work, call: Call) -> Result:
    """Show an enrolment."""
    return Result(show_enrolment(work, key_of(work, Enrolment, call.id)))


def release(work: Work, call: Call) -> Result:
    """Send an enrolment that waits now; the one that has the turn ends as superseded."""
    enrolment_id = key_of(work, Enrolment, call.id)
    of_candidate = select(Enrolment.candidate_id).where(Enrolment.id == enrolment_id)
    thread = lock_thread(work, work.connection.execute(of_candidate).scalar_one())
    if not release_now(work, thread, enrolment_id):
        shown = show_enrolment(work, enrolment_id)
        if shown.status is not EnrolmentStatus.QUEUED:
            raise Conflict(f"only what is queued can be released: this is {shown.status}")
        raise Conflict(shown.explanation or "its job is not open")
    return Result(show_enrolment(work, enrolment_id))


def get_answers(work: Work, call: Call) -> Result:
    """List the answers of an enrolment in order of asking; those that were replaced are left out."""
    answers = standing_answers(work, key_of(work, Enrolment, call.id))
    items = [
        AnswerShape(
            question=each.question,
            type=each.type,
            raw=each.raw,
            value=each.value,
            answered_at=each.answered_at,
            version=each.version,
        )
        for each in answers
    ]
    return Result(AnswerList(items=items))


def show_enrolment(work: Work, enrolment_id: int) -> EnrolmentShape:
    """Return an enrolment as the API shows it."""
    rows = work.connection.execute(_statement().where(Enrolment.id == enrolment_id)).all()
    return _shapes(work, rows)[0]


def _statement() -> Select[*tuple[Any, ...]]:
    before = aliased(Enrolment)
    return (
        select(
            Enrolment.id.label("key"),
            Enrolment.public_id.label("id_shown"),
            Application.public_id.label("application"),
            Candidate.public_id.label("candidate"),
            Job.public_id.label("job"),
            Stage.public_id.label("stage"),
            StageCampaignVersion.number.label("version"),
            Enrolment.version_id,
            Enrolment.status,
            Enrolment.reason,
            Enrolment.position,
            before.public_id.label("waits_for"),
            *(getattr(Enrolment, name) for name in _MOMENTS),
        )
        .join(Application, Application.id == Enrolment.application_id)
        .join(Candidate, Candidate.id == Enrolment.candidate_id)
        .join(Job, Job.id == Enrolment.job_id)
        .join(Stage, Stage.id == Enrolment.stage_id)
        .join(StageCampaignVersion, StageCampaignVersion.id == Enrolment.version_id)
        .outerjoin(before, before.id == Enrolment.waits_for_id)
    )


def _shapes(work: Work, rows: Sequence[Any]) -> list[EnrolmentShape]:
    keys = [row.key for row in rows]
    history, why = _history(work, keys), explain_enrolments(work, keys)
    return [_shape(work, row, why.get(row.key), history.get(row.key, [])) for row in rows]


def _shape(work: Work, row: Any, why: str | None, history: list[HistoryLine]) -> EnrolmentShape:
    status, reason = EnrolmentStatus(row.status), row.reason or ""
    module, question = stands_at(flow_of(work, row.version_id), row.position)
    same = ("application", "candidate", "job", "stage", "version", *_MOMENTS)
    return EnrolmentShape(
        id=row.id_shown,
        status=status,
        reason=CancelReason(reason) if status is EnrolmentStatus.CANCELLED and reason else None,
        provider_code=reason if reason.isascii() and reason.isdigit() else None,
        explanation=why,
        waits_for=row.waits_for if status is EnrolmentStatus.QUEUED else None,
        position=PositionShape(module=module, question=question),
        history=history,
        **{name: getattr(row, name) for name in same},
    )


def _history(work: Work, keys: list[int]) -> dict[int, list[HistoryLine]]:
    found = work.connection.execute(
        select(
            EnrolmentEvent.enrolment_id,
            EnrolmentEvent.status,
            EnrolmentEvent.at,
            EnrolmentEvent.cause,
            Message.public_id.label("message"),
        )
        .outerjoin(Message, Message.id == EnrolmentEvent.message_id)
        .where(EnrolmentEvent.enrolment_id.in_(keys))
        .order_by(EnrolmentEvent.id)
    )
    lines: dict[int, list[HistoryLine]] = {}
    for row in found:
        line = HistoryLine(status=row.status, at=row.at, cause=row.cause, message=row.message)
        lines.setdefault(row.enrolment_id, []).append(line)
    return lines
