"""Many applications into one stage, in the background: an item at a time, each in a transaction of its own."""

import logging
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, insert, literal, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Executable

from bot.errors import BotError
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.thread import lock_thread
from bot.models import Application, BulkItemStatus, BulkMove, BulkMoveItem, Job, Stage, StageCampaign, new_public_id
from bot.pipeline.stages import TARGET_COLUMNS, move_in, target_from
from bot.queue import SWEEPS
from bot.runtime import Runtime
from bot.statements import Prepared, change_row, change_row_if
from bot.work import Work, reading, unit_of_work

LONGEST = 20.0
TOO_OFTEN = 3
IN_HAND = 60
"""More than workers have in hand at once; what lies behind is left for the next round where all of these are held."""
TASK = "bot.sweeps.move_in_bulk"
_LOG = logging.getLogger(__name__)


def plan(work: Work, application_refs: list[str], stage_id: int, *, sends: bool) -> str:
    """Write down which applications are to be moved; return the public id of the plan. Unknown ids become failures."""
    public_id = new_public_id()
    values = {"public_id": public_id, "stage_id": stage_id, "sends": sends, "created_at": work.now}
    bulk_id = work.connection.execute(insert(BulkMove).values(values).returning(BulkMove.id)).scalar_one()
    known = dict(
        work.connection.execute(
            select(Application.public_id, Application.id).where(Application.public_id.in_(application_refs))
        ).all()
    )
    items = [
        {
            "bulk_move_id": bulk_id,
            "place": place,
            "application_ref": ref,
            "application_id": known.get(ref),
            "status": BulkItemStatus.PENDING if ref in known else BulkItemStatus.FAILED,
            "reason": None if ref in known else "there is no such application",
        }
        for place, ref in enumerate(dict.fromkeys(application_refs))
    ]
    if items:
        work.connection.execute(insert(BulkMoveItem), items)
    work.ring(SWEEPS, TASK)
    return public_id


def go_on(runtime: Runtime) -> int:
    """Move what is pending for a while; return how many are settled. Whoever comes next goes on.

    What could not be moved now is passed over; where it is so for several in a row, the database is away.
    """
    until, settled, in_vain, after = monotonic() + LONGEST, 0, 0, 0
    while monotonic() < until and in_vain < TOO_OFTEN and not runtime.stopping.is_set():
        tried = _try_next(runtime, after)
        if tried is None:
            _finish(runtime)
            break
        after = tried.item_id
        settled, in_vain = (settled + 1, 0) if tried.settled else (settled, in_vain + 1)
    return settled


@dataclass(frozen=True, slots=True)
class _Tried:
    """An item, and whether it is moved or never will be; otherwise the database was busy or away and it waits."""

    item_id: int
    settled: bool


def _try_next(runtime: Runtime, after: int) -> _Tried | None:
    """Move the first pending item behind *after*, if there is one that no other worker has in hand.

    The item's status changes in the same transaction, so it is never moved twice.
    """
    item = None
    try:
        with unit_of_work(runtime) as work:
            if not runtime.database.is_sqlite:
                _COMMIT_LAZILY.run_later(work.connection)
            item = _NEXT.first(work.connection, after=after)
            if item is not None:
                _move(work, item)
    except Exception as error:
        if item is None:
            raise
        return _Tried(item.item_id, settled=_settle_failed(runtime, item.item_id, error))
    return _Tried(item.item_id, settled=True) if item is not None else None


def _move(work: Work, item: Any) -> None:
    thread = lock_thread(work, item.candidate_id)
    whence = {"source": "bulk", "external_id": f"bulk-{item.item_id}"}
    made = move_in(work, thread, item.application_id, target_from(item), sends=item.sends, **whence)
    change_row(work.connection, BulkMoveItem, item.item_id, status=BulkItemStatus.DONE, enrolment_id=made.enrolment_id)
    crash_point("bulk_moved")


