"""Many applications into one stage, in the background: an item at a time, each in a transaction of its own."""

import logging
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, insert, literal, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Executable

from bot.dialogue import bulk_moves
from bot.dialogue.bulk_items import ITEM_COLUMNS, do_item
from bot.errors import BotError
from bot.failpoints import crash_point
from bot.log import log_event
from bot.models import (
    Application,
    BulkItemStatus,
    BulkKind,
    BulkMove,
    BulkMoveItem,
    Job,
    Stage,
    StageCampaign,
    Topic,
    new_public_id,
)
from bot.pipeline.stages import TARGET_COLUMNS
from bot.queue import SWEEPS
from bot.runtime import Runtime
from bot.statements import Prepared, change_row, change_row_if
from bot.work import Work, reading, unit_of_work

LONGEST = 20.0
LOOKS_EVERY = 1.0
"""Seconds after which what has come in since has its turn."""
TOO_OFTEN = 3
IN_HAND = 60
"""More than workers have in hand at once; what lies behind is left for the next round where all of these are held."""
TASK = bulk_moves.TASK
_LOG = logging.getLogger(__name__)


def plan(work: Work, application_refs: list[str], stage_id: int, *, sends: bool) -> str:
    """Write down which applications are to be moved; return the public id of the plan. Unknown ids become failures."""
    public_id = new_public_id()
    values = {"public_id": public_id, "kind": BulkKind.MOVE, "stage_id": stage_id, "sends": sends, "again": True}
    values |= {"created_at": work.now, "begun_at": work.now}
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
    turns, until, settled, in_vain = _Turns(runtime), monotonic() + LONGEST, 0, 0
    while monotonic() < until and in_vain < TOO_OFTEN and not runtime.stopping.is_set():
        tried = turns.take()
        if tried is None:
            break
        settled, in_vain = (settled + 1, 0) if tried.settled else (settled, in_vain + 1)
    return settled


@dataclass(slots=True)
class _Turns:
    """Bulk moves that are under way, each of which has one item moved in turn: one of one waits for none of many."""

    runtime: Runtime
    coming: deque[int] = field(default_factory=deque)
    places: dict[int, int] = field(default_factory=dict)
    """Behind which item each goes on."""
    passed: dict[int, int] = field(default_factory=dict)
    """The last item of each that could not be moved now."""
    looked_at: float | None = None
    has_settled: bool = False
    """Since that look, so that another may find what waited for it."""

    def take(self) -> "_Tried | None":
        """Try one item; None: there is none left that could be moved now."""
        if self.looked_at is None or monotonic() - self.looked_at >= LOOKS_EVERY:
            self._look()
        while True:
            while self.coming:
                bulk_id = self.coming.popleft()
                tried = _try_next(self.runtime, bulk_id, self.places.get(bulk_id, 0))
                if tried is not None:
                    self._note(bulk_id, tried)
                    return tried
                self.places[bulk_id] = self.passed.get(bulk_id, 0)
            if not self.has_settled:
                return None
            self._look()

    def _note(self, bulk_id: int, tried: "_Tried") -> None:
        self.coming.append(bulk_id)
        self.places[bulk_id] = tried.item_id
        if tried.settled:
            self.has_settled = True
        else:
            self.passed[bulk_id] = tried.item_id

    def _look(self) -> None:
        """End what is done, begin what is due, and give a turn to each that has none."""
        _finish(self.runtime)
        _begin(self.runtime)
        with reading(self.runtime) as work:
            running = work.connection.execute(select(BulkMove.id).where(*_RUNNING).order_by(BulkMove.id)).scalars()
            self.coming.extend([bulk_id for bulk_id in running if bulk_id not in self.coming])
        self.looked_at, self.has_settled = monotonic(), False


def _begin(runtime: Runtime) -> None:
    """Begin what could be undone until now."""
    with reading(runtime) as work:
        ready = bulk_moves.due(work)
    for bulk_id in ready:
        with unit_of_work(runtime) as work:
            bulk_moves.begin_due(work, bulk_id)
        crash_point("bulk_begun")


@dataclass(frozen=True, slots=True)
class _Tried:
    """An item, and whether it is moved or never will be; otherwise the database was busy or away and it waits."""

    item_id: int
    settled: bool


def _try_next(runtime: Runtime, bulk_id: int, after: int) -> _Tried | None:
    """Move the first pending item of a bulk move behind *after*, if there is one that no other worker has in hand.

    The item's status changes in the same transaction, so it is never moved twice.
    """
    item = None
    try:
        with unit_of_work(runtime) as work:
            if not runtime.database.is_sqlite:
                _COMMIT_LAZILY.run_later(work.connection)
            item = _NEXT.first(work.connection, bulk_id=bulk_id, after=after)
            if item is not None:
                _move(work, item)
    except Exception as error:
        if item is None:
            raise
        return _Tried(item.item_id, settled=_settle_failed(runtime, item.item_id, error))
    return _Tried(item.item_id, settled=True) if item is not None else None


