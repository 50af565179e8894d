"""Changing a job, and doing for its candidates what its new state asks for."""

import logging
from time import monotonic
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from bot.errors import Conflict, NotFound
from bot.failpoints import crash_point
from bot.log import log_event
from bot.models import (
    Application,
    Job,
    JobState,
    SavedView,
    Simulation,
    Stage,
    StageCampaign,
    StageCampaignVersion,
    Topic,
)
from bot.pipeline.closings import candidates_waiting_for, follow_job_state, jobs_not_followed
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work

OVERTAKEN = "somebody has changed this job meanwhile: look at what it is now, and make your change again"
LONGEST_ANSWER, LONGEST_SWEEP = 2.0, 20.0
"""Seconds for which candidates are followed before others have their turn."""
_LOG = logging.getLogger(__name__)


def change_job(work: Work, job_id: int, changes: dict[str, Any], *, seen: int | None = None) -> None:
    """Change columns of a job. Raises `NotFound`, and `Conflict` for a state that it cannot have.

    With the revision that was *seen*, also `Conflict` where somebody has changed the job since.
    Whoever changes its state calls `follow_job` once that is committed.
    """
    if not changes:
        _exists(work, job_id)
        return
    job = take_job(work, job_id, seen=seen)
    if "state" in changes:
        _check_state(job, JobState(changes["state"]))
    work.connection.execute(update(Job).where(Job.id == job_id).values(**changes))


def take_job(work: Work, job_id: int, *, seen: int | None = None) -> Any:
    """Take a job for a change, which others then wait for, and count it. Return its state and what it is made for.

    Raises `NotFound`, and `Conflict` where somebody has changed it since the revision that was *seen*.
    """
    taken = update(Job).where(Job.id == job_id).values(revision=Job.revision + 1)
    columns = (Job.state, Job.is_template, Job.language, Job.title, Job.revision)
    job = work.connection.execute(taken.returning(*columns)).one_or_none()
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    if seen is not None and job.revision != seen + 1:
        raise Conflict(OVERTAKEN)
    work.changed(Topic.JOB, job_id)
    return job


def delete_job(work: Work, job_id: int, *, seen: int | None = None) -> None:
    """Delete a draft that has no application, or a template. Raises `NotFound`, `Conflict` for any other."""
    job = take_job(work, job_id, seen=seen)
    if job.state != JobState.DRAFT:
        raise Conflict(f"the job is {job.state}: only a draft can be deleted. Close it instead")
    if work.connection.execute(select(Application.id).where(Application.job_id == job_id).limit(1)).first():
        raise Conflict("somebody has applied: the job can be closed, not deleted")
    stages = select(Stage.id).where(Stage.job_id == job_id)
    drafts = select(StageCampaign.id).where(StageCampaign.stage_id.in_(stages))
    try:
        for rows in (
            delete(Simulation).where(Simulation.stage_id.in_(stages)),
            delete(SavedView).where(SavedView.job_id == job_id),
            delete(StageCampaignVersion).where(StageCampaignVersion.stage_campaign_id.in_(drafts)),
            delete(StageCampaign).where(StageCampaign.stage_id.in_(stages)),
            delete(Stage).where(Stage.job_id == job_id),
            delete(Job).where(Job.id == job_id),
        ):
            work.connection.execute(rows)
    except IntegrityError:
        raise Conflict("something was begun in this job, such as an import: close it instead") from None


def _exists(work: Work, job_id: int) -> None:
    if work.connection.execute(select(Job.id).where(Job.id == job_id)).first() is None:
        raise NotFound(f"there is no job {job_id}")


def _check_state(job: Any, state: JobState) -> None:
    if job.is_template and state != JobState.DRAFT:
        raise Conflict("this is a template: make a job from it, and open that")
    if state == JobState.DRAFT != job.state:
        raise Conflict(f"the job is {job.state}: it cannot become a draft again, but it can be paused")


def follow_job(runtime: Runtime, job_id: int, *, longest: float = LONGEST_ANSWER) -> None:
    """Do for each candidate what the job's state asks for, each in a transaction of its own. Safe to repeat.

    Where it fails for one, the others are served all the same, and the sweep tries again. It goes on as well with those
    who are left after *longest* seconds: a job may have thousands, and somebody waits for the page.
    """
    until = monotonic() + longest
    with reading(runtime) as work:
        candidates = candidates_waiting_for(work, job_id)
    for candidate_id in candidates:
        if monotonic() >= until or runtime.stopping.is_set():
            return
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
        follow_job(runtime, job_id, longest=LONGEST_SWEEP)
    return len(jobs)
