"""How an enrolment ends, and how the next in the queue is then released.

Two ends are not here. A welcome that can go no way fails in `enrolments.launch`; whoever launches calls `release_next`.
A blast ends in `enrolments.mark_delivered`; it had no turn.
"""

from sqlalchemy import bindparam, select, update

from bot.channels.error_codes import in_history
from bot.failpoints import crash_point
from bot.messaging.outbox import cancel_queued
from bot.messaging.thread import Thread
from bot.models import Enrolment, Topic
from bot.pipeline import enrolments, turns
from bot.pipeline.runs import Run, load_run
from bot.statements import Prepared
from bot.work import Work
from flows.lifecycles import CancelReason, EnrolmentStatus

UNFINISHED = (
    EnrolmentStatus.QUEUED,
    EnrolmentStatus.SENDING,
    EnrolmentStatus.DELIVERED,
    EnrolmentStatus.IN_PROGRESS,
)


def complete(work: Work, thread: Thread, run: Run, cause: str) -> None:
    """The conclusion is in the outbox."""
    enrolments.change_status(work, run, "complete", cause, ended_at=work.now, remind_at=None)
    release(work, thread, run)


def fail(work: Work, thread: Thread, run: Run, code: str, message_id: int | None = None) -> None:
    """The welcome could not be delivered; *code* says why, in the provider's words or ours."""
    enrolments.change_status(
        work,
        run,
        "fail",
        in_history(code),
        message_id=message_id,
        reason=code,
        ended_at=work.now,
        remind_at=None,
    )
    work.changed(Topic.APPLICATION, run.application_id)
    cancel_queued(work, thread, "not delivered", enrolment_id=run.id)
    release(work, thread, run)


def expire(work: Work, thread: Thread, run: Run) -> None:
    """The time to answer is over."""
    enrolments.change_status(work, run, "expire", "not completed in time", ended_at=work.now, remind_at=None)
    cancel_queued(work, thread, "expired", enrolment_id=run.id)
    release(work, thread, run)


def cancel(work: Work, thread: Thread, run: Run, reason: CancelReason, *, cause: str | None = None) -> None:
    """End an enrolment from outside, and release the next; *cause* says it where the reason alone does not."""
    drop(work, thread, run, reason, cause=cause)
    release(work, thread, run)


def drop(work: Work, thread: Thread, run: Run, reason: CancelReason, *, cause: str | None = None) -> None:
    """End an enrolment from outside without releasing anybody: somebody takes its place, or nobody may."""
    told = cause or reason.replace("_", " ")
    enrolments.change_status(work, run, "cancel", told, reason=reason, ended_at=work.now, remind_at=None)
    cancel_queued(work, thread, told, enrolment_id=run.id)


def release(work: Work, thread: Thread, run: Run) -> None:
    """Take the turn from an enrolment that has ended and give it to the next that can be sent."""
    turns.give_back(work, thread, run)
    release_next(work, thread)


def release_next(work: Work, thread: Thread) -> None:
    """Send the next in the queue if nobody has the turn; one that fails at once is passed over."""
    while (following := turns.next_up(work, thread)) is not None:
        crash_point("release_found")
        enrolments.send_or_wait(work, thread, load_run(work, following))
    if thread.active_enrolment_id is not None:
        active = {"candidate_id": thread.candidate_id, "active_id": thread.active_enrolment_id}
        _WAIT_FOR.run_later(work.connection, **active)


_WAIT_FOR = Prepared(
    lambda _: (
        update(Enrolment)
        .where(Enrolment.candidate_id == bindparam("candidate_id"), Enrolment.status == EnrolmentStatus.QUEUED)
        .where(Enrolment.waits_because != enrolments.JOB_NOT_OPEN)
        .values(waits_for_id=bindparam("active_id"))
    )
)


def unfinished_of(work: Work, application_id: int) -> Run | None:
    """Return the enrolment of an application that has not ended; a blast ends when it is delivered."""
    found = _UNFINISHED_OF.first(work.connection, application_id=application_id)
    return load_run(work, found.id) if found is not None else None


_UNFINISHED_OF = Prepared(
    lambda _: (
        select(Enrolment.id)
        .where(
            Enrolment.application_id == bindparam("application_id"),
            Enrolment.status.in_(UNFINISHED),
            Enrolment.ended_at.is_(None),
        )
        .order_by(Enrolment.id.desc())
        .limit(1)
    )
)


def cancel_all(work: Work, thread: Thread, reason: CancelReason, *, besides: int | None = None) -> None:
    """End everything of a candidate, but for one enrolment that ends otherwise; none is released on the way."""
    ids = work.connection.execute(
        select(Enrolment.id)
        .where(
            Enrolment.candidate_id == thread.candidate_id,
            Enrolment.status.in_(UNFINISHED),
            Enrolment.ended_at.is_(None),
        )
        .order_by(Enrolment.id)
    ).scalars()
    for run in [load_run(work, enrolment_id) for enrolment_id in ids if enrolment_id != besides]:
        drop(work, thread, run, reason)
        turns.give_back(work, thread, run)
