"""What the rows of an imported table are: judged one by one, compared with what is known many at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.orm import aliased

from bot.intake.judging import Person, judge
from bot.models import (
    Application,
    ApplicationState,
    Barrier,
    Candidate,
    Import,
    ImportRow,
    ImportState,
    Job,
    Merge,
    RowStatus,
    Topic,
    Verdict,
)
from bot.phones import regions_of
from bot.work import Work

AT_ONCE = 500
"""Rows that are checked in one transaction."""
_COLUMNS = (
    ImportRow.id,
    ImportRow.line,
    ImportRow.cells,
    ImportRow.left_out,
    ImportRow.phone_key,
    ImportRow.external_id,
)
_Taken = dict[str, tuple[int, str | None]]
"""IDs that rows further up have: the line of each, and the key of its number."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the people of some rows: by the key of their number, and by the id that another system gave."""

    candidates: dict[str, Any]
    here: frozenset[int]
    external_ids: dict[str, Any]
    """The job and the candidate of the application that has it."""


def check_some(work: Work, imported: Any) -> bool:
    """Check the next rows of an import that is being checked, which the caller holds. False: those were the last."""
    after = max(imported.checked_to, begins_after(imported))
    rows = work.connection.execute(
        select(*_COLUMNS)
        .where(ImportRow.import_id == imported.id, ImportRow.line > after)
        .order_by(ImportRow.line)
        .limit(AT_ONCE)
    ).all()
    if rows:
        _write(work, imported, rows, after)
        _note_progress(work, imported.id, checked_to=rows[-1].line)
    if len(rows) == AT_ONCE:
        return True
    mark_repeated(work, imported)
    _note_progress(work, imported.id, state=ImportState.CHECKED)
    return False


def begins_after(imported: Any) -> int:
    """Return the line behind which the people of a table stand."""
    return imported.first_line if imported.has_header else 0


def _note_progress(work: Work, import_id: int, **values: Any) -> None:
    work.connection.execute(update(Import).where(Import.id == import_id).values(**values))
    work.changed(Topic.IMPORT, import_id)


def check_lines(work: Work, imported: Any, lines: Sequence[int]) -> None:
    """Check some rows again, and those that have or had a number or an ID in common with them."""
    of_import = (ImportRow.import_id == imported.id, ImportRow.line.in_(lines))
    given = work.connection.execute(select(*_COLUMNS).where(*of_import)).all()
    rows = sorted([*given, *_with_their_ids(work, imported, given)], key=lambda row: row.line)
    people = _write(work, imported, rows, 0)
    keys = [key for key in (*(row.phone_key for row in rows), *(person.phone_key for person in people)) if key]
    mark_repeated(work, imported, keys)


def _with_their_ids(work: Work, imported: Any, given: Sequence[Any]) -> Sequence[Any]:
    """Take the rows still to be added, or the first of many, with an ID that some rows have or had."""
    now = (judge(row.cells, imported.columns, imported.country).external_id for row in given)
    ids = {external_id for external_id in (*(row.external_id for row in given), *now) if external_id}
    which = (
        ImportRow.import_id == imported.id,
        ImportRow.external_id.in_(ids),
        ImportRow.line > begins_after(imported),
        ImportRow.line.not_in([row.line for row in given]),
        ImportRow.status.in_([RowStatus.WAITING, RowStatus.FAILED]),
    )
    rows = select(*_COLUMNS).where(*which).order_by(ImportRow.line).limit(AT_ONCE)
    return work.connection.execute(rows.with_for_update()).all() if ids else []


def _write(work: Work, imported: Any, rows: Sequence[Any], after: int) -> list[Person]:
    """Judge rows, in the order of their lines, and write down what they are; those up to a line have been judged."""
    people = [judge(row.cells, imported.columns, imported.country) for row in rows]
    known = _look_up(work, imported.job_id, people)
    allowed = _allowed_countries(work, imported.job_id)
    taken = _taken(work, imported, people, after)
    values = []
    for row, person in zip(rows, people, strict=True):
        found = _found(person, known, imported.job_id, allowed, taken)
        if person.external_id and found["v_verdict"] != Verdict.BAD and not row.left_out:
            taken.setdefault(person.external_id, (row.line, person.phone_key))
        values.append({"row_id": row.id, **found})
    if values:
        names = ("verdict", "barrier", "problems", "phone", "phone_key", "external_id", "candidate_id")
        changes = {name: bindparam(f"v_{name}", type_=ImportRow.__table__.c[name].type) for name in names}
        statement = update(ImportRow.__table__).where(ImportRow.__table__.c.id == bindparam("row_id"))  # type: ignore[arg-type]
        work.connection.execute(statement.values(changes), values)
    return people


