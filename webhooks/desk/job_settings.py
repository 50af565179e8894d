"""One job as it is set up: its details, its state, its stages; how it is copied, kept as a template, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, current_app, flash, g, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import Conflict, InvalidEvent
from bot.intake.job_changes import change_job, delete_job, follow_job
from bot.intake.job_details import JobDetails, check_details, faults_in
from bot.intake.job_states import VERBS, next_states, under_way, what_it_does
from bot.intake.jobs import save_as_template
from bot.models import Application, ApplicationState, Job, JobState, Stage, StageCampaign, StageCampaignVersion
from bot.work import Work, reading, unit_of_work
from flows.flow import StageType
from webhooks.desk import desk, runtime
from webhooks.desk.job_forms import (
    TYPES,
    actor,
    choices,
    details_of,
    reconcile,
    seen,
    text_of,
    values_given,
    values_of,
    values_were,
)
from webhooks.desk.live import follow
from webhooks.desk.rendering import page
from webhooks.desk.sight import job_in_sight
from webhooks.desk.words import sentence


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage as the settings of its job show it."""

    id: str
    name: str
    type: StageType
    applications: int
    version: int | None
    has_changes: bool
    """The draft is not what is published."""
    page: str
    """Where its campaign is edited."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was filled in on the settings of a job and not taken, with what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    """The details."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """What is wrong with them, by field."""
    is_as_before: bool = False
    """What the details were made from is told again, so that a change of somebody else is still noticed."""
    adding: Mapping[str, str] = field(default_factory=dict)
    """A stage that was not added: `name`, `type`, `fault`."""
    keeping: Mapping[str, str] = field(default_factory=dict)
    """A template that was not saved: `name`, `fault`."""


NOTHING = Refused()


@desk.get("/jobs/<public_id>/settings")
def job_settings(public_id: str) -> Response:
    """Show the settings; `part=stages` for the stages alone."""
    with reading(runtime()) as work:
        follow(work, f"job-{public_id}")
        return show_settings(work, public_id)


def show_settings(work: Work, public_id: str, refused: Refused = NOTHING) -> Response:
    """Answer with the settings of a job, where something was wrong with what was filled in and why."""
    job_id = job_in_sight(work, g.user, public_id)
    job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
    state = JobState(job.state)
    values = values_of(work, _details(job))
    made_from = {"seen": seen(), "base": values_were()} if refused.is_as_before else {}
    return page(
        "jobs/settings.html",
        part="stages",
        status=422 if refused != NOTHING else 200,
        job=job,
        state=state,
        next_states=() if job.is_template else [(each.value, VERBS[each]) for each in next_states(state)],
        stages=stage_lines(work, job_id),
        values=refused.values if refused.faults else values,
        faults=refused.faults,
        adding=refused.adding,
        keeping=refused.keeping,
        kinds={kind: label for kind, label, _ in TYPES},
        can_delete=state is JobState.DRAFT and not _has_applications(work, job_id),
        **{"seen": job.revision, "base": values, **made_from},
        **choices(work),
    )


@desk.post("/jobs/<public_id>/settings")
def job_save(public_id: str) -> AnyResponse:
    """Change the details, unless somebody else has changed them meanwhile."""
    try:
        with unit_of_work(runtime()) as work:
            faults = _save(work, public_id)
    except InvalidEvent as error:
        faults = {error.field: sentence(str(error))}
    except Conflict as error:
        return _show_overtaken(public_id, error)
    if faults:
        with reading(runtime()) as work:
            return show_settings(work, public_id, Refused(values_given(), faults, is_as_before=True))
    flash("Saved.", "good")
    return _back(public_id)


def _save(work: Work, public_id: str) -> dict[str, str]:
    """Save the details, or return what is wrong with them. Raises `InvalidEvent`, `Conflict`."""
    job_id = job_in_sight(work, g.user, public_id)
    details = details_of(work)
    if faults := faults_in(details):
        return {field: sentence(problem) for field, problem in faults.items()}
    check_details(work, details)
    job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
    is_as_it_was = values_of(work, _details(job)) == values_were()  # what was changed since is none of the details
    change_job(work, job_id, details.columns(), seen=job.revision if is_as_it_was else seen())
    record(work, actor(), "job.changed", "job", public_id)
    return {}


def _show_overtaken(public_id: str, error: Conflict) -> Response:
    """Show which details somebody else has changed, beside what was filled in; saved again, that holds."""
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
        values, faults = reconcile(work, values_of(work, _details(job)))
        return show_settings(work, public_id, Refused(values, faults or {"title": sentence(str(error))}))


@desk.get("/jobs/<public_id>/state")
def job_state(public_id: str) -> Response:
    """Tell what the state `?to=` would do, and ask."""
    state = _state(request.args.get("to", ""))
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
        effects = what_it_does(under_way(work, job_id), state, before=JobState(job.state))
    return page("jobs/state.html", part="sheet", job=job, to=state.value, verb=VERBS[state], effects=effects)


@desk.post("/jobs/<public_id>/state")
def job_put_state(public_id: str) -> AnyResponse:
    """Put the job into another state, and do for its candidates what that asks for."""
    state = _state(text_of("to"))
    try:
        with unit_of_work(runtime()) as work:
            job_id = job_in_sight(work, g.user, public_id)
            change_job(work, job_id, {"state": state})
            record(work, actor(), "job.state_changed", "job", public_id, {"state": state.value})
    except Conflict as error:
        flash(sentence(str(error)))
        return _back(public_id)
    follow_job(runtime(), job_id)
    flash(
        {"open": "The job is open.", "paused": "The job is paused.", "closed": "The job is closed."}[state.value],
        "good",
    )
    return _back(public_id)


@desk.post("/jobs/<public_id>/template")
def job_keep_as_template(public_id: str) -> AnyResponse:
    """Keep the job as a template under a name."""
    try:
        with unit_of_work(runtime()) as work:
            template_id = save_as_template(work, job_in_sight(work, g.user, public_id), text_of("name"))
            kept = work.connection.execute(select(Job.public_id).where(Job.id == template_id)).scalar_one()
            record(work, actor(), "job.kept_as_template", "job", kept, {"of": public_id})
    except InvalidEvent as error:
        given = {"name": text_of("name"), "fault": sentence(str(error))}
        with reading(runtime()) as work:
            return show_settings(work, public_id, Refused(keeping=given))
    flash("The template is saved. New jobs can begin from it.", "good")
    return redirect(url_for("desk.jobs", state="templates"), 303)


@desk.get("/jobs/<public_id>/delete")
def job_deleting(public_id: str) -> Response:
    """Ask before a draft or a template is deleted."""
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
    back = url_for("desk.job_settings", public_id=public_id)
    return page(
        "jobs/confirm.html",
        part="sheet",
        title=f"Delete {job.title}?",
        words=["Its stages and their campaigns are deleted with it.", "It cannot be brought back."],
        action=url_for("desk.job_delete", public_id=public_id),
        fields={"seen": job.revision},
        label="Delete it",
        back=back,
        crumbs=[("Jobs", url_for("desk.jobs")), (job.title, back)],
    )


@desk.post("/jobs/<public_id>/delete")
def job_delete(public_id: str) -> AnyResponse:
    """Delete a draft without applications, or a template."""
    try:
        with unit_of_work(runtime()) as work:
            delete_job(work, job_in_sight(work, g.user, public_id), seen=seen())
            record(work, actor(), "job.deleted", "job", public_id)
    except Conflict as error:
        flash(sentence(str(error)))
        return _back(public_id)
    flash("Deleted.", "good")
    return redirect(url_for("desk.jobs"), 303)


def stage_lines(work: Work, job_id: int) -> Sequence[StageLine]:
    """Return the stages of a job in their order, each with how far its campaign is."""
    in_stage = (
        select(func.count())
        .where(Application.stage_id == Stage.id, Application.state == ApplicationState.ACTIVE)
        .correlate(Stage)
        .scalar_subquery()
    )
    rows = work.connection.execute(
        select(Stage.public_id, Stage.name, Stage.type, in_stage.label("applications"), StageCampaign.draft,
               StageCampaignVersion.number, StageCampaignVersion.definition)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .outerjoin(StageCampaignVersion, StageCampaignVersion.id == StageCampaign.published_version_id)
        .where(Stage.job_id == job_id)
        .order_by(Stage.place)
    )  # fmt: skip
    return [_line(row) for row in rows]


def _line(row: Any) -> StageLine:
    kind = StageType(row.type)
    changed = row.definition is not None and row.draft != row.definition
    has_page = kind.has_campaign and "desk.stage" in current_app.view_functions
    address = url_for("desk.stage", public_id=row.public_id) if has_page else ""
    return StageLine(row.public_id, row.name, kind, row.applications, row.number, changed, address)


def _details(job: Any) -> JobDetails:
    names = JobDetails.__dataclass_fields__
    return JobDetails(**{name: getattr(job, name) for name in names} | {"channels": tuple(job.channels)})


def _has_applications(work: Work, job_id: int) -> bool:
    found = select(Application.id).where(Application.job_id == job_id).limit(1)
    return work.connection.execute(found).first() is not None


def _state(given: str) -> JobState:
    if given not in list(VERBS):
        abort(400, "A job can be opened, paused or closed. Go back, reload the page and choose one.")
    return JobState(given)


def _back(public_id: str) -> AnyResponse:
    return redirect(url_for("desk.job_settings", public_id=public_id), 303)
