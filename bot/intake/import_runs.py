"""Imports in the background: rows are checked some hundred at a time, and people added one at a time.

One person, one transaction, as with bulk moves: candidates who write meanwhile wait for none, and a fault in one row
stops no other. The row's status changes with it, so that nobody is added twice by whatever is killed.
"""

import logging
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.channels.base import ChannelKind
from bot.errors import BotError, Conflict
from bot.failpoints import crash_point
from bot.intake.applications import AlreadyApplied, Applicant, Applied, ConsentGiven, apply_for
from bot.intake.import_checks import check_some
from bot.intake.imports import to_be_added
from bot.intake.judging import Person, judge
from bot.intake.people import candidate_by_phone
from bot.log import log_event
from bot.models import Application, Barrier, Import, ImportRow, ImportState, RowStatus, Topic
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work

SOURCE = "import"
LONGEST = 20.0
TOO_OFTEN = 3
SLICE = 25
"""People of one import before another has its turn; and how often those who look on are told."""
_ONCE_MORE = "tried once more"
_LOG = logging.getLogger(__name__)


def go_on(runtime: Runtime, longest: float = LONGEST) -> int:
    """Work on all imports in turn for a while; return how many rows were settled. Whoever comes next goes on."""
    until, settled = monotonic() + longest, 0
    behind: dict[int, int] = {}
    while monotonic() < until and not runtime.stopping.is_set():
        progress = [_work_on(runtime, import_id, behind) for import_id in _at_work(runtime)]
        settled += sum(progress)
        if not any(progress):
            break
    return settled


def check_now(runtime: Runtime, import_id: int, longest: float) -> None:
    """Check an import's rows in the request that described it, as long as somebody may be kept waiting."""
    until = monotonic() + longest
    while monotonic() < until and _check(runtime, import_id):
        pass


def _at_work(runtime: Runtime) -> list[int]:
    with reading(runtime) as work:
        due = or_(Import.not_before.is_(None), Import.not_before <= work.now, Import.state == ImportState.CHECKING)
        at_work = Import.state.in_([ImportState.CHECKING, ImportState.RUNNING])
        return list(work.connection.execute(select(Import.id).where(at_work, due).order_by(Import.id)).scalars())


def _work_on(runtime: Runtime, import_id: int, behind: dict[int, int]) -> int:
    """Check some rows or add some people; return how many. *behind* keeps after which line each import goes on."""
    if _check(runtime, import_id):
        return 1
    settled = in_vain = 0
    while settled < SLICE and in_vain < TOO_OFTEN and not runtime.stopping.is_set():
        tried = _add_next(runtime, import_id, behind.get(import_id, 0))
        if tried is None:
            _finish(runtime, import_id)
            break
        behind[import_id] = tried.line
        settled, in_vain = (settled + 1, 0) if tried.settled else (settled, in_vain + 1)
    return settled


def _check(runtime: Runtime, import_id: int) -> bool:
    """Check the next rows of an import that is being checked; False where it is not, or somebody else is at it."""
    with unit_of_work(runtime) as work:
        which = select(Import).where(Import.id == import_id, Import.state == ImportState.CHECKING)
        imported = work.connection.execute(which.with_for_update(skip_locked=True)).one_or_none()
        return imported is not None and check_some(work, imported)


@dataclass(frozen=True, slots=True)
class _Tried:
    """A row, and whether it is settled; otherwise the database was busy or away and it waits."""

    line: int
    settled: bool


def _add_next(runtime: Runtime, import_id: int, after: int) -> _Tried | None:
    """Add the next person behind a line, if there is one whom no other worker has in hand."""
    row = None
    try:
        with unit_of_work(runtime) as work:
            imported = _running(work, import_id)
            row = _next(work, imported, after) if imported is not None else None
            if row is not None:
                _add(work, imported, row)
    except Exception as error:
        if row is None:
            raise
        return _Tried(row.line, settled=_settle_failed(runtime, row, error))
    return _Tried(row.line, settled=True) if row is not None else None


def _running(work: Work, import_id: int) -> Any:
    which = select(Import).where(Import.id == import_id, Import.state == ImportState.RUNNING)
    return work.connection.execute(which).one_or_none()


