"""What is told of each kind of event: ids and statuses as the API writes them, and nothing of a person.

Whoever is told asks the API for the rest, with a key of their own. So what lies in logs of others, and what is kept
here for replays, holds no personal data, and every event is small.
"""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.sql import Executable

from bot.models import Application, Candidate, Channel, Conversation, Enrolment, EventType, Job, Message, Stage
from bot.outgoing.announcing import announce, moment, wanting
from bot.statements import Prepared
from bot.work import Work
from flows.lifecycles import EnrolmentStatus


def tell_status(work: Work, enrolment_id: int, former: str | None) -> None:
    """The status of an enrolment has changed; *former* is the one before, None of a new one."""
    if endpoints := wanting(work, EventType.STATUS_CHANGED):
        row = _ENROLMENT.first(work.connection, key=enrolment_id)
        reason = row.reason or ""
        data = _of_enrolment(row) | {
            "status": row.status,
            "previous_status": former,
            "reason": reason or None if row.status == EnrolmentStatus.CANCELLED else None,
            "provider_code": reason if reason.isascii() and reason.isdigit() else None,
        }
        announce(work, endpoints, EventType.STATUS_CHANGED, data)


def tell_answer(work: Work, enrolment_id: int, question: str, kind: str) -> None:
    """A question was answered, or skipped."""
    if endpoints := wanting(work, EventType.ANSWER_GIVEN):
        data = _of_enrolment(_ENROLMENT.first(work.connection, key=enrolment_id))
        data |= {"question": question, "type": kind, "answered_at": moment(work.now)}
        announce(work, endpoints, EventType.ANSWER_GIVEN, data)


def tell_application(work: Work, application_id: int) -> None:
    """Somebody has applied."""
    if endpoints := wanting(work, EventType.APPLICATION_CREATED):
        data = _of_application(_APPLICATION.first(work.connection, key=application_id))
        announce(work, endpoints, EventType.APPLICATION_CREATED, data)


def tell_move(work: Work, application_id: int, from_stage_id: int) -> None:
    """An application was moved; from a stage to the same one where that is sent again."""
    if endpoints := wanting(work, EventType.APPLICATION_MOVED):
        data = _of_application(_APPLICATION.first(work.connection, key=application_id))
        data["previous_stage"] = _STAGE.first(work.connection, key=from_stage_id).public_id
        announce(work, endpoints, EventType.APPLICATION_MOVED, data)


def tell_failure(work: Work, message_id: int) -> None:
    """A message was not delivered."""
    if endpoints := wanting(work, EventType.MESSAGE_FAILED):
        row = _MESSAGE.first(work.connection, key=message_id)
        data = {
            "message": row.message,
            "candidate": row.candidate,
            "enrolment": row.enrolment,
            "channel": row.channel,
            "status": row.status,
            "error_code": row.error_code,
        }
        announce(work, endpoints, EventType.MESSAGE_FAILED, data)


def tell_opt_out(work: Work, candidate_id: int) -> None:
    """A candidate wants no more messages."""
    if endpoints := wanting(work, EventType.OPTED_OUT):
        row = _CANDIDATE.first(work.connection, key=candidate_id)
        announce(work, endpoints, EventType.OPTED_OUT, {"candidate": row.public_id, "opted_out_at": moment(work.now)})


def _of_application(row: Any) -> dict[str, Any]:
    return {
        "application": row.application,
        "external_id": row.external_id,
        "candidate": row.candidate,
        "job": row.job,
        "stage": row.stage,
    }


def _of_enrolment(row: Any) -> dict[str, Any]:
    return {"enrolment": row.enrolment, **_of_application(row)}


_REFERENCES = (
    Application.public_id.label("application"),
    Application.external_id,
    Candidate.public_id.label("candidate"),
    Job.public_id.label("job"),
    Stage.public_id.label("stage"),
)


def _enrolment(_: str) -> Executable:
    """Read an enrolment with the stage that it is of, which its application may have left."""
    return (
        select(Enrolment.public_id.label("enrolment"), Enrolment.status, Enrolment.reason, *_REFERENCES)
        .join(Application, Application.id == Enrolment.application_id)
        .join(Candidate, Candidate.id == Enrolment.candidate_id)
        .join(Job, Job.id == Enrolment.job_id)
        .join(Stage, Stage.id == Enrolment.stage_id)
        .where(Enrolment.id == bindparam("key"))
    )


def _application(_: str) -> Executable:
    return (
        select(*_REFERENCES)
        .select_from(Application)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .where(Application.id == bindparam("key"))
    )


def _message(_: str) -> Executable:
    return (
        select(
            Message.public_id.label("message"),
            Message.status,
            Message.error_code,
            Candidate.public_id.label("candidate"),
            Enrolment.public_id.label("enrolment"),
            Channel.kind.label("channel"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .join(Channel, Channel.id == Message.channel_id)
        .outerjoin(Enrolment, Enrolment.id == Message.enrolment_id)
        .where(Message.id == bindparam("key"))
    )


_ENROLMENT = Prepared(_enrolment)
_APPLICATION = Prepared(_application)
_MESSAGE = Prepared(_message)
_STAGE = Prepared(lambda _: select(Stage.public_id).where(Stage.id == bindparam("key")))
_CANDIDATE = Prepared(lambda _: select(Candidate.public_id).where(Candidate.id == bindparam("key")))
