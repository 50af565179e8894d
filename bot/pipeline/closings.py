"""An application leaves the running: withdrawn by the candidate, or archived by a person; a job closes or opens."""

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Executable

from bot.errors import Conflict
from bot.messaging.thread import Thread, lock_thread
from bot.models import Application, ApplicationChange, ApplicationState, Enrolment, Job, JobState, Topic
from bot.pipeline import endings, enrolments, turns
from bot.pipeline.runs import load_run
from bot.statements import Prepared, change_row, note_row
from bot.work import Work
from flows.lifecycles import CancelReason, EnrolmentStatus

_REASONS = {
    ApplicationState.WITHDRAWN: CancelReason.WITHDRAWN,
    ApplicationState.ARCHIVED: CancelReason.ARCHIVED,
}


def close_application(
    work: Work, thread: Thread, application_id: int, state: ApplicationState, *, user_id: int | None = None
) -> None:
    """Take an application out of the running, ending its campaign; the next in the queue is released."""
    leave(work, application_id, state, user_id)
    unfinished = endings.unfinished_of(work, application_id)
    if unfinished is not None:
        endings.cancel(work, thread, unfinished, _REASONS[state])
    work.changed(Topic.APPLICATION, application_id)


def reopen_application(work: Work, application_id: int, *, user_id: int | None = None) -> None:
    """Take an application back into the running; what was cancelled with it stays so, until its stage is sent again.

    Its candidate's thread is held by the caller. Raises `Conflict` where the person has applied for the job anew.
    """
    before = aliased(Application)
    same = (Application.job_id == before.job_id, Application.candidate_id == before.candidate_id)
    anew = select(Application.id).join(before, and_(*same)).where(before.id == application_id)
    active = anew.where(Application.state == ApplicationState.ACTIVE, Application.id != application_id)
    if work.connection.execute(active).first() is not None:
        raise Conflict("This person has another application for the same job that is in the running.")
    _come_into(work, application_id, ApplicationState.ACTIVE, user_id)


def leave(work: Work, application_id: int, state: ApplicationState, user_id: int | None) -> None:
    """Take an application out of the running, and write that down; its campaign is the caller's."""
    _come_into(work, application_id, state, user_id)


def _come_into(work: Work, application_id: int, state: ApplicationState, user_id: int | None) -> None:
    change_row(work.connection, Application, application_id, state=state)
    changed = {"application_id": application_id, "user_id": user_id, "kind": state, "tag": None, "at": work.now}
    note_row(work.connection, ApplicationChange, **changed)
    work.changed(Topic.APPLICATION, application_id)


def reject_everywhere(work: Work, thread: Thread) -> None:
    """Archive all applications of a candidate; nothing that waits is released to them on the way."""
    endings.cancel_all(work, thread, CancelReason.ARCHIVED)
    active = select(Application.id).where(
        Application.candidate_id == thread.candidate_id, Application.state == ApplicationState.ACTIVE
    )
    for application_id in list(work.connection.execute(active).scalars()):
        leave(work, application_id, ApplicationState.ARCHIVED, None)


def release_now(work: Work, thread: Thread, enrolment_id: int) -> bool:
    """Send a waiting enrolment now; the one that has the turn ends as superseded. False: it does not wait.

    A blast takes no turn, and ends nothing.
    """
    run = load_run(work, enrolment_id)
    if run.status is not EnrolmentStatus.QUEUED or run.job_state != JobState.OPEN:
        return False
    if not run.is_blast:
        if thread.active_enrolment_id is not None:
            before = load_run(work, thread.active_enrolment_id)
            enrolments.hold_place(work, thread, before)
            endings.drop(work, thread, before, CancelReason.SUPERSEDED)
        turns.give(work, thread, run)
    enrolments.send_or_wait(work, thread, run)
    endings.release_next(work, thread)
    return True


def candidates_waiting_for(work: Work, job_id: int) -> list[int]:
    """Return the candidates who have something unfinished in a job, the longest waiting first."""
    found = work.connection.execute(
        select(Enrolment.candidate_id, Enrolment.place)
        .where(
            Enrolment.job_id == job_id,
            Enrolment.status.in_(endings.UNFINISHED),
            Enrolment.ended_at.is_(None),
        )
        .order_by(Enrolment.place)
    )
    return list(dict.fromkeys(row.candidate_id for row in found))


def jobs_not_followed(work: Work) -> list[int]:
    """Return the jobs for whose candidates something is left to do: whoever changed their state has died over it."""
    return [row.id for statement in (_CLOSED, _OPEN_AGAIN) for row in statement.all(work.connection)]


def _closed(_: str) -> Executable:
    """Go from one job that has something unfinished to the next, past all the rows between and all jobs without."""
    first_after = select(func.min(Enrolment.job_id).label("id")).where(Enrolment.ended_at.is_(None))
    found = first_after.cte("unfinished", recursive=True)
    following = first_after.where(Enrolment.job_id > found.c.id).scalar_subquery()
    found = found.union_all(select(following).where(found.c.id.is_not(None)))
    return select(Job.id).join(found, found.c.id == Job.id).where(Job.state == JobState.CLOSED)


# asked every few seconds, so each finds its rows by an index of what is not over
_CLOSED = Prepared(_closed)
_OPEN_AGAIN = Prepared(
    lambda _: (
        select(Job.id)
        .join(Enrolment, Enrolment.job_id == Job.id)
        .where(
            Enrolment.status == EnrolmentStatus.QUEUED,
            Enrolment.waits_because == enrolments.JOB_NOT_OPEN,
            Job.state == JobState.OPEN,
        )
        .distinct()
    )
)


def follow_job_state(work: Work, job_id: int, candidate_id: int) -> None:
    """Do for one candidate what their job's new state asks for: end what a closed job began, send what waited."""
    thread = lock_thread(work, candidate_id)
    state = work.connection.execute(select(Job.state).where(Job.id == job_id)).scalar_one()
    if state == JobState.CLOSED:
        ids = work.connection.execute(
            select(Enrolment.id).where(
                Enrolment.job_id == job_id,
                Enrolment.candidate_id == candidate_id,
                Enrolment.status.in_(endings.UNFINISHED),
                Enrolment.ended_at.is_(None),
            )
        ).scalars()
        for run in [load_run(work, enrolment_id) for enrolment_id in ids]:
            endings.cancel(work, thread, run, CancelReason.JOB_CLOSED)
    elif state == JobState.OPEN:
        _send_paused_blasts(work, thread, job_id)
        endings.release_next(work, thread)
        _tell_what_for(work, thread)


def _send_paused_blasts(work: Work, thread: Thread, job_id: int) -> None:
    """Blasts wait for nobody, so no ending would release them."""
    ids = work.connection.execute(
        select(Enrolment.id).where(
            Enrolment.job_id == job_id,
            Enrolment.candidate_id == thread.candidate_id,
            Enrolment.status == EnrolmentStatus.QUEUED,
            Enrolment.is_blast,
        )
    ).scalars()
    for run in [load_run(work, enrolment_id) for enrolment_id in ids]:
        enrolments.send_or_wait(work, thread, run)


def _tell_what_for(work: Work, thread: Thread) -> None:
    """What waited for its job waits for another campaign now."""
    work.connection.execute(
        update(Enrolment)
        .where(
            Enrolment.candidate_id == thread.candidate_id,
            Enrolment.status == EnrolmentStatus.QUEUED,
            Enrolment.job_id.in_(select(Job.id).where(Job.state == JobState.OPEN)),
        )
        .values(waits_because=enrolments.WAITING, waits_for_id=thread.active_enrolment_id)
    )
