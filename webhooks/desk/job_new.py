"""A new job: from scratch, from a template, or like another job."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import InvalidEvent
from bot.intake.job_details import JobDetails, check_details, faults_in
from bot.intake.jobs import JobPlan, StagePlan, check_stages, clone_plan, create_job, plan_with
from bot.models import Job, JobState, Stage, User
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.job_forms import (
    FIRST_STAGES,
    ROWS,
    actor,
    choices,
    details_of,
    stages_of,
    text_of,
    values_given,
    values_of,
)
from webhooks.desk.rendering import page
from webhooks.desk.sight import job_in_sight
from webhooks.desk.words import sentence

MOST_TEMPLATES = 50


@desk.get("/jobs/new")
def job_new() -> Response:
    """Show the form; `?like=` names the job or template that is copied."""
    with reading(runtime()) as work:
        like = request.args.get("like", "")
        source = job_in_sight(work, g.user, like) if like else None
        details = _first_details(work, g.user, source)
        rows = [(name, kind.value) for name, kind in FIRST_STAGES]
        return _form(work, like, values_of(work, details), rows, {})


@desk.post("/jobs/new")
def job_create() -> AnyResponse:
    """Make the job, as a draft unless it is to open at once."""
    like, faults = text_of("like")[:64], dict[str, str]()
    public_id = ""
    try:
        with unit_of_work(runtime()) as work:
            public_id = _create(work, like, faults)
    except InvalidEvent as error:
        faults[error.field.partition("[")[0]] = sentence(error)
    if faults:
        with reading(runtime()) as work:
            rows = list(zip(request.form.getlist("stage_name"), request.form.getlist("stage_type"), strict=False))
            return _form(work, like, values_given(), rows[:ROWS], faults)
    flash("The job is made. Set up the campaigns of its stages, then open it." if "open" not in request.form
          else "The job is open.", "good")  # fmt: skip
    return redirect(url_for("desk.job_settings", public_id=public_id), 303)


def _create(work: Work, like: str, faults: dict[str, str]) -> str:
    """Make the job and return its public id; what is wrong goes to *faults*, and then nothing is made."""
    details = details_of(work)
    faults |= {field: sentence(problem) for field, problem in faults_in(details).items()}
    if like:
        plan = plan_with(clone_plan(work, job_in_sight(work, g.user, like)), details)
    else:
        stages = stages_of()
        check_stages(stages)
        plan = plan_with(JobPlan(details.title, [StagePlan(name, kind) for name, kind in stages]), details)
    if faults:
        return ""
    check_details(work, details)
    state = JobState.OPEN if "open" in request.form else JobState.DRAFT
    job_id = create_job(work, replace(plan, state=state))
    public_id: str = work.connection.execute(select(Job.public_id).where(Job.id == job_id)).scalar_one()
    record(work, actor(), "job.created", "job", public_id, {"state": state.value, "like": like})
    return public_id


def _form(
    work: Work, like: str, values: Mapping[str, str], rows: list[tuple[str, str]], faults: Mapping[str, str]
) -> Response:
    templates = work.connection.execute(
        select(Job.public_id, Job.title).where(Job.is_template).order_by(Job.title).limit(MOST_TEMPLATES)
    ).all()
    return page(
        "jobs/new.html",
        status=422 if faults else 200,
        like=like,
        source=_source(work, like) if like else None,
        templates=templates,
        values=values,
        rows=[*rows, *[("", "form")] * max(0, ROWS - len(rows))],
        faults=faults,
        **choices(work),
    )


def _source(work: Work, public_id: str) -> dict[str, Any]:
    job_id = job_in_sight(work, g.user, public_id)
    title, is_template = work.connection.execute(select(Job.title, Job.is_template).where(Job.id == job_id)).one()
    stages = select(Stage.name).where(Stage.job_id == job_id).order_by(Stage.place)
    return {"title": title, "is_template": is_template, "stages": work.connection.execute(stages).scalars().all()}


def _first_details(work: Work, user: User, source: int | None) -> JobDetails:
    """Begin with the job that is copied, else with the ways of the newest job, owned by who makes it."""
    chosen = select(Job).where(Job.id == source if source else ~Job.is_template).order_by(Job.id.desc()).limit(1)
    job = work.connection.execute(chosen).one_or_none()
    name = user.name or ""
    if job is None:
        return JobDetails("", owner_id=user.id, recruiter=name)
    usual = {"language": job.language, "time_zone": job.time_zone, "default_country": job.default_country}
    if source is None:
        return JobDetails("", channels=tuple(job.channels), owner_id=user.id, recruiter=name, **usual)
    return JobDetails(
        title="" if job.is_template else job.title,
        location=job.location,
        channels=tuple(job.channels),
        recruiter=job.recruiter or name,
        hiring_manager=job.hiring_manager,
        owner_id=job.owner_id or user.id,
        hiring_manager_id=job.hiring_manager_id,
        **usual,
    )