def _taken(work: Work, imported: Any, people: Iterable[Person], to: int) -> _Taken:
    """Return which IDs of some people are those of rows up to a line already."""
    ids = {person.external_id for person in people if person.external_id}
    if not ids or to <= begins_after(imported):
        return {}
    above = (
        ImportRow.import_id == imported.id,
        ImportRow.external_id.in_(ids),
        ImportRow.line > begins_after(imported),
        ImportRow.line <= to,
        ImportRow.verdict != Verdict.BAD,
        ~ImportRow.left_out,
    )
    columns = (ImportRow.external_id, ImportRow.line, ImportRow.phone_key)
    rows = work.connection.execute(select(*columns).where(*above).order_by(ImportRow.line.desc()))
    return {row.external_id: (row.line, row.phone_key) for row in rows}


def _found(person: Person, known: _Known, job_id: int, allowed: frozenset[str], taken: _Taken) -> dict[str, Any]:
    candidate = known.candidates.get(person.phone_key or "")
    owner = known.external_ids.get(person.external_id or "")
    problems = [*person.problems, *_problems_of_id(person, candidate, owner, job_id, taken)]
    if problems:
        verdict = Verdict.BAD
    elif owner is not None or (candidate and candidate.id in known.here):
        verdict = Verdict.HERE
    else:
        verdict = Verdict.KNOWN if candidate else Verdict.NEW
    return {
        "v_verdict": verdict,
        "v_barrier": _barrier(person, candidate, allowed),
        "v_problems": [list(problem) for problem in problems],
        "v_phone": person.phone,
        "v_phone_key": person.phone_key,
        "v_external_id": person.external_id,
        "v_candidate_id": candidate.id if candidate else None,
    }


def _problems_of_id(
    person: Person, candidate: Any, owner: Any, job_id: int, taken: _Taken
) -> Iterator[tuple[str, str]]:
    """Say what is wrong with an ID that somebody else has: it is one application's alone."""
    line, phone_key = taken.get(person.external_id or "", (0, person.phone_key))
    if owner is not None and owner.job_id != job_id:
        yield "external_id", "An application for another job has this ID. Correct it, or empty it."
    elif person.phone_key is None:
        return
    elif owner is not None and (candidate is None or owner.candidate_id != candidate.id):
        yield "external_id", "The application of somebody with another number has this ID. Correct it, or empty it."
    elif phone_key != person.phone_key:
        yield "external_id", f"Line {line} has this ID and another number. Correct one of them, or empty this ID."


def _barrier(person: Person, candidate: Any, allowed: frozenset[str]) -> Barrier | None:
    if candidate and candidate.opted_out_at is not None:
        return Barrier.OPTED_OUT
    if person.phone and allowed and (regions := regions_of(person.phone)) and allowed.isdisjoint(regions):
        return Barrier.COUNTRY
    return None


def _look_up(work: Work, job_id: int, people: Iterable[Person]) -> _Known:
    keys = {person.phone_key for person in people if person.phone_key}
    ids = {person.external_id for person in people if person.external_id}
    found = _with_numbers(work, keys)
    in_job = select(Application.candidate_id).where(
        Application.job_id == job_id,
        Application.candidate_id.in_([row.id for row in found]),
        Application.state == ApplicationState.ACTIVE,
    )
    owners = (Application.external_id, Application.job_id, Application.candidate_id)
    with_id = select(*owners).where(Application.external_id.in_(ids))
    return _Known(
        {row.phone_key: row for row in found},
        frozenset(work.connection.execute(in_job).scalars()),
        {row.external_id: row for row in work.connection.execute(with_id)} if ids else {},
    )


def _with_numbers(work: Work, keys: Iterable[str]) -> list[Any]:
    """Return the candidates of some numbers, as `people.candidate_by_phone` finds them."""
    wanted = list(keys)
    person = (Candidate.id, Candidate.opted_out_at)
    merged = select(*person, Merge.phone_key).join(Merge, Merge.kept_id == Candidate.id)
    own = select(*person, Candidate.phone_key).where(Candidate.phone_key.in_(wanted))
    return [
        row
        for statement in (merged.where(Merge.phone_key.in_(wanted)), own)
        for row in work.connection.execute(statement)
    ]


def _allowed_countries(work: Work, job_id: int) -> frozenset[str]:
    """Return the countries to which messages may go for a job; none where there is no limit."""
    if work.settings.countries:
        return work.settings.countries
    country = work.connection.execute(select(Job.default_country).where(Job.id == job_id)).scalar_one()
    return frozenset({country}) if country else frozenset()


def mark_repeated(work: Work, imported: Any, keys: Iterable[str] | None = None) -> None:
    """Note of each row which one further up has the same number, if it will be added or is here; of *keys* alone."""
    first = aliased(ImportRow)
    counts = (
        first.import_id == imported.id,
        first.phone_key == ImportRow.phone_key,
        first.line < ImportRow.line,
        first.line > begins_after(imported),
        first.verdict != Verdict.BAD,
        ~first.left_out,
    )
    above = select(func.min(first.line)).where(*counts).correlate(ImportRow).scalar_subquery()
    which: list[ColumnElement[bool]] = [ImportRow.import_id == imported.id, ImportRow.phone_key.is_not(None)]
    if keys is not None:
        which.append(ImportRow.phone_key.in_(list(keys)))
    work.connection.execute(
        update(ImportRow).where(*which).values(same_as=above).execution_options(synchronize_session=False)
    )