def _next(work: Work, imported: Any, after: int) -> Any:
    following = select(ImportRow).where(*to_be_added(imported), ImportRow.line > after).order_by(ImportRow.line)
    return work.connection.execute(following.limit(1).with_for_update(skip_locked=True)).one_or_none()


def _add(work: Work, imported: Any, row: Any) -> None:
    person = judge(row.cells, imported.columns, imported.country)
    added = apply_for(
        work,
        find_target(work, imported.stage_id),
        applicant_of(person, imported.consents, imported.consent_source),
        source=SOURCE,
        external_id=person.external_id,
        sends=imported.sends and row.barrier != Barrier.OPTED_OUT,
        user_id=imported.user_id,
    )
    values: dict[str, Any] = {"status": RowStatus.DONE, "reason": None}
    if added.repeated:
        _expect_theirs(work, imported, person, added)
        values = {"status": RowStatus.HERE, "reason": "an application with this ID was there already"}
    values |= {"application_id": added.application_id, "candidate_id": added.candidate_id}
    work.connection.execute(update(ImportRow).where(ImportRow.id == row.id).values(values))
    if row.line % SLICE == 0:
        work.changed(Topic.IMPORT, imported.id)
    crash_point("import_row_added")


def _expect_theirs(work: Work, imported: Any, person: Person, added: Applied) -> None:
    """Let nobody pass for added whose ID is that of somebody else, or of another job. Raises `Conflict`."""
    job_id = select(Application.job_id).where(Application.id == added.application_id)
    if candidate_by_phone(work, person.phone or "") != added.candidate_id:
        raise Conflict("the application of somebody with another number has this ID: correct it, or empty it")
    if work.connection.execute(job_id).scalar_one() != imported.job_id:
        raise Conflict("an application for another job has this ID: correct it, or empty it")


def applicant_of(person: Person, consents: list[str], consent_source: str) -> Applicant:
    """Return somebody as an application describes them, with what they agreed to as the recruiter says."""
    return Applicant(
        phone=person.phone or "",
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        city=person.city,
        language=person.language,
        channel=person.channel,
        consents=[ConsentGiven(ChannelKind(kind), consent_source) for kind in consents],
        fields=person.fields,
        tags=person.tags,
    )


def _settle_failed(runtime: Runtime, row: Any, error: Exception) -> bool:
    """Keep why somebody was not added. False: it may be tried again.

    So it is where two add one person at once; where it is so again, it is for another reason.
    """
    if isinstance(error, OperationalError):
        log_event(_LOG, "import_row_failed", level=logging.WARNING, row=row.id, error=error)
        return False
    if isinstance(error, IntegrityError) and row.reason != _ONCE_MORE:
        _note_outcome(runtime, row.id, reason=_ONCE_MORE)
        return False
    if isinstance(error, AlreadyApplied):  # since it was checked; nothing that the row says of them may stay
        _note_outcome(runtime, row.id, status=RowStatus.HERE, application_id=error.application_id, reason=str(error))
        return True
    reason = str(error)
    if not isinstance(error, BotError):
        log_event(_LOG, "import_row_failed", level=logging.ERROR, row=row.id, error=error)
        reason = "an internal error; it is in the log"
    _note_outcome(runtime, row.id, reason=reason, status=RowStatus.FAILED)
    return True


def _note_outcome(runtime: Runtime, row_id: int, **values: Any) -> None:
    with unit_of_work(runtime) as work:  # another worker may have added them since
        waiting = (ImportRow.id == row_id, ImportRow.status == RowStatus.WAITING)
        work.connection.execute(update(ImportRow).where(*waiting).values(**values))


def _finish(runtime: Runtime, import_id: int) -> None:
    """Note the end of an import in which nobody is still to be added; one whom another worker has in hand still is."""
    with unit_of_work(runtime) as work:
        imported = _running(work, import_id)
        if (
            imported is None
            or work.connection.execute(select(ImportRow.id).where(*to_be_added(imported)).limit(1)).first()
        ):
            return
        ended = update(Import).where(Import.id == import_id, Import.state == ImportState.RUNNING)
        work.connection.execute(ended.values(state=ImportState.DONE, finished_at=work.now, changed_at=work.now))
        work.changed(Topic.IMPORT, import_id)
