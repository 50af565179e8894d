"""The jobs, and one job with its applications and where each stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, render_template, request
from sqlalchemy import Row, func, select

from bot.models import Application, Job, Stage
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.doubts import doubts
from webhooks.desk.standing import standings

MOST = 500
JOBS = 100
"""Jobs on a page."""


@desk.get("/")
@desk.get("/jobs")
def jobs() -> str:
    """List the jobs with the number of their applications, newest first; `?before=` a job for those before it."""
    before = request.args.get("before")
    with reading(runtime()) as work:
        rows = _jobs(work, None if before is None else _key_of(work, before))
    older = rows[JOBS - 1].public_id if len(rows) > JOBS else None
    shown = [(row, _made_at(row)) for row in rows[:JOBS]]
    return render_template("jobs.html", jobs=shown, older=older, newer=before is not None)


def _jobs(work: Work, before_id: int | None) -> Sequence[Row[Any]]:
    """Return a page of jobs and the first of the next; applications are counted for these alone, by their index."""
    applications = select(func.count()).where(Application.job_id == Job.id).correlate(Job).scalar_subquery()
    facts = (Job.public_id, Job.title, Job.reference, Job.location, Job.state, Job.created_at, Job.time_zone)
    page = select(*facts, applications.label("applications")).order_by(Job.id.desc())
    if before_id is not None:
        page = page.where(Job.id < before_id)
    return work.connection.execute(page.limit(JOBS + 1)).all()


def _made_at(job: Any) -> datetime:
    """Return when a job was made, in its own time: what tells it from a clone, which has the same title."""
    at: datetime = job.created_at.astimezone(ZoneInfo(job.time_zone))
    return at


def _key_of(work: Work, public_id: str) -> int:
    found = work.connection.execute(select(Job.id).where(Job.public_id == public_id)).scalar_one_or_none()
    return abort(404) if found is None else found


@desk.get("/jobs/<public_id>")
def job(public_id: str) -> str:
    """Show a job's applications with the status of the latest enrolment of each."""
    with reading(runtime()) as work:
        found = work.connection.execute(select(Job).where(Job.public_id == public_id)).one_or_none()
        if found is None:
            abort(404)
        rows = standings(work, Application.job_id == found.id, most=MOST)
        shown = {"stages": _stages(work, found.id), "rows": rows, "doubts": doubts(work, found.id)}
        return render_template("job.html", job=found, made_at=_made_at(found), most=MOST, **shown)


def _stages(work: Work, job_id: int) -> list[object]:
    return list(
        work.connection.execute(
            select(Stage.name, Stage.type, func.count(Application.id).label("applications"))
            .outerjoin(Application, Application.stage_id == Stage.id)
            .where(Stage.job_id == job_id)
            .group_by(Stage.id)
            .order_by(Stage.place)
        )
    )
