"""The stages of a job: added, named, ordered by drag, by buttons and by keyboard, removed."""

from collections.abc import Callable

from flask import Response, abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import BotError, Conflict, InvalidEvent, NotFound
from bot.intake.stage_changes import (
    add_stage,
    has_been_used,
    order_stages,
    remove_stage,
    rename_stage,
    retype_stage,
    shift_stage,
)
from bot.models import Job, Stage
from bot.work import Work, reading, unit_of_work
from flows.flow import StageType
from webhooks.desk import desk, runtime
from webhooks.desk.job_forms import OFFERED, actor, seen, stage_type, text_of
from webhooks.desk.job_settings import Refused, show_settings
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.sight import job_in_sight
from webhooks.desk.words import sentence

STEPS = {"up": -1, "down": 1}


@desk.post("/jobs/<public_id>/stages")
def job_stage_add(public_id: str) -> AnyResponse:
    """Add a stage at the end; what forbids it is said at its name."""
    kind = stage_type(text_of("stage_type"))
    try:
        with unit_of_work(runtime()) as work:
            add_stage(work, job_in_sight(work, g.user, public_id), text_of("stage_name"), kind)
            record(work, actor(), "job.stage_added", "job", public_id)
    except BotError as error:
        given = {"name": text_of("stage_name"), "type": kind.value, "fault": sentence(error)}
        with reading(runtime()) as work:
            return show_settings(work, public_id, Refused(adding=given))
    return _back(public_id)


@desk.post("/jobs/<public_id>/stages/order")
def job_stages_order(public_id: str) -> AnyResponse:
    """Put the stages in the order in which the form names them."""

    def order(work: Work, job_id: int) -> None:
        ids = dict(work.connection.execute(select(Stage.public_id, Stage.id).where(Stage.job_id == job_id)).all())
        order_stages(work, job_id, [ids.get(given, 0) for given in request.form.getlist("stage")])

    return _change(public_id, "stages_ordered", order)


@desk.post("/jobs/<public_id>/stages/<stage_ref>/shift")
def job_stage_shift(public_id: str, stage_ref: str) -> AnyResponse:
    """Put a stage one place up or down."""
    step = STEPS.get(text_of("step"))
    if step is None:
        abort(400, "A stage can be moved up or down. Go back, reload the page and try again.")
    return _change(
        public_id, "stages_ordered", lambda work, job_id: shift_stage(work, _id(work, job_id, stage_ref), step)
    )


@desk.get("/jobs/<public_id>/stages/<stage_ref>")
def job_stage(public_id: str, stage_ref: str) -> Response:
    """Show the form for a stage's name and type."""
    return _form(public_id, stage_ref, {})


@desk.post("/jobs/<public_id>/stages/<stage_ref>")
def job_stage_save(public_id: str, stage_ref: str) -> AnyResponse:
    """Give a stage another name, and while nobody was in it another type."""
    kind = stage_type(text_of("stage_type")) if "stage_type" in request.form else None
    try:
        with unit_of_work(runtime()) as work:
            stage_id = _id(work, job_in_sight(work, g.user, public_id), stage_ref)
            rename_stage(work, stage_id, text_of("stage_name"), seen=seen())
            if kind is not None:
                retype_stage(work, stage_id, kind)
            record(work, actor(), "job.stage_changed", "stage", stage_ref)
    except (InvalidEvent, Conflict) as error:
        return _form(public_id, stage_ref, {"stage_name": sentence(error)})
    except NotFound:
        abort(404)
    flash("Saved.", "good")
    return _back(public_id)


@desk.get("/jobs/<public_id>/stages/<stage_ref>/remove")
def job_stage_removing(public_id: str, stage_ref: str) -> Response:
    """Ask before a stage is removed."""
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        stage_id = _id(work, job_id, stage_ref)
        title = work.connection.execute(select(Job.title).where(Job.id == job_id)).scalar_one()
        name, kind = work.connection.execute(select(Stage.name, Stage.type).where(Stage.id == stage_id)).one()
    words = ["What was sent from it stays in the history of the applications."]
    words += ["Its campaign goes with it."] if StageType(kind).has_campaign else []
    back = url_for("desk.job_settings", public_id=public_id, _anchor="stages")
    return page(
        "jobs/confirm.html",
        part="sheet",
        title=f"Remove the stage {name}?",
        words=words,
        action=url_for("desk.job_stage_remove", public_id=public_id, stage_ref=stage_ref),
        fields={},
        label="Remove it",
        back=back,
        crumbs=[("Jobs", url_for("desk.jobs")), (title, back)],
    )


@desk.post("/jobs/<public_id>/stages/<stage_ref>/remove")
def job_stage_remove(public_id: str, stage_ref: str) -> AnyResponse:
    """Take an empty stage out of the job."""
    return _change(public_id, "stage_removed", lambda work, job_id: remove_stage(work, _id(work, job_id, stage_ref)))


def _change(public_id: str, action: str, change: Callable[[Work, int], object]) -> AnyResponse:
    """Make a change and show the stages as they are now; what forbids it is said above them."""
    try:
        with unit_of_work(runtime()) as work:
            change(work, job_in_sight(work, g.user, public_id))
            record(work, actor(), f"job.{action}", "job", public_id)
    except BotError as error:
        flash(sentence(error))
    if wants_part():
        with reading(runtime()) as work:
            return show_settings(work, public_id)
    return _back(public_id)


def _form(public_id: str, stage_ref: str, faults: dict[str, str]) -> Response:
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        job = work.connection.execute(select(Job.public_id, Job.title, Job.revision).where(Job.id == job_id)).one()
        stage_id = _id(work, job_id, stage_ref)
        stage = work.connection.execute(
            select(Stage.public_id, Stage.name, Stage.type).where(Stage.id == stage_id)
        ).one()
        return page(
            "jobs/stage.html",
            part="sheet",
            status=422 if faults else 200,
            job=job,
            stage=stage,
            name=text_of("stage_name") if faults else stage.name,
            is_fixed=has_been_used(work, stage_id),
            types=OFFERED,
            faults=faults,
        )


def _id(work: Work, job_id: int, public_id: str) -> int:
    """Return the id of a stage of that job. Aborts (404) where there is none."""
    found = select(Stage.id).where(Stage.public_id == public_id, Stage.job_id == job_id)
    key = work.connection.execute(found).scalar_one_or_none()
    return abort(404) if key is None else key


def _back(public_id: str) -> AnyResponse:
    return redirect(url_for("desk.job_settings", public_id=public_id, _anchor="stages"), 303)
