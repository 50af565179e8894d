"""Imported tables: stored as they came, described, put right, started, stopped. Adding the people is `import_runs`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from bot.audit import Actor, record
from bot.channels.base import ChannelKind
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.columns import check_columns, guess_columns, guess_header
from bot.intake.import_checks import begins_after, check_lines
from bot.intake.judging import MOST_LINE
from bot.intake.tables import LONGEST_CELL, Row, Table, clean_cell
from bot.models import Import, ImportRow, ImportState, RowStatus, Topic, Verdict, new_public_id
from bot.pipeline import stages
from bot.queue import SWEEPS
from bot.runtime import Runtime
from bot.work import Work, unit_of_work

TASK = "bot.sweeps.go_on_with_imports"
STORED_AT_ONCE = 1_000
LOOKED_AT = 21
KEPT = timedelta(days=30)
DESCRIBED = (ImportState.DRAFT, ImportState.CHECKING, ImportState.CHECKED)
STANDING = (ImportState.CHECKED, ImportState.DONE, ImportState.CANCELLED)
"""Nothing is at work on it, and its rows have been looked at."""
UNDER_WAY = (ImportState.RUNNING, ImportState.PAUSED)


def store(runtime: Runtime, job_id: int, table: Table, actor: Actor, *, name: str, country: str | None) -> str:
    """Keep a table as it came, with a guess at its columns; return its public id. It is a draft only when all is in.

    A table may have fifty thousand rows, so it goes in by several transactions.
    """
    first = list(islice(table.rows(), LOOKED_AT))
    with unit_of_work(runtime) as work:
        import_id, public_id = _open(work, job_id, table, first, actor, name, country)
    rows = table.rows()
    while some := list(islice(rows, STORED_AT_ONCE)):
        with unit_of_work(runtime) as work:
            _insert(work, import_id, some)
    with unit_of_work(runtime) as work:
        _change(work, import_id, state=ImportState.DRAFT)
        details = {"import": public_id, "rows": table.height}
        record(work, actor, "import.uploaded", "job", str(job_id), details)
    return public_id


def _open(
    work: Work, job_id: int, table: Table, first: Sequence[Row], actor: Actor, name: str, country: str | None
) -> tuple[int, str]:
    cells = [row.cells for row in first]
    has_header = guess_header(cells, country)
    values = {
        "public_id": new_public_id(),
        "job_id": job_id,
        "user_id": actor.user_id,
        "state": ImportState.UPLOADING,
        "name": name[:MOST_LINE],
        "sheet": table.sheet,
        "other_sheets": list(table.other_sheets),
        "width": table.width,
        "header": list(cells[0]),
        "first_line": first[0].line,
        "has_header": has_header,
        "columns": list(guess_columns(cells, table.width, country, has_header=has_header)),
        "country": country,
        "created_at": work.now,
        "changed_at": work.now,
    }
    values |= {"sends": True, "consents": [], "consent_source": "", "checked_to": 0}
    made = insert(Import).values(values).returning(Import.id, Import.public_id)
    row = work.connection.execute(made).one()
    return row.id, row.public_id


def _insert(work: Work, import_id: int, rows: Sequence[Row]) -> None:
    fixed = {"import_id": import_id, "left_out": False, "problems": [], "status": RowStatus.WAITING}
    values = [{"line": row.line, "cells": list(row.cells), **fixed} for row in rows]
    work.connection.execute(insert(ImportRow), values)


def lock_import(work: Work, public_id: str, job_id: int) -> Any:
    """Take an import of a job for this transaction. Raises `NotFound`."""
    which = select(Import).where(Import.public_id == public_id, Import.job_id == job_id)
    row = work.connection.execute(which.with_for_update()).one_or_none()
    if row is None:
        raise NotFound("there is no such import: it may have been deleted")
    return row


def describe(work: Work, imported: Any, columns: Sequence[str], *, has_header: bool, country: str | None) -> None:
    """Say what the columns hold; all rows are then checked. Raises `InvalidEvent`, `Conflict` (it has begun)."""
    _expect(imported, DESCRIBED, "the import has begun: its columns stay as they are")
    if len(columns) != imported.width:
        raise InvalidEvent(f"the table has {imported.width} columns: say of each what it holds", field="columns")
    chosen = list(check_columns(columns))
    described = {"columns": chosen, "has_header": has_header, "country": country}
    _change(work, imported.id, state=ImportState.CHECKING, checked_to=0, **described)
    work.ring(SWEEPS, TASK)


def put_right(work: Work, imported: Any, line: int, cells: Mapping[int, str]) -> None:
    """Change cells of a row, by the place of their column, and check it again. Raises `NotFound`, `Conflict`."""
    _expect(imported, STANDING, "the import is at work: pause or wait before you change its rows")
    row = _row(work, imported, line)
    if row.status == RowStatus.DONE:
        raise Conflict(f"line {line} has been added already")
    changed = [*row.cells, *[""] * (imported.width - len(row.cells))]
    for place, text in cells.items():
        if not 0 <= place < imported.width:
            raise InvalidEvent(f"the table has no column {place + 1}", field="cells")
        changed[place] = clean_cell(text)[:LONGEST_CELL]
    waiting = {"status": RowStatus.WAITING, "reason": None}
    work.connection.execute(update(ImportRow).where(ImportRow.id == row.id).values(cells=changed, **waiting))
    check_lines(work, imported, [line])
    _change(work, imported.id)


def leave_out(work: Work, imported: Any, line: int, *, left_out: bool) -> None:
    """Leave a row out, or take it in again. Raises `NotFound`, `Conflict`."""
    _expect(imported, STANDING, "the import is at work: pause or wait before you change its rows")
    row = _row(work, imported, line)
    work.connection.execute(update(ImportRow).where(ImportRow.id == row.id).values(left_out=left_out))
    check_lines(work, imported, [line])
    _change(work, imported.id)


def _row(work: Work, imported: Any, line: int) -> Any:
    """Take a row for this transaction; a worker that still has it in hand is waited for. Raises `NotFound`."""
    which = (ImportRow.import_id == imported.id, ImportRow.line == line, ImportRow.line > begins_after(imported))
    row = work.connection.execute(select(ImportRow).where(*which).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"the table has no row in line {line}")
    return row


def decide(
    work: Work, imported: Any, stage_id: int, *, sends: bool, consents: Sequence[ChannelKind], consent_source: str
) -> stages.Target:
    """Keep where these people go, and on whose word they may be written to. Raises `InvalidEvent`, `Conflict`."""
    _expect(imported, STANDING, "the import is at work: pause or wait before you change it")
    target = stages.find_target(work, stage_id)
    if target.job_id != imported.job_id:
        raise InvalidEvent("this stage belongs to another job: choose one of this job", field="stage")
    source = clean_cell(consent_source)
    if len(source) > MOST_LINE:
        raise InvalidEvent(f"shorten this to {MOST_LINE} characters", field="consent_source")
    if consents and not source:
        message = "say where they agreed, such as 'career fair in Lisbon, 12 March': it is kept with each consent"
        raise InvalidEvent(message, field="consent_source")
    kinds = list(dict.fromkeys(consents))
    _change(work, imported.id, stage_id=stage_id, sends=sends, consents=kinds, consent_source=source)
    return target


def start(work: Work, imported: Any, actor: Actor, delay: timedelta) -> None:
    """Begin to add the people after *delay*, until which it can be stopped. Raises `Conflict`, `NotAllowed`."""
    _expect(imported, STANDING, "the import has begun already")
    if imported.stage_id is None:
        raise Conflict("choose a stage first")
    stages.check_target(stages.find_target(work, imported.stage_id), sends=imported.sends)
    if work.connection.execute(select(ImportRow.id).where(*to_be_added(imported)).limit(1)).first() is None:
        raise Conflict("there is nobody to be added: put rows right, or choose another table")
    _change(work, imported.id, state=ImportState.RUNNING, not_before=work.now + delay, finished_at=None)
    details = {"import": imported.public_id, "stage": imported.stage_id, "sends": imported.sends}
    record(work, actor, "import.started", "job", str(imported.job_id), details)
    work.ring(SWEEPS, TASK)


def to_be_added(imported: Any) -> Iterator[ColumnElement[bool]]:
    """Yield what is true of a row whose person is still to be added."""
    yield ImportRow.import_id == imported.id
    yield ImportRow.line > begins_after(imported)
    yield ImportRow.status == RowStatus.WAITING
    yield ImportRow.verdict.in_([Verdict.NEW, Verdict.KNOWN])
    yield ImportRow.same_as.is_(None)
    yield ~ImportRow.left_out


def pause(work: Work, imported: Any, actor: Actor) -> None:
    """Add nobody more until it is resumed. Raises `Conflict`."""
    _expect(imported, (ImportState.RUNNING,), "the import is not running")
    _turn(work, imported, actor, ImportState.PAUSED, "import.paused")


def resume(work: Work, imported: Any, actor: Actor) -> None:
    """Go on with an import that was paused. Raises `Conflict`."""
    _expect(imported, (ImportState.PAUSED,), "the import is not paused")
    _turn(work, imported, actor, ImportState.RUNNING, "import.resumed")
    work.ring(SWEEPS, TASK)


def cancel(work: Work, imported: Any, actor: Actor) -> None:
    """Add nobody more; who was added stays. Raises `Conflict`."""
    _expect(imported, UNDER_WAY, "the import is not running")
    _turn(work, imported, actor, ImportState.CANCELLED, "import.cancelled", finished_at=work.now)


def retry(work: Work, imported: Any, actor: Actor) -> None:
    """Try once more to add those for whom it failed. Raises `Conflict`."""
    _expect(imported, (ImportState.DONE, ImportState.CANCELLED), "the import is still at work")
    failed = (ImportRow.import_id == imported.id, ImportRow.status == RowStatus.FAILED)
    again = update(ImportRow).where(*failed).values(status=RowStatus.WAITING, reason=None)
    if not work.connection.execute(again).rowcount:
        raise Conflict("nothing has failed")
    _turn(work, imported, actor, ImportState.RUNNING, "import.retried", finished_at=None)
    work.ring(SWEEPS, TASK)


def discard(work: Work, imported: Any, actor: Actor) -> None:
    """Delete a table and its rows; who was added from it stays. Raises `Conflict`."""
    if imported.state in UNDER_WAY:
        raise Conflict("the import is at work: cancel it first")
    _delete(work, [imported.id])
    record(work, actor, "import.discarded", "job", str(imported.job_id), {"import": imported.public_id})


def forget_old(work: Work) -> None:
    """Drop tables that nobody has touched for long: they are full of people."""
    old = select(Import.id).where(Import.changed_at < work.now - KEPT, Import.state.not_in(UNDER_WAY)).limit(20)
    _delete(work, list(work.connection.execute(old).scalars()))


def _delete(work: Work, ids: list[int]) -> None:
    if ids:
        work.connection.execute(delete(ImportRow).where(ImportRow.import_id.in_(ids)))
        work.connection.execute(delete(Import).where(Import.id.in_(ids)))


def _turn(work: Work, imported: Any, actor: Actor, state: ImportState, action: str, **more: Any) -> None:
    _change(work, imported.id, state=state, **more)
    record(work, actor, action, "job", str(imported.job_id), {"import": imported.public_id})


def _change(work: Work, import_id: int, **values: Any) -> None:
    work.connection.execute(update(Import).where(Import.id == import_id).values(changed_at=work.now, **values))
    work.changed(Topic.IMPORT, import_id)


def _expect(imported: Any, states: Sequence[ImportState], otherwise: str) -> None:
    if imported.state not in states:
        raise Conflict(otherwise)
