"""Imported tables as recruiters see them: what is in them, how far they are, what failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true

from bot.intake.import_checks import begins_after
from bot.models import Barrier, Import, ImportRow, ImportState, RowStatus, Verdict
from bot.work import Work


class Show(StrEnum):
    """Which rows of a table are listed."""

    PROBLEMS = "problems"
    TWICE = "twice"
    HERE = "here"
    KNOWN = "known"
    BARRED = "barred"
    LEFT_OUT = "left_out"
    FAILED = "failed"
    ALL = "all"


_IN = and_(~ImportRow.left_out, ImportRow.status == RowStatus.WAITING)
_WHICH: dict[Show, ColumnElement[bool]] = {
    Show.PROBLEMS: and_(_IN, ImportRow.verdict == Verdict.BAD),
    Show.TWICE: and_(_IN, ImportRow.verdict != Verdict.BAD, ImportRow.same_as.is_not(None)),
    Show.HERE: and_(~ImportRow.left_out, or_(ImportRow.verdict == Verdict.HERE, ImportRow.status == RowStatus.HERE)),
    Show.KNOWN: and_(_IN, ImportRow.verdict == Verdict.KNOWN, ImportRow.same_as.is_(None)),
    Show.BARRED: and_(_IN, ImportRow.verdict.in_([Verdict.NEW, Verdict.KNOWN]), ImportRow.barrier.is_not(None)),
    Show.LEFT_OUT: ImportRow.left_out.is_(True),
    Show.FAILED: ImportRow.status == RowStatus.FAILED,
    Show.ALL: true(),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of a table are what. Those that are added, or have failed, are counted as that alone."""

    rows: int = 0
    new: int = 0
    known: int = 0
    here: int = 0
    problems: int = 0
    twice: int = 0
    opted_out: int = 0
    abroad: int = 0
    left_out: int = 0
    added: int = 0
    failed: int = 0

    @property
    def to_add(self) -> int:
        """Who is still to be added."""
        return self.new + self.known

    @property
    def barred(self) -> int:
        """Who is added and may not be written to."""
        return self.opted_out + self.abroad


def tally(work: Work, imported: Any) -> Tally:
    """Count the rows of a table by what they are."""
    kinds = (ImportRow.verdict, ImportRow.barrier, ImportRow.status, ImportRow.left_out)
    repeated = ImportRow.same_as.is_not(None)
    rows = work.connection.execute(
        select(*kinds, repeated.label("repeated"), func.count().label("number"))
        .where(ImportRow.import_id == imported.id, ImportRow.line > begins_after(imported))
        .group_by(*kinds, repeated)
    ).all()
    counts: dict[str, int] = {"rows": sum(row.number for row in rows)}
    for row in rows:
        for name in _kinds_of(row):
            counts[name] = counts.get(name, 0) + row.number
    return Tally(**counts)


_SETTLED = {RowStatus.DONE: "added", RowStatus.HERE: "here", RowStatus.FAILED: "failed"}
_BARRED = {Barrier.OPTED_OUT: "opted_out", Barrier.COUNTRY: "abroad"}


def _kinds_of(row: Any) -> Iterator[str]:
    """Yield as what a row counts: one thing, and beside it whether it is barred."""
    if row.status in _SETTLED:
        yield _SETTLED[row.status]
    elif row.left_out:
        yield "left_out"
    elif row.verdict == Verdict.BAD:
        yield "problems"
    elif row.verdict == Verdict.HERE:
        yield "here"
    elif row.repeated:
        yield "twice"
    elif row.verdict is not None:
        yield str(row.verdict)
        if row.barrier in _BARRED:
            yield _BARRED[row.barrier]


def rows_of(work: Work, imported: Any, show: Show, *, after: int, most: int) -> tuple[list[Any], int | None]:
    """Return rows behind a line, and the line behind which there are more."""
    found = select(ImportRow).where(
        ImportRow.import_id == imported.id, ImportRow.line > max(after, begins_after(imported)), _WHICH[show]
    )
    rows = list(work.connection.execute(found.order_by(ImportRow.line).limit(most + 1)))
    return rows[:most], rows[most - 1].line if len(rows) > most else None


def imports_of(work: Work, job_id: int, most: int) -> list[Any]:
    """Return the tables of a job, the latest first, with the number of their rows."""
    first = case((Import.has_header, Import.first_line), else_=0)
    people = select(func.count()).where(ImportRow.import_id == Import.id, ImportRow.line > first)
    rows = people.correlate(Import).scalar_subquery()
    columns = (Import.public_id, Import.name, Import.state, Import.created_at, rows.label("rows"))
    found = select(*columns).where(Import.job_id == job_id, Import.state != ImportState.UPLOADING)
    return list(work.connection.execute(found.order_by(Import.id.desc()).limit(most)))


def in_words(counted: Tally) -> str:
    """Return what is in a table, as one line: "38 new, 2 already here, 1 opted out"."""
    parts = (
        (counted.new, "new"),
        (counted.known, "known from other jobs"),
        (counted.here, "already here"),
        (counted.opted_out, "opted out"),
        (counted.abroad, "in countries that may not be written to"),
        (counted.twice, "twice in the table"),
        (counted.problems, "with problems"),
        (counted.left_out, "left out"),
        (counted.added, "added"),
        (counted.failed, "failed"),
    )
    return ", ".join(f"{number:,} {words}" for number, words in parts if number) or "nobody"
