"""Enrolments in words: where they stand, and why they failed or wait."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, select
from sqlalchemy.orm import aliased

from bot.channels.base import MessageStatus
from bot.channels.error_codes import explain
from bot.engine import CompiledFlow
from bot.engine.position import MODULE, QUESTION
from bot.insight.waiting import why_enrolments_wait
from bot.models import Enrolment, EnrolmentEvent, Job, JobState, Stage
from bot.pipeline.switching import ENDED_WITH_SANDBOX
from bot.work import Work
from flows.lifecycles import OPEN, CancelReason, EnrolmentStatus

_CANCELLED = {
    CancelReason.WITHDRAWN: "The candidate withdrew.",
    CancelReason.ARCHIVED: "The application was archived.",
    CancelReason.SUPERSEDED: "A move or another campaign took its place.",
    CancelReason.OPTED_OUT: explain("callboard_opted_out").in_words,
    CancelReason.JOB_CLOSED: "The job was closed.",
}
_WITH_SANDBOX = "It ran on the sandbox phone until Twilio was connected, and reached nobody: send the stage again."
_EXPIRED = "It was not completed in time: send the stage again, or write to the candidate."
_NOT_OPEN = {
    JobState.DRAFT: "Waits until the job is open: it is a draft.",
    JobState.PAUSED: "Waits until the job is open again: it is paused.",
    JobState.CLOSED: "Waits until the job is open again: it is closed.",
}


_OF_MESSAGES = {reason.replace("_", " "): words for reason, words in _CANCELLED.items()} | {
    "expired": "The time to answer was over before it was sent.",
    "not delivered": "The welcome before it was not delivered.",
}


def explain_cause(cause: str) -> str:
    """Say in a sentence why a message was taken back, from the few words that it keeps."""
    return _OF_MESSAGES.get(cause) or f"{cause[:1].upper()}{cause[1:]}."


def explain_message(row: Any) -> str | None:
    """Say in words what became of a message of ours, where there is anything to say of it.

    A code says it better than our own word for the cause; for an unknown fate the cause comes first.
    """
    if row.error_code:
        return explain(row.error_code, with_medium="media" in row.content).in_words
    if row.cause and row.status == MessageStatus.DELIVERED:
        return f"Counts as delivered: {row.cause}."
    cause = explain_cause(row.cause) if row.cause else ""
    unknown = explain("callboard_unconfirmed").in_words if row.status == MessageStatus.UNCONFIRMED else ""
    return f"{cause} {unknown}".strip() or None


def job_not_open(state: JobState) -> str:
    """Say in a sentence what an enrolment waits for whose job is not open."""
    return _NOT_OPEN[state]


def explain_enrolment(work: Work, enrolment_id: int) -> str | None:
    """Say in words why an enrolment failed, waits or was cancelled; None where there is nothing to explain."""
    return explain_enrolments(work, [enrolment_id]).get(enrolment_id)


def explain_enrolments(work: Work, enrolment_ids: Collection[int], *, names_jobs: bool = True) -> dict[int, str]:
    """Say in words why enrolments failed, wait or were cancelled, of those of which there is something to explain.

    Without *names_jobs* it can be read by who must not know for what else the candidate has applied.
    """
    rows = work.connection.execute(_to_explain(), {"ids": list(enrolment_ids)}).all()
    found = {row.id: words for row in rows if (words := _explain(row, names_jobs=names_jobs))}
    is_open = [row.id for row in rows if row.status in (EnrolmentStatus.SENDING, *OPEN)]
    return found | (why_enrolments_wait(work, is_open) if is_open else {})


@cache
def _to_explain() -> Select[Any]:
    """Built once: that takes longer than running it."""
    before, its_job, its_stage = aliased(Enrolment), aliased(Job), aliased(Stage)
    columns: tuple[Any, ...] = (
        Enrolment.id,
        Enrolment.status,
        Enrolment.reason,
        Job.state,
        its_job.title.label("job_before"),
        its_stage.name.label("stage_before"),
        _ended_with_sandbox().label("ended_with_sandbox"),
    )
    return (
        select(*columns)
        .join(Job, Job.id == Enrolment.job_id)
        .outerjoin(before, before.id == Enrolment.waits_for_id)
        .outerjoin(its_job, its_job.id == before.job_id)
        .outerjoin(its_stage, its_stage.id == before.stage_id)
        .where(Enrolment.id.in_(bindparam("ids", expanding=True)))
    )


def _ended_with_sandbox() -> ColumnElement[bool]:
    of_run = EnrolmentEvent.enrolment_id == Enrolment.id
    return exists().where(of_run, EnrolmentEvent.cause == ENDED_WITH_SANDBOX)


def _explain(row: Any, *, names_jobs: bool) -> str | None:
    match EnrolmentStatus(row.status):
        case EnrolmentStatus.FAILED:
            return explain(row.reason or "").in_words
        case EnrolmentStatus.EXPIRED:
            return _EXPIRED
        case EnrolmentStatus.CANCELLED if row.ended_with_sandbox:
            return _WITH_SANDBOX
        case EnrolmentStatus.CANCELLED:
            return _CANCELLED.get(CancelReason(row.reason)) if row.reason else None
        case EnrolmentStatus.QUEUED if row.state != JobState.OPEN:
            return _NOT_OPEN[JobState(row.state)]
        case EnrolmentStatus.QUEUED if row.stage_before is None:
            return "Waits for its turn."
        case EnrolmentStatus.QUEUED if not names_jobs:
            return "Waits until another campaign of this candidate has ended."
        case EnrolmentStatus.QUEUED:
            return f"Waits until the campaign of stage {row.stage_before} for the job {row.job_before} has ended."
    return None


def stands_at(compiled: CompiledFlow, position: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the keys of the module and of the question at which a stored position stands."""
    state = str(position.get("state", ""))
    if state.startswith(MODULE):
        return state.removeprefix(MODULE), None
    if not state.startswith(QUESTION):
        return None, None
    question = state.removeprefix(QUESTION)
    try:
        return compiled.flow.module_of(question), question
    except KeyError:
        return None, question
