"""What is done with an imported table: each a form that leads back to its page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import Actor
from bot.errors import BotError, Conflict, InvalidEvent
from bot.insight.import_outlooks import outlook
from bot.insight.imported import tally
from bot.intake import import_runs, imports
from bot.work import Work, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.adding import CHANNELS, stage_choices
from webhooks.desk.adding_page import show_table
from webhooks.desk.sight import job_in_sight
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

CHECKED_AT_ONCE = 2.0
"""Seconds for which a request checks rows; a worker goes on with the rest."""
Answer = Response | AnyResponse


@contextmanager
def _taken(public_id: str, ref: str) -> Iterator[tuple[Work, Any]]:
    """Take a table that whoever is logged in may change, for one transaction."""
    with unit_of_work(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        yield work, imports.lock_import(work, ref, job_id)


def _back(public_id: str, ref: str, **query: Any) -> AnyResponse:
    return redirect(url_for("desk.table_page", public_id=public_id, ref=ref, **query), 303)


@desk.post("/jobs/<public_id>/import/<ref>/columns")
def describe_table(public_id: str, ref: str) -> Answer:
    """Take what the columns hold, and check the rows: for a moment here, the rest in the background."""
    columns = request.form.getlist("column")
    has_header, country = request.form.get("has_header") == "yes", request.form.get("country") or None
    try:
        with _taken(public_id, ref) as (work, imported):
            imports.describe(work, imported, columns, has_header=has_header, country=country)
    except InvalidEvent as error:
        given = {"columns": columns, "has_header": has_header, "country": country}
        return show_table(public_id, ref, faults={"columns": sentence(error)}, given=given, step="columns")
    except BotError as error:
        flash(sentence(error))
        return _back(public_id, ref)
    import_runs.check_now(runtime(), imported.id, CHECKED_AT_ONCE)
    return _back(public_id, ref)


@desk.post("/jobs/<public_id>/import/<ref>/rows/<int(max=99999999):line>")
def put_row_right(public_id: str, ref: str, line: int) -> Answer:
    """Change cells of a row, leave it out, or take it in again."""
    try:
        with _taken(public_id, ref) as (work, imported):
            if request.form.get("do") in ("leave", "take"):
                imports.leave_out(work, imported, line, left_out=request.form["do"] == "leave")
            else:
                imports.put_right(work, imported, line, _cells())
    except BotError as error:
        flash(sentence(error))
    asked = {name: request.form[name] for name in ("show", "after") if request.form.get(name)}
    return _back(public_id, ref, **asked)


def _cells() -> dict[int, str]:
    """Return what was written, by the place of its column."""
    named = ((name.removeprefix("cell-"), text) for name, text in request.form.items() if name.startswith("cell-"))
    return {int(place): text for place, text in named if place.isascii() and place.isdecimal() and len(place) < 5}


@desk.post("/jobs/<public_id>/import/<ref>/decision")
def decide_table(public_id: str, ref: str) -> Answer:
    """Keep where they go, what is sent and on whose word; the page then says what a start would do."""
    form = request.form
    ticked = [kind for kind, _ in CHANNELS if kind in form.getlist("consent")]
    source, sends = form.get("consent_source", ""), form.get("sends", "yes") == "yes"
    try:
        with _taken(public_id, ref) as (work, imported):
            stage_id = _stage(work, imported.job_id, form.get("stage", ""), sends=sends)
            imports.decide(work, imported, stage_id, sends=sends, consents=ticked, consent_source=source)
    except InvalidEvent as error:
        given = {"consents": ticked, "consent_source": source, "sends": sends, "stage": form.get("stage", "")}
        return show_table(public_id, ref, faults={error.field: sentence(error)}, given=given)
    except BotError as error:
        flash(sentence(error))
    return _back(public_id, ref)


def _stage(work: Work, job_id: int, public_id: str, *, sends: bool) -> int:
    """Return a stage that takes people. Raises `InvalidEvent`."""
    chosen = next((choice for choice in stage_choices(work, job_id) if choice.public_id == public_id), None)
    if chosen is None:
        raise InvalidEvent("choose a stage", field="stage")
    if sends and chosen.takes_without_sending_alone:
        message = "the campaign of this stage is not published: publish it, or send nothing"
        raise InvalidEvent(message, field="stage")
    return chosen.id


def _start(work: Work, imported: Any, actor: Actor) -> None:
    """Start, unless somebody is to be written to and nobody can be."""
    counted = tally(work, imported)
    if imported.stage_id is not None and imported.sends and counted.to_add:
        told = outlook(work, imported, counted)
        if told.has_campaign and not told.will_get:
            raise Conflict("nobody of these can be written to: tick what they agreed to, or choose to send nothing")
    imports.start(work, imported, actor, timedelta(seconds=work.settings.undo_seconds))


STEPS: dict[str, Callable[[Work, Any, Actor], None]] = {
    "start": _start,
    "pause": imports.pause,
    "resume": imports.resume,
    "cancel": imports.cancel,
    "retry": imports.retry,
    "discard": imports.discard,
}


@desk.post("/jobs/<public_id>/import/<ref>/<any(start, pause, resume, cancel, retry, discard):step>")
def steer_table(public_id: str, ref: str, step: str) -> Answer:
    """Start, pause, resume, stop, try failures again, or throw a table away."""
    actor = current_actor()
    try:
        with _taken(public_id, ref) as (work, imported):
            STEPS[step](work, imported, actor)
    except BotError as error:
        flash(sentence(error))
        return _back(public_id, ref)
    if step == "discard":
        flash("The table is deleted. Who was added from it stays.", "good")
        return redirect(url_for("desk.tables", public_id=public_id), 303)
    return _back(public_id, ref)
