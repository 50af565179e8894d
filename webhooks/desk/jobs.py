"""The jobs, and one job with its applications and where each stands."""

from typing import Any

from flask import abort, render_template
from sqlalchemy import func, select

from bot.channels.error_codes import explain
from bot.models import Application, Candidate, Enrolment, Job, Stage
from bot.work import Work, reading
from webhooks.desk import desk, runtime

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
        return render_template("job.html", job=found, stages=_stages(work, found.id), rows=_rows(work, found.id))


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


def _rows(work: Work, job_id: int) -> list[dict[str, object]]:
    latest = select(func.max(Enrolment.id)).where(Enrolment.application_id == Application.id).scalar_subquery()
    rows = work.connection.execute(
        select(
            Candidate.first_name,
            Candidate.last_name,
            Candidate.public_id.label("candidate"),
            Stage.name.label("stage"),
            Application.state,
            Enrolment.status,
            Enrolment.reason,
            Enrolment.waits_because,
            Enrolment.expires_at,
        )
        .select_from(Application)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Stage, Stage.id == Application.stage_id)
        .outerjoin(Enrolment, Enrolment.id == latest)
        .where(Application.job_id == job_id)
        .order_by(Application.id.desc())
        .limit(MOST)
    )
    return [{**row._mapping, "why": _why(row)} for row in rows]  # noqa: SLF001  its public name


def _why(row: Any) -> str:
    """Say in words why an enrolment stands where it stands."""
    status, reason = row.status, row.reason
    if status == "failed" and reason:
        known = explain(reason)
        return f"{known.explanation} {known.remedy}"
    if status == "cancelled" and reason:
        return str(reason).replace("_", " ")
    return str(row.waits_because or "")
