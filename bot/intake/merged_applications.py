"""Of two applications of one person for one job only one goes on, and what was said of the other goes over to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.audit import Actor
from bot.messaging.thread import Thread
from bot.models import Application, ApplicationState, Note, Rating, Stage, Topic
from bot.pipeline import endings
from bot.pipeline.closings import close_application
from bot.work import Work
from flows.flow import StageType


def close_second_applications(work: Work, kept: Thread, gone: Thread, actor: Actor) -> None:
    """Of two active applications for one job archive one, as nobody is in a job twice.

    That with less under way, else that in the earlier stage, else that which is longer in its stage, else that of the
    one who goes.
    """
    for job_id, ours, theirs in _in_same_jobs(work, kept.candidate_id, gone.candidate_id):
        stays, leaves, thread = (ours, theirs, gone)
        if _is_further(work, theirs, gone, ours, kept):
            stays, leaves, thread = (theirs, ours, kept)
        close_application(work, thread, leaves.id, ApplicationState.ARCHIVED, user_id=actor.user_id)
        _hand_over(work, leaves, stays)
        work.changed(Topic.JOB, job_id)


def _in_same_jobs(work: Work, kept_id: int, gone_id: int) -> list[tuple[int, Any, Any]]:
    """Return the jobs for which both have an active application, with the two."""
    columns = (Application.id, Application.job_id, Application.candidate_id, Application.tags, Application.moved_at)
    active = (Application.candidate_id.in_([kept_id, gone_id]), Application.state == ApplicationState.ACTIVE)
    rows = select(*columns, Stage.place, Stage.type).join(Stage, Stage.id == Application.stage_id).where(*active)
    found = {(row.job_id, row.candidate_id): row for row in work.connection.execute(rows)}
    jobs = sorted(job_id for job_id, candidate_id in found if candidate_id == kept_id and (job_id, gone_id) in found)
    return [(job_id, found[job_id, kept_id], found[job_id, gone_id]) for job_id in jobs]


def _is_further(work: Work, first: Any, of_first: Thread, second: Any, of_second: Thread) -> bool:
    """Say whether the first of two applications is the one to go on.

    A rejection is no stage that one comes to after all others: where one was rejected, what was decided last stands.
    """
    by_place = StageType.REJECT not in (first.type, second.type)

    def rank(each: Any, thread: Thread) -> tuple[int, int, datetime]:
        return _weight(work, each.id, thread), each.place if by_place else 0, each.moved_at

    return rank(first, of_first) > rank(second, of_second)


def _weight(work: Work, application_id: int, thread: Thread) -> int:
    unfinished = endings.unfinished_of(work, application_id)
    if unfinished is None:
        return 0
    return 2 if unfinished.id == thread.active_enrolment_id else 1


def _hand_over(work: Work, leaves: Any, stays: Any) -> None:
    """Let the notes, the stars and the tags of one application be the other's; of each user's stars its own stay."""
    rated = select(Rating.user_id).where(Rating.application_id == stays.id)
    over = (Rating.application_id == leaves.id, Rating.user_id.not_in(rated))
    work.connection.execute(update(Rating).where(*over).values(application_id=stays.id))
    work.connection.execute(update(Note).where(Note.application_id == leaves.id).values(application_id=stays.id))
    known = {str(tag).casefold() for tag in stays.tags}
    tags = [*stays.tags, *(tag for tag in leaves.tags if str(tag).casefold() not in known)]
    work.connection.execute(update(Application).where(Application.id == stays.id).values(tags=tags))
    work.changed(Topic.APPLICATION, stays.id)
