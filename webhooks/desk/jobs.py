"""One job with its applications and where each stands."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, render_template
from sqlalchemy import func, select

from bot.models import Application, Job, Stage
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.doubts import doubts
from webhooks.desk.standing import standings

MOST = 500


def _made_at(job: Any) -> datetime:
    """Return when a job was made, in its own time: what tells it from a clone, which has the same title."""
    at: datetime = job.created_at.astimezone(ZoneInfo(job.time_zone))
    return at


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