def _settle_failed(runtime: Runtime, item_id: int, error: Exception) -> bool:
    """Keep why an item was not moved. False: it may be tried again."""
    if isinstance(error, OperationalError):
        log_event(_LOG, "bulk_move_failed", level=logging.WARNING, move=item_id, error=error)
        return False
    reason = str(error)
    if not isinstance(error, BotError):
        log_event(_LOG, "bulk_move_failed", level=logging.ERROR, move=item_id, error=error)
        reason = "an internal error; it is in the log"
    with unit_of_work(runtime) as work:  # another worker may have moved it since
        failed = {"status": BulkItemStatus.FAILED, "reason": reason}
        change_row_if(work.connection, BulkMoveItem, item_id, {"status": BulkItemStatus.PENDING}, **failed)
    return True


def _comes_first() -> ColumnElement[bool]:
    """No earlier move of the same application is pending: one that another worker has in hand is made before.

    Not written as NOT EXISTS, for which a planner may join all that are pending.
    """
    earlier = aliased(BulkMoveItem)
    same = (earlier.application_id == BulkMoveItem.application_id, earlier.id < BulkMoveItem.id)
    found = select(earlier.id).where(*same, earlier.status == BulkItemStatus.PENDING).limit(1)
    return found.scalar_subquery().is_(None)


def _near(after: BindParameter[int]) -> ColumnElement[bool]:
    """Among the first few that are pending behind *after*: a planner may look at all that it is not kept from."""
    other = aliased(BulkMoveItem)
    first = select(func.min(other.id)).where(other.status == BulkItemStatus.PENDING, other.id > after)
    return BulkMoveItem.id.between(first.scalar_subquery(), first.scalar_subquery() + IN_HAND)


def _next(database: str) -> Executable:
    """Read an item with the stage it goes to; PostgreSQL passes over those that other workers hold.

    The item is chosen before anything is joined to it: a planner may join all that are pending, and sort them.
    """
    columns = (BulkMoveItem.id, BulkMoveItem.bulk_move_id, BulkMoveItem.application_id)
    pending = select(*columns).where(
        BulkMoveItem.status == BulkItemStatus.PENDING, _near(bindparam("after")), _comes_first()
    )
    first = pending.order_by(BulkMoveItem.id).limit(1)
    item = (first if database == "sqlite" else first.with_for_update(skip_locked=True)).subquery("item")
    return (
        select(
            *TARGET_COLUMNS, item.c.id.label("item_id"), item.c.application_id, Application.candidate_id, BulkMove.sends
        )
        .select_from(item)
        .join(Application, Application.id == item.c.application_id)
        .join(BulkMove, BulkMove.id == item.c.bulk_move_id)
        .join(Stage, Stage.id == BulkMove.stage_id)
        .join(Job, Job.id == Stage.job_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
    )


_NEXT = Prepared(_next)
# A server that dies may lose the last moves, which are then pending again; nothing that they wrote has been sent, for
# a claim is committed before a message goes, and takes all that was committed before it to the disk
# (https://www.postgresql.org/docs/current/wal-async-commit.html).
_COMMIT_LAZILY = Prepared(lambda _: select(func.set_config("synchronous_commit", "off", literal(True))))


def _finish(runtime: Runtime) -> None:
    """Note the end of each plan in which nothing is pending."""
    pending = select(BulkMoveItem.bulk_move_id).where(BulkMoveItem.status == BulkItemStatus.PENDING)
    open_plans = select(func.count()).select_from(BulkMove).where(BulkMove.finished_at.is_(None))
    with reading(runtime) as work:
        if not work.connection.execute(open_plans).scalar_one():
            return
    with unit_of_work(runtime) as work:
        work.connection.execute(
            update(BulkMove)
            .where(BulkMove.finished_at.is_(None), BulkMove.id.not_in(pending))
            .values(finished_at=work.now)
        )
