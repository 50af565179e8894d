"""Changing a job, and doing for its candidates what its new state asks for."""

import logging
from typing import Any

from sqlalchemy import select, update

from bot.errors import Conflict, NotFound
from bot.failpoints import crash_point
from bot.log import log_event
from bot.models import Job, JobState
from bot.pipeline.closings import candidates_waiting_for, follow_job_state, jobs_not_followed
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work

_LOG = logging.getLogger(__name__)


def change_job(work: Work, job_id: int, changes: dict[str, Any]) -> None:
    """Change columns of a job. Raises `NotFound`, `Conflict` for a job that is to be a draft again.

    Whoever changes its state calls `follow_job` once that is committed.
    """
    allowed = [Job.id == job_id]
    if changes.get("state") == JobState.DRAFT:
        allowed.append(Job.state == JobState.DRAFT)
    if changes and work.connection.execute(update(Job).where(*allowed).values(**changes)).rowcount:
        return
    state = work.connection.execute(select(Job.state).where(Job.id == job_id)).scalar_one_or_none()
    if state is None:
        raise NotFound(f"there is no job {job_id}")
    if changes:
        raise Conflict(f"the job is {state}: it cannot become a draft again, but it can be paused")


def follow_job(runtime: Runtime, job_id: int) -> None:
    """Do for each candidate what the job's state asks for, each in a transaction of its own. Safe to repeat.

    Where it fails for one, the others are served all the same, and the sweep tries again.
    """
    with reading(runtime) as work:
        candidates = candidates_waiting_for(work, job_id)
    for candidate_id in candidates:
        try:
            with unit_of_work(runtime) as work:
                follow_job_state(work, job_id, candidate_id)
        except Exception as error:  # noqa: BLE001  the job has changed for the others too
            log_event(_LOG, "job_not_followed", level=logging.ERROR, job=job_id, candidate=candidate_id, error=error)
        crash_point("job_followed_for_one")


def follow_jobs(runtime: Runtime) -> int:
    """Go on where whoever changed a job's state did not come to an end; return how many jobs that were."""
    with reading(runtime) as work:
        jobs = jobs_not_followed(work)
    for job_id in jobs:
        follow_job(runtime, job_id)
    return len(jobs)
