"""What is done with an imported table: each a form that leads back to its page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
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
from webhooks.desk.adding_page import ROWS, show_table
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


@desk.post("/jobs/<public_id>/import/<ref>/rows")
def put_rows_right(public_id: str, ref: str) -> Answer:
    """Take what was changed in the rows of a page; check the named row, leave it out, or take it in again."""
    step, _, named = request.form.get("do", "").partition(" ")
    line = _number(named)
    cells = _changed_cells()
    if step == "check" and line is not None:
        cells.setdefault(line, {})
    try:
        with _taken(public_id, ref) as (work, imported):
            deeds = [partial(imports.put_right, work, imported, each, cells[each]) for each in sorted(cells)]
            if step in ("leave", "take") and line is not None:
                deeds.append(partial(imports.leave_out, work, imported, line, left_out=step == "leave"))
            faults = _do_each(deeds)
    except BotError as error:
        faults = [sentence(error)]
    for fault in faults:
        flash(fault)
    asked = {name: request.form[name] for name in ("show", "after") if request.form.get(name)}
    return _back(public_id, ref, **asked)


def _do_each(deeds: list[partial[None]]) -> list[str]:
    """Do what can be done; return, once each, why the rest cannot: one row takes nothing from the others."""
    faults: dict[str, None] = {}
    for deed in deeds:
        try:
            deed()
        except BotError as error:
            faults[sentence(error)] = None
    return list(faults)


def _changed_cells() -> dict[int, dict[int, str]]:
    """Return what was written by line and place of the column, without what stands as the page had shown it.

    What was not touched here may have been put right by somebody else meanwhile.
    """
    changed: dict[int, dict[int, str]] = {}
    for name, text in request.form.items():
        kind, _, cell = name.partition("-")
        line, place = (_number(part) for part in cell.partition("-")[::2])
        if kind != "cell" or line is None or place is None or text == request.form.get(f"was-{cell}"):
            continue
        if line in changed or len(changed) < ROWS:
            changed.setdefault(line, {})[place] = text
    return changed


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


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
