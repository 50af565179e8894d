"""The list of jobs: what stands where, and what needs a person."""

from zoneinfo import ZoneInfo

from flask import Response, abort, g, request
from sqlalchemy import select

from bot.insight.job_list import JobLine, JobQuery, list_jobs, state_counts
from bot.models import Job, JobState, Role, User
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page

TEMPLATES = "templates"
"""What stands for the templates where else a state stands."""
LONGEST = 100


@desk.get("/jobs")
def jobs() -> Response:
    """List the jobs, newest first; `?state=`, `?q=` words, `?before=` a job for those before it."""
    user: User = g.user
    manager = user.id if user.role == Role.HIRING_MANAGER else None
    wanted, words = request.args.get("state", ""), request.args.get("q", "")[:LONGEST]
    state = JobState(wanted) if wanted in list(JobState) else None
    with reading(runtime()) as work:
        query = JobQuery(words, state, manager, wanted == TEMPLATES, _before(work))
        found = list_jobs(work, query)
        older = _public_id(work, found.next)
        counts = state_counts(work, manager)
    made = {line.id: line.created_at.astimezone(ZoneInfo(line.time_zone)) for line in found.items}
    return page(
        "jobs/list.html",
        part="list",
        lines=found.items,
        made=made,
        older=older,
        newer=query.before is not None,
        query=query,
        wanted=wanted,
        counts=counts,
        is_empty=not any(counts.values()) and not query.templates,
        bars=bars,
    )


def _before(work: Work) -> int | None:
    given = request.args.get("before")
    if given is None:
        return None
    found = work.connection.execute(select(Job.id).where(Job.public_id == given)).scalar_one_or_none()
    return abort(404) if found is None else found


def _public_id(work: Work, job_id: int | None) -> str | None:
    if job_id is None:
        return None
    return work.connection.execute(select(Job.public_id).where(Job.id == job_id)).scalar_one()


def bars(line: JobLine, height: int = 22) -> list[int]:
    """Return how high the bar of each stage is: the fullest as high as there is room, no bar where nobody stands."""
    most = line.most or 1
    return [max(round(stage.applications / most * height), 2) if stage.applications else 0 for stage in line.stages]
