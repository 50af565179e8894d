"""The jobs, and one job with its applications and where each stands."""

from flask import abort, render_template
from sqlalchemy import func, select

from bot.models import Application, Job, Stage
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.standing import standings

MOST = 500


@desk.get("/")
@desk.get("/jobs")
def jobs() -> str:
    """List the jobs with the number of their applications."""
    with reading(runtime()) as work:
        rows = work.connection.execute(
            select(
                Job.public_id,
                Job.title,
                Job.reference,
                Job.location,
                Job.state,
                func.count(Application.id).label("applications"),
            )
            .outerjoin(Application, Application.job_id == Job.id)
            .group_by(Job.id)
            .order_by(Job.id.desc())
        ).all()
    return render_template("jobs.html", jobs=rows)


@desk.get("/jobs/<public_id>")
def job(public_id: str) -> str:
    """Show a job's applications with the status of the latest enrolment of each."""
    with reading(runtime()) as work:
        found = work.connection.execute(select(Job).where(Job.public_id == public_id)).one_or_none()
        if found is None:
            abort(404)
        rows = standings(work, Application.job_id == found.id, most=MOST)
        return render_template("job.html", job=found, stages=_stages(work, found.id), rows=rows, most=MOST)


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
