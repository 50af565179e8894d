"""What the rows of an imported table are: judged one by one, compared with what is known many at once."""

from collections.abc import Iterable, Sequence
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
    Topic,
    Verdict,
)
from bot.phones import regions_of
from bot.work import Work

AT_ONCE = 500
"""Rows that are checked in one transaction."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the people of some rows: by the key of their number, and by the id that another system gave."""

    candidates: dict[str, Any]
    here: frozenset[int]
    external_ids: dict[str, int]
    """The job of each."""


def check_some(work: Work, imported: Any) -> bool:
    """Check the next rows of an import that is being checked, which the caller holds. False: those were the last."""
    after = max(imported.checked_to, begins_after(imported))
    rows = work.connection.execute(
        select(ImportRow.id, ImportRow.line, ImportRow.cells)
        .where(ImportRow.import_id == imported.id, ImportRow.line > after)
        .order_by(ImportRow.line)
        .limit(AT_ONCE)
    ).all()
    if rows:
        _write(work, imported, rows)
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
    """Check some rows again, and those that have or had a number in common with them."""
    of_import = (ImportRow.import_id == imported.id, ImportRow.line.in_(lines))
    columns = (ImportRow.id, ImportRow.line, ImportRow.cells, ImportRow.phone_key)
    rows = work.connection.execute(select(*columns).where(*of_import)).all()
    people = _write(work, imported, rows)
    keys = [key for key in (*(row.phone_key for row in rows), *(person.phone_key for person in people)) if key]
    mark_repeated(work, imported, keys)


def _write(work: Work, imported: Any, rows: Sequence[Any]) -> list[Person]:
    """Judge rows and write down what they are."""
    people = [judge(row.cells, imported.columns, imported.country) for row in rows]
    known = _look_up(work, imported.job_id, people)
    allowed = _allowed_countries(work, imported.job_id)
    values = [
        {"row_id": row.id, **_found(person, known, imported.job_id, allowed)}
        for row, person in zip(rows, people, strict=True)
    ]
    if values:
        names = ("verdict", "barrier", "problems", "phone", "phone_key", "candidate_id")
        changes = {name: bindparam(f"v_{name}", type_=ImportRow.__table__.c[name].type) for name in names}
        statement = update(ImportRow.__table__).where(ImportRow.__table__.c.id == bindparam("row_id"))  # type: ignore[arg-type]
        work.connection.execute(statement.values(changes), values)
    return people


def _found(person: Person, known: _Known, job_id: int, allowed: frozenset[str]) -> dict[str, Any]:
    candidate = known.candidates.get(person.phone_key or "")
    problems = list(person.problems)
    job_of_id = known.external_ids.get(person.external_id or "")
    if job_of_id not in (None, job_id):
        problems.append(("external_id", "An application for another job has this ID. Correct it, or empty it."))
    if problems:
        verdict = Verdict.BAD
    elif job_of_id is not None or (candidate and candidate.id in known.here):
        verdict = Verdict.HERE
    else:
        verdict = Verdict.KNOWN if candidate else Verdict.NEW
    return {
        "v_verdict": verdict,
        "v_barrier": _barrier(person, candidate, allowed),
        "v_problems": [list(problem) for problem in problems],
        "v_phone": person.phone,
        "v_phone_key": person.phone_key,
        "v_candidate_id": candidate.id if candidate else None,
    }


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
    with_id = select(Application.external_id, Application.job_id).where(Application.external_id.in_(ids))
    return _Known(
        {row.phone_key: row for row in found},
        frozenset(work.connection.execute(in_job).scalars()),
        {row.external_id: row.job_id for row in work.connection.execute(with_id)} if ids else {},
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
