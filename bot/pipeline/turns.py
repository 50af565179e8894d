"""One stage campaign at a time per candidate: who has the turn, and who is next."""

from sqlalchemy import bindparam, select

from bot.messaging.thread import Thread, change_thread
from bot.models import Enrolment, Job, JobState
from bot.pipeline.runs import Run
from bot.statements import Prepared
from bot.work import Work
from flows.lifecycles import EnrolmentStatus


def take(work: Work, thread: Thread, run: Run) -> bool:
    """Give the turn to *run* if nobody has it and nobody who may go waits before it. False: it must wait."""
    if thread.active_enrolment_id is not None:
        return thread.active_enrolment_id == run.id
    if next_up(work, thread) not in (None, run.id):
        return False
    change_thread(work, thread, active_enrolment_id=run.id)
    return True


def give(work: Work, thread: Thread, run: Run) -> None:
    """Give the turn to *run*, whoever waits before it; nobody must have it."""
    change_thread(work, thread, active_enrolment_id=run.id)


def give_back(work: Work, thread: Thread, run: Run) -> None:
    """Take the turn from *run*, if it has it."""
    if thread.active_enrolment_id == run.id:
        change_thread(work, thread, active_enrolment_id=None)


def next_up(work: Work, thread: Thread) -> int | None:
    """Return the enrolment that has waited longest and whose job is open; those of paused jobs are passed over."""
    if thread.active_enrolment_id is not None:
        return None
    row = _NEXT.first(work.connection, candidate_id=thread.candidate_id)
    return None if row is None else int(row.id)


_NEXT = Prepared(
    lambda _: (
        select(Enrolment.id)
        .join(Job, Job.id == Enrolment.job_id)
        .where(
            Enrolment.candidate_id == bindparam("candidate_id"),
            Enrolment.status == EnrolmentStatus.QUEUED,
            Job.state == JobState.OPEN,
        )
        .order_by(Enrolment.place, Enrolment.id)
        .limit(1)
    )
)