def _move(work: Work, item: Any) -> None:
    change_row(work.connection, BulkMoveItem, item.item_id, **do_item(work, item))
    work.changed(Topic.BULK_MOVE, item.bulk_move_id)
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
        if change_row_if(work.connection, BulkMoveItem, item_id, {"status": BulkItemStatus.PENDING}, **failed):
            _tell_failed(work, item_id)
    return True


def _tell_failed(work: Work, item_id: int) -> None:
    """The page shows the application in the stage into which it did not come."""
    item = select(BulkMoveItem.bulk_move_id, BulkMoveItem.application_id).where(BulkMoveItem.id == item_id)
    row = work.connection.execute(item).one()
    work.changed(Topic.BULK_MOVE, row.bulk_move_id)
    if row.application_id is not None:
        work.changed(Topic.APPLICATION, row.application_id)


def _comes_first() -> ColumnElement[bool]:
    """No earlier move of the same application is pending: one that another worker has in hand is made before.

    Not written as NOT EXISTS, for which a planner may join all that are pending.
    """
    earlier = aliased(BulkMoveItem)
    same = (earlier.application_id == BulkMoveItem.application_id, earlier.id < BulkMoveItem.id)
    found = select(earlier.id).where(*same, earlier.status == BulkItemStatus.PENDING).limit(1)
    return found.scalar_subquery().is_(None)


def _near(bulk_id: BindParameter[int], after: BindParameter[int]) -> ColumnElement[bool]:
    """Among the first few that are pending behind *after*: a planner may look at all that it is not kept from."""
    other = aliased(BulkMoveItem)
    mine = (other.bulk_move_id == bulk_id, other.status == BulkItemStatus.PENDING)
    first = select(func.min(other.id)).where(*mine, other.id > after)
    return BulkMoveItem.id.between(first.scalar_subquery(), first.scalar_subquery() + IN_HAND)


def _next(database: str) -> Executable:
    """Read an item with the stage it goes to; PostgreSQL passes over those that other workers hold.

    The item is chosen before anything is joined to it: a planner may join all that are pending, and sort them.
    """
    columns = (BulkMoveItem.id, BulkMoveItem.bulk_move_id, BulkMoveItem.application_id)
    mine = (BulkMoveItem.bulk_move_id == bindparam("bulk_id"), BulkMoveItem.status == BulkItemStatus.PENDING)
    pending = select(*columns).where(*mine, _near(bindparam("bulk_id"), bindparam("after")), _comes_first())
    first = pending.order_by(BulkMoveItem.id).limit(1)
    item = (first if database == "sqlite" else first.with_for_update(skip_locked=True)).subquery("item")
    return (
        select(*TARGET_COLUMNS, item.c.id.label("item_id"), item.c.bulk_move_id, *ITEM_COLUMNS)
        .select_from(item)
        .join(Application, Application.id == item.c.application_id)
        .join(BulkMove, BulkMove.id == item.c.bulk_move_id)
        .outerjoin(Stage, Stage.id == BulkMove.stage_id)
        .outerjoin(Job, Job.id == Stage.job_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
    )


_NEXT = Prepared(_next)
# A server that dies may lose the last moves, which are then pending again; nothing that they wrote has been sent, for
# a claim is committed before a message goes, and takes all that was committed before it to the disk
# (https://www.postgresql.org/docs/current/wal-async-commit.html).
_COMMIT_LAZILY = Prepared(lambda _: select(func.set_config("synchronous_commit", "off", literal(True))))


_UNFINISHED = (BulkMove.finished_at.is_(None), BulkMove.cancelled_at.is_(None))
_RUNNING = (*_UNFINISHED, BulkMove.begun_at.is_not(None), BulkMove.paused_at.is_(None))


def _of(status: BulkItemStatus) -> Select[int]:
    """Select the bulk moves with an item of that status, which stands in the text for the index of it."""
    return select(BulkMoveItem.bulk_move_id).where(BulkMoveItem.status == literal(status.value, literal_execute=True))


def _finish(runtime: Runtime) -> None:
    """Note the end of each plan in which nothing is left; of one that is paused too."""
    begun = or_(BulkMove.begun_at.is_not(None), BulkMove.paused_at.is_not(None))
    pending = _of(BulkItemStatus.PENDING).where(BulkMoveItem.bulk_move_id == BulkMove.id).correlate(BulkMove)
    # what waits is of those that have not begun or are paused
    nothing_waits = or_(BulkMove.paused_at.is_(None), BulkMove.id.not_in(_of(BulkItemStatus.WAITING)))
    over = select(BulkMove.id).where(*_UNFINISHED, begun, ~pending.exists(), nothing_waits).order_by(BulkMove.id)
    with reading(runtime) as work:
        if work.connection.execute(over.limit(1)).first() is None:
            return
    with unit_of_work(runtime) as work:
        # somebody who has one in hand, or another worker, sees to it
        ids = work.connection.execute(over.with_for_update(skip_locked=True)).scalars().all()
        work.connection.execute(update(BulkMove).where(BulkMove.id.in_(ids)).values(finished_at=work.now))
        for bulk_id in ids:
            work.changed(Topic.BULK_MOVE, bulk_id)
