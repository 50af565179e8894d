"""Views that are kept: a filter and a way to look at it, under a name; and the export of what a filter shows."""

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Response, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.errors import BotError, NotFound
from bot.insight.board_export import export as exported
from bot.intake.saved_views import delete_view, save_view
from bot.work import unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.access import WRITERS
from webhooks.desk.board import show_job, wanted_from
from webhooks.desk.csv_lines import BYTE_ORDER_MARK, csv_line
from webhooks.desk.sight import job_in_sight
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence


@desk.post("/jobs/<public_id>/views")
def keep_view(public_id: str) -> Response | AnyResponse:
    """Keep the filter of the form under a name; the same name of one's own is replaced."""
    wanted = wanted_from(request.form)
    if wanted.fault:
        return show_job(public_id, request.form, status=422)
    shared = request.form.get("shared") == "yes"
    view = request.form.get("view", "board")
    query = urlencode([("view", view if view in ("board", "table") else "board"), *wanted.filter.to_pairs()])
    try:
        with unit_of_work(runtime()) as work:
            key = job_in_sight(work, g.user, public_id)
            may_share = g.user.role in WRITERS
            save_view(work, key, g.user.id, request.form.get("name", ""), query, shared=shared and may_share)
        flash("The view is kept.", "good")
    except BotError as error:
        unkept = {"name": request.form.get("name", ""), "shared": shared, "fault": sentence(error)}
        return show_job(public_id, request.form, unkept=unkept, status=422)
    return redirect(f"{url_for('desk.job', public_id=public_id)}?{query}", 303)


@desk.post("/jobs/<public_id>/views/<ref>/forget")
def forget_view(public_id: str, ref: str) -> AnyResponse:
    """Forget a view of one's own."""
    try:
        with unit_of_work(runtime()) as work:
            delete_view(work, job_in_sight(work, g.user, public_id), ref, g.user.id)
    except BotError as error:
        flash(sentence(error))
    return redirect(url_for("desk.job", public_id=public_id), 303)


@desk.get("/jobs/<public_id>/export.csv")
def export(public_id: str) -> AnyResponse:
    """Answer with all that fits the filter, one line for each application, answers as columns.

    A filter that cannot be read is told on the board: nobody takes all for those who were looked for.
    """
    wanted = wanted_from(request.args)
    if wanted.fault:
        return redirect(f"{url_for('desk.job', public_id=public_id)}?{wanted.query[1:]}", 303)
    with unit_of_work(runtime()) as work:
        key = job_in_sight(work, g.user, public_id)
        record(work, current_actor(), "applications.exported", "job", public_id, {"filter": len(wanted.query)})
    lines = exported(runtime(), key, wanted.filter)
    try:
        header = next(lines)
    except NotFound:
        abort(404)
    headers = {"Content-Disposition": f"attachment; filename=applications-{public_id[:8]}.csv"}
    return Response(_written(header, lines), mimetype="text/csv", headers=headers)


def _written(header: list[str], lines: Iterator[list[str]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield csv_line(header)
    for cells in lines:
        yield csv_line(cells)
