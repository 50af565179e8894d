"""The page of one imported table, as far as it is: its columns, its rows, its run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response, abort, g, request, url_for
from sqlalchemy import select

from bot.insight.import_outlooks import CHANNEL_NAMES, outlook, sample, what_happens
from bot.insight.imported import Show, Tally, in_words, rows_of, tally
from bot.intake import imports
from bot.intake.columns import label
from bot.intake.imports import DESCRIBED, STANDING
from bot.models import Import, ImportState, Job, RowStatus, Verdict
from bot.work import Work, reading
from webhooks.desk import desk, runtime
from webhooks.desk.adding import CHANNELS, stage_choices
from webhooks.desk.adding_columns import column_choices, countries
from webhooks.desk.csv_lines import BYTE_ORDER_MARK, csv_line
from webhooks.desk.live import follow
from webhooks.desk.rendering import page
from webhooks.desk.sight import job_in_sight

ROWS = 50
"""Rows on a page."""
LOOKED_AT = 20


@desk.get("/jobs/<public_id>/import/<ref>")
def table_page(public_id: str, ref: str) -> Response:
    """Show a table: what its columns hold is asked first (again with `?step=columns`), then its rows are shown."""
    return show_table(public_id, ref)


def show_table(
    public_id: str,
    ref: str,
    *,
    faults: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    step: str = "",
) -> Response:
    """Show a table; with *faults*, what was *given* and is not right stays in the form of that *step*."""
    with reading(runtime()) as work:
        follow(work, f"import-{ref}")
        job_id = job_in_sight(work, g.user, public_id)
        imported = table_of(work, job_id, ref)
        step = step or _step(imported)
        counted = tally(work, imported)
        shown = {"job": work.connection.execute(select(Job).where(Job.id == job_id)).one(), "imported": imported}
        shown |= {"step": step, "counted": counted, "words": in_words(counted), "faults": faults or {}}
        shown |= {"given": given or {}, "here": url_for("desk.table_page", public_id=public_id, ref=ref)}
        shown |= _of_step(work, imported, step, counted, given or {})
    if shown.get("told"):
        first = sample(runtime(), imported)
        shown |= {"first": first, "sentence": what_happens(shown["told"], first), "channel_names": CHANNEL_NAMES}
    part = "rows" if request.headers.get("HX-Target") == "rows" else "state"
    return page("adding/table.html", part=part, status=422 if faults else 200, **shown)


def table_of(work: Work, job_id: int, ref: str) -> Any:
    """Return an imported table of a job; 404 where there is none."""
    which = (Import.public_id == ref, Import.job_id == job_id, Import.state != ImportState.UPLOADING)
    found = work.connection.execute(select(Import).where(*which)).one_or_none()
    return abort(404) if found is None else found


def _step(imported: Any) -> str:
    if imported.state == ImportState.DRAFT or (
        request.args.get("step") == "columns" and imported.state in DESCRIBED and imported.state != ImportState.CHECKING
    ):
        return "columns"
    return "rows" if imported.state in STANDING else "progress"


def _of_step(work: Work, imported: Any, step: str, counted: Tally, given: Mapping[str, Any]) -> dict[str, Any]:
    match step:
        case "columns":
            rows, _ = rows_of(work, imported, Show.ALL, after=0, most=LOOKED_AT)
            choices = column_choices(imported, rows, given.get("columns"))
            return {"columns": choices, "countries": countries()}
        case "rows":
            return _rows(work, imported, counted) | _decision(work, imported, counted)
        case _:
            return {"seconds_left": _seconds_left(work.now, imported)}


def _seconds_left(now: datetime, imported: Any) -> int:
    """Return how long a start can still be taken back as if it had never been."""
    if imported.state != ImportState.RUNNING or imported.not_before is None:
        return 0
    left: float = (imported.not_before - now).total_seconds()
    return max(0, round(left))


def _rows(work: Work, imported: Any, counted: Tally) -> dict[str, Any]:
    show = _wanted(counted)
    after = int(given) if (given := request.args.get("after", "")).isdecimal() and len(given) < 9 else 0
    rows, more = rows_of(work, imported, show, after=after, most=ROWS)
    if after and not rows:  # the last of them have been put right
        after = 0
        rows, more = rows_of(work, imported, show, after=after, most=ROWS)
    columns = [(place, label(column), column) for place, column in enumerate(imported.columns) if column]
    listed = {"show": show, "after": after, "more": more, "columns": columns, "parts": _parts(counted, show)}
    return listed | {"rows": rows, "open_lines": {row.line for row in rows if _is_open(row)}}


def _is_open(row: Any) -> bool:
    """Say whether something of a row is to be put right, so that its fields are shown."""
    if row.left_out or row.status not in (RowStatus.WAITING, RowStatus.FAILED):
        return False
    return row.verdict == Verdict.BAD or row.same_as is not None or row.status == RowStatus.FAILED


def _wanted(counted: Tally) -> Show:
    """Return what is asked for; else what needs somebody."""
    asked = request.args.get("show", "")
    if asked in list(Show):
        return Show(asked)
    return Show.PROBLEMS if counted.problems else Show.FAILED if counted.failed else Show.ALL


def _parts(counted: Tally, show: Show) -> list[tuple[Show, str, int]]:
    """Return what can be listed: those that hold something, and the one that is listed."""
    parts = (
        (Show.PROBLEMS, "With problems", counted.problems),
        (Show.FAILED, "Failed", counted.failed),
        (Show.TWICE, "Twice in the table", counted.twice),
        (Show.HERE, "Already here", counted.here),
        (Show.KNOWN, "Known from other jobs", counted.known),
        (Show.BARRED, "May not be written to", counted.barred),
        (Show.LEFT_OUT, "Left out", counted.left_out),
        (Show.ALL, "All rows", counted.rows),
    )
    return [part for part in parts if part[2] or part[0] is show]


def _decision(work: Work, imported: Any, counted: Tally) -> dict[str, Any]:
    shown: dict[str, Any] = {"stages": stage_choices(work, imported.job_id), "channels": CHANNELS}
    if imported.stage_id is not None and counted.to_add:
        shown["told"] = outlook(work, imported, counted)
    return shown


@desk.get("/jobs/<public_id>/import/<ref>/failures.csv")
def table_failures(public_id: str, ref: str) -> Response:
    """Answer with the rows that failed or have problems, each with its reason: put right there, they come in again."""
    with reading(runtime()) as work:
        imported = table_of(work, job_in_sight(work, g.user, public_id), ref)
        lines = [BYTE_ORDER_MARK, csv_line(["Line", "Why", *_names_of(imported)])]
        for show in (Show.FAILED, Show.PROBLEMS):
            rows, _ = rows_of(work, imported, show, after=0, most=imports.STORED_AT_ONCE * 50)
            lines += [csv_line([row.line, _why(row), *row.cells]) for row in rows]
    headers = {"Content-Disposition": "attachment; filename=failures.csv"}
    return Response("".join(lines), mimetype="text/csv", headers=headers)


def _names_of(imported: Any) -> list[str]:
    if imported.has_header:
        return list(imported.header)
    return [label(column) or f"Column {place}" for place, column in enumerate(imported.columns, 1)]


def _why(row: Any) -> str:
    return row.reason or " ".join(words for _, words in row.problems)
