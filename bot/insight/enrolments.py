"""Enrolments in words: where they stand, and why they failed or wait."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.channels.error_codes import explain
from bot.engine import CompiledFlow
from bot.engine.position import MODULE, QUESTION
from bot.models import Conversation, Delivery, Enrolment, Job, JobState, Message, Stage
from bot.work import Work
from flows.lifecycles import CancelReason, EnrolmentStatus

_CANCELLED = {
    CancelReason.WITHDRAWN: "The candidate withdrew.",
    CancelReason.ARCHIVED: "The application was archived.",
    CancelReason.SUPERSEDED: "Another campaign took its place.",
    CancelReason.OPTED_OUT: "The candidate asked us to stop.",
    CancelReason.JOB_CLOSED: "The job was closed.",
}
_NOT_OPEN = {
    JobState.DRAFT: "Waits until the job is open: it is a draft.",
    JobState.PAUSED: "Waits until the job is open again: it is paused.",
    JobState.CLOSED: "Waits until the job is open again: it is closed.",
}


def explain_enrolment(work: Work, enrolment_id: int) -> str | None:
    """Say in words why an enrolment failed, waits or was cancelled; None where there is nothing to explain."""
    row = work.connection.execute(
        select(Enrolment.status, Enrolment.reason, Enrolment.waits_for_id, Job.state)
        .join(Job, Job.id == Enrolment.job_id)
        .where(Enrolment.id == enrolment_id)
    ).one()
    match EnrolmentStatus(row.status):
        case EnrolmentStatus.FAILED:
            why = explain(row.reason or "")
            return f"{why.explanation} {why.remedy}"
        case EnrolmentStatus.CANCELLED:
            return _CANCELLED.get(CancelReason(row.reason)) if row.reason else None
        case EnrolmentStatus.QUEUED if row.state != JobState.OPEN:
            return _NOT_OPEN[JobState(row.state)]
        case EnrolmentStatus.QUEUED:
            return _what_it_waits_for(work, row.waits_for_id)
        case EnrolmentStatus.SENDING:
            return _who_holds_it(work, enrolment_id)
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


def _who_holds_it(work: Work, enrolment_id: int) -> str | None:
    """A welcome that is ready waits as long as a person holds the conversation."""
    held_by = work.connection.execute(
        select(Conversation.held_by)
        .join(Message, Message.conversation_id == Conversation.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(
            Delivery.enrolment_id == enrolment_id,
            Message.status == MessageStatus.QUEUED,
            Message.held,
            Conversation.held_by.is_not(None),
        )
        .limit(1)
    ).scalar_one_or_none()
    return f"Goes out when {held_by} hands the conversation back." if held_by else None


def _what_it_waits_for(work: Work, before_id: int | None) -> str:
    if before_id is None:
        return "Waits for its turn."
    row = work.connection.execute(
        select(Job.title, Stage.name)
        .select_from(Enrolment)
        .join(Job, Job.id == Enrolment.job_id)
        .join(Stage, Stage.id == Enrolment.stage_id)
        .where(Enrolment.id == before_id)
    ).one()
    return f"Waits until the campaign of stage {row.name} for the job {row.title} has ended."
