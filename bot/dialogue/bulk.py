"""Many applications into one stage, in the background: an item at a time, each in a transaction of its own."""

import logging
from time import monotonic

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import OperationalError

from bot.errors import BotError
from bot.failpoints import crash_point
from bot.log import log_event
from bot.models import Application, BulkMove, BulkMoveItem, new_public_id
from bot.pipeline.stages import find_target, move
from bot.queue import SWEEPS
from bot.runtime import Runtime
from bot.statements import Prepared, change_row, change_row_if
from bot.work import Work, reading, unit_of_work

LONGEST = 20.0
TOO_OFTEN = 3
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
            "status": "pending" if ref in known else "failed",
            "reason": None if ref in known else "there is no such application",
        }
        for place, ref in enumerate(dict.fromkeys(application_refs))
    ]
    if items:
        work.connection.execute(insert(BulkMoveItem), items)
    work.ring(SWEEPS, TASK)
    return public_id


def go_on(runtime: Runtime) -> int:
    """Move what is pending for a while; return how many were moved. Whoever comes next goes on.

    What could not be moved now is passed over; where it is so for several in a row, the database is away.
    """
    until, moved, in_vain, item_id = monotonic() + LONGEST, 0, 0, 0
    while monotonic() < until and in_vain < TOO_OFTEN and not runtime.stopping.is_set():
        following = _next(runtime, item_id)
        if following is None:
            _finish(runtime)
            break
        item_id = following
        if _move_one(runtime, item_id):
            moved, in_vain = moved + 1, 0
        else:
            in_vain += 1
    return moved


def _next(runtime: Runtime, after: int) -> int | None:
    with reading(runtime) as work:
        following = _NEXT.first(work.connection, after=after)
        return None if following is None else int(following.id)


def _move_one(runtime: Runtime, item_id: int) -> bool:
    """Move one; the item's status changes in the same transaction, so it is never moved twice.

    False: the database is busy or away, and the item still waits.
    """
    try:
        with unit_of_work(runtime) as work:
            if not change_row_if(work.connection, BulkMoveItem, item_id, {"status": "pending"}, status="done"):
                return True
            item = _ITEM.first(work.connection, item_id=item_id)
            crash_point("bulk_marked")
            target, mark = find_target(work, item.stage_id), f"bulk-{item_id}"
            made = move(work, item.application_id, target, source="bulk", external_id=mark, sends=item.sends)
            change_row(work.connection, BulkMoveItem, item_id, enrolment_id=made.enrolment_id)
    except BotError as error:
        with unit_of_work(runtime) as work:
            failed = update(BulkMoveItem).where(BulkMoveItem.id == item_id)
            work.connection.execute(failed.values(status="failed", reason=str(error)))
    except OperationalError as error:
        log_event(_LOG, "bulk_move_failed", level=logging.WARNING, move=item_id, error=error)
        return False
    except Exception as error:  # noqa: BLE001  the others must be moved all the same
        log_event(_LOG, "bulk_move_failed", level=logging.ERROR, move=item_id, error=error)
        with unit_of_work(runtime) as work:
            failed = update(BulkMoveItem).where(BulkMoveItem.id == item_id)
            work.connection.execute(failed.values(status="failed", reason="an internal error; it is in the log"))
    return True


_NEXT = Prepared(
    lambda _: (
        select(BulkMoveItem.id)
        .where(BulkMoveItem.status == "pending", BulkMoveItem.id > bindparam("after"))
        .order_by(BulkMoveItem.id)
        .limit(1)
    )
)
_ITEM = Prepared(
    lambda _: (
        select(BulkMoveItem.application_id, BulkMove.stage_id, BulkMove.sends)
        .join(BulkMove, BulkMove.id == BulkMoveItem.bulk_move_id)
        .where(BulkMoveItem.id == bindparam("item_id"))
    )
)


def _finish(runtime: Runtime) -> None:
    """Note the end of each plan in which nothing is pending."""
    pending = select(BulkMoveItem.bulk_move_id).where(BulkMoveItem.status == "pending")
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
