"""STATUS: how far each application of a candidate is, in words for them."""

from typing import Any

from sqlalchemy import ScalarSelect, select

from bot.dialogue.notices import tell
from bot.engine.effects import Phrase
from bot.messaging.thread import ASKED, Thread
from bot.models import Application, ApplicationState, Enrolment, Job, JobState, Stage
from bot.pipeline.enrolments import JOB_NOT_OPEN
from bot.pipeline.runs import flow_of
from bot.work import Work
from flows.flow import StageType
from flows.lifecycles import EnrolmentStatus
from flows.wording import phrase

_STATES = {
    EnrolmentStatus.QUEUED: "state_queued",
    EnrolmentStatus.SENDING: "state_delivered",
    EnrolmentStatus.DELIVERED: "state_delivered",
    EnrolmentStatus.IN_PROGRESS: "state_in_conversation",
    EnrolmentStatus.COMPLETED: "state_done",
    EnrolmentStatus.EXPIRED: "state_expired",
}


def tell_status(work: Work, thread: Thread, language: str) -> None:
    """Say of each application in the running where it stands."""
    rows = work.connection.execute(
        select(
            Job.title,
            Job.state.label("job_state"),
            Stage.type.label("stage_type"),
            (Enrolment.stage_id == Application.stage_id).label("of_this_stage"),
            Enrolment.status,
            Enrolment.is_blast,
            Enrolment.finished,
            Enrolment.waits_because,
            Enrolment.version_id,
        )
        .select_from(Application)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .outerjoin(Enrolment, Enrolment.id == _latest())
        .where(Application.candidate_id == thread.candidate_id, Application.state == ApplicationState.ACTIVE)
        .order_by(Application.id)
    ).all()
    locale = thread.language or language
    states = [_state(work, row) for row in rows]
    if thread.needs_person == ASKED:
        states = [_with_person(state) for state in states]
    told = zip(rows, states, strict=True)
    lines = [Phrase("status_job", {"job": row.title, "state": phrase(state, locale)}) for row, state in told]
    tell(work, thread, *(lines or [Phrase("status_none")]), language=language)


def _state(work: Work, row: Any) -> str:
    """Return the phrase for one application. A rejection is only told to whom it was sent."""
    if row.status is None:
        return _without_news(row)
    status = EnrolmentStatus(row.status)
    is_over = status.is_final or (row.is_blast and status is EnrolmentStatus.DELIVERED)
    if is_over and not row.of_this_stage:
        return _without_news(row)
    if row.stage_type == StageType.REJECT and is_over and status in _TOLD:
        return "state_ended"
    waits_for_job = status is EnrolmentStatus.QUEUED and row.waits_because == JOB_NOT_OPEN
    if row.job_state == JobState.CLOSED or row.is_blast or waits_for_job:
        return _without_news(row)
    if row.finished or (status is EnrolmentStatus.COMPLETED and flow_of(work, row.version_id).flow.asks_nothing):
        return "state_told"
    if status is EnrolmentStatus.EXPIRED and flow_of(work, row.version_id).flow.reopen:
        return "state_reopens"
    return _STATES.get(status, "state_open")


def _with_person(state: str) -> str:
    """What waits for an answer waits for the person whom they asked for."""
    return "state_with_person" if state in ("state_delivered", "state_in_conversation") else state


_TOLD = (EnrolmentStatus.DELIVERED, EnrolmentStatus.COMPLETED)


def _without_news(row: Any) -> str:
    return "state_closed" if row.job_state == JobState.CLOSED else "state_open"


def _latest() -> ScalarSelect[int]:
    """The id of an application's latest enrolment."""
    return (
        select(Enrolment.id)
        .where(Enrolment.application_id == Application.id)
        .order_by(Enrolment.id.desc())
        .limit(1)
        .correlate(Application)
        .scalar_subquery()
    )
