"""People of a job who may be one: shown, compared, merged or told apart."""

from flask import Response, abort, flash, g, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from bot.errors import BotError, NotFound
from bot.insight.comparing import compare
from bot.intake.duplicates import MOST_SHOWN, find_duplicates, tell_apart
from bot.intake.merging import merge
from bot.models import Job
from bot.work import reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.live import follow
from webhooks.desk.rendering import page
from webhooks.desk.sight import job_in_sight
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence


@desk.get("/jobs/<public_id>/duplicates")
def duplicates(public_id: str) -> Response:
    """List the pairs who may be one person."""
    with reading(runtime()) as work:
        follow(work, f"job-{public_id}")
        job_id = job_in_sight(work, g.user, public_id)
        job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
        return page("adding/duplicates.html", job=job, pairs=find_duplicates(work, job_id), most=MOST_SHOWN)


@desk.get("/jobs/<public_id>/duplicates/<first>/<second>")
def duplicate(public_id: str, first: str, second: str) -> Response:
    """Show two people side by side, and ask who stays."""
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        job = work.connection.execute(select(Job).where(Job.id == job_id)).one()
        try:
            sides = compare(work, first, second)
        except NotFound:
            abort(404)
        return page("adding/duplicate.html", job=job, sides=sides)


@desk.post("/jobs/<public_id>/duplicates/<first>/<second>")
def settle_duplicate(public_id: str, first: str, second: str) -> AnyResponse:
    """Merge two into the one who was chosen, or keep that they are two."""
    kept, actor = request.form.get("kept", ""), current_actor()
    if kept not in (first, second, "both"):
        flash("Say who stays.")
        return redirect(url_for("desk.duplicate", public_id=public_id, first=first, second=second), 303)
    try:
        with unit_of_work(runtime()) as work:
            job_in_sight(work, g.user, public_id)
            if kept == "both":
                tell_apart(work, first, second, actor)
            else:
                merge(work, kept, second if kept == first else first, actor)
    except BotError as error:
        flash(sentence(error))
        where = "desk.duplicates" if isinstance(error, NotFound) else "desk.duplicate"
        them = {} if isinstance(error, NotFound) else {"first": first, "second": second}
        return redirect(url_for(where, public_id=public_id, _external=None, **them), 303)
    flash("They stay two people." if kept == "both" else "They are one person now. Nothing was lost.", "good")
    return redirect(url_for("desk.duplicates", public_id=public_id), 303)
