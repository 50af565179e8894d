"""What was asked for many applications: how far it is, undo, pause, cancel, try again, to whom it did not happen."""

from collections.abc import Callable, Iterator

from flask import Response, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.dialogue import bulk_moves
from bot.errors import BotError, Conflict, NotAllowed, NotFound
from bot.insight.bulk_progress import Progress, every_failure, failures, progress
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.addresses import inside
from webhooks.desk.csv_lines import BYTE_ORDER_MARK, csv_line
from webhooks.desk.live import follow
from webhooks.desk.rendering import page, wants_part
from webhooks.desk.sight import ALONE, job_in_sight
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence


@desk.get("/bulk/<public_id>")
def bulk(public_id: str) -> Response:
    """Show how far it is."""
    with reading(runtime()) as work:
        follow(work, f"bulk-{public_id}")
        try:
            found = progress(work, public_id)
        except NotFound:
            abort(404)
        job_in_sight(work, g.user, found.job)
        return page("board/bulk.html", part="far", bulk=found, unlucky=failures(work, public_id))


@desk.post("/bulk/undo")
def undo() -> AnyResponse:
    """Take back what has not begun."""
    return _change(bulk_moves.undo, request.form.get("bulk", ""), "Undone: nothing was moved and nothing was sent.")


@desk.post("/bulk/<public_id>/<what>")
def change_bulk(public_id: str, what: str) -> AnyResponse:
    """Pause, resume or cancel what is left of it."""
    changes: dict[str, tuple[Callable[[Work, str], None], str]] = {
        "pause": (bulk_moves.pause, "Paused: what is left waits."),
        "resume": (bulk_moves.resume, "It goes on."),
        "cancel": (bulk_moves.cancel, "Cancelled: what was left is not done."),
    }
    if what not in changes:
        abort(404)
    change, words = changes[what]
    return _change(change, public_id, words)


@desk.post("/bulk/<public_id>/retry")
def retry_bulk(public_id: str) -> AnyResponse:
    """Ask again for what has failed of it."""
    try:
        with unit_of_work(runtime()) as work:
            again = bulk_moves.retry_failed(work, public_id, g.user.id)
            record(work, current_actor(), "bulk.retried", "bulk move", public_id, {"by": again})
            public_id = again
    except NotFound:
        abort(404)
    except BotError as error:
        flash(sentence(error))
    return redirect(url_for("desk.bulk", public_id=public_id), 303)


def _change(change: Callable[[Work, str], None], public_id: str, words: str) -> AnyResponse:
    try:
        with unit_of_work(runtime()) as work:
            found = progress(work, public_id)
            job_in_sight(work, g.user, found.job)
            _require_own(found)
            change(work, public_id)
            record(work, current_actor(), f"bulk.{change.__name__}", "bulk move", public_id)
        flash(words, "good")
    except NotFound:
        abort(404)
    except (Conflict, NotAllowed) as error:
        flash(sentence(error))
    if wants_part():
        return page("board/sheet.html", part="closed")
    then = request.form.get("then", "")
    return redirect(inside(then) if then else url_for("desk.bulk", public_id=public_id), 303)


def _require_own(found: Progress) -> None:
    """Who moves one application at a time must not stop what somebody else has asked for many. Raises `NotAllowed`."""
    if g.user.role in ALONE and found.by_id != g.user.id:
        raise NotAllowed("somebody else has asked for this: ask them to take it back")


@desk.get("/bulk/<public_id>/failures.csv")
def bulk_failures(public_id: str) -> Response:
    """Answer with a table of all to whom it did not happen, and why."""
    here = runtime()  # the lines are asked for when the request is over

    def lines() -> Iterator[str]:
        with reading(here) as work:
            yield BYTE_ORDER_MARK
            yield csv_line(("Application", "Candidate", "Why"))
            for each in every_failure(work, public_id):
                yield csv_line((each.id, each.name, each.reason))

    with reading(here) as work:
        try:
            found = progress(work, public_id)
        except NotFound:
            abort(404)
        job_in_sight(work, g.user, found.job)
    return Response(lines(), mimetype="text/csv", headers={"Content-Disposition": "attachment; filename=failures.csv"})
