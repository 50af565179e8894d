"""What a person asks for on the dashboard, for one application or for thousands: asked, taken back, paused, retried.

A bulk move waits for the seconds in which it can be undone, so that undoing it takes nothing back that has happened.
Its items wait with it, and while it is paused; what is pending is anybody's to do (`bot.dialogue.bulk`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, literal, select, update

from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.intake.tags import as_spelled, normal_tag
from bot.models import (
    Application,
    ApplicationState,
    BulkItemStatus,
    BulkKind,
    BulkMove,
    BulkMoveItem,
    Job,
    Topic,
    new_public_id,
)
from bot.pipeline.rejecting import first_reject_stage
from bot.pipeline.stages import check_target, find_target
from bot.queue import SWEEPS
from bot.work import Work

TASK = "bot.sweeps.move_in_bulk"
AT_ONCE = 1000
TOLD_ONE_BY_ONE = 100
"""Of more applications than this, those who look at the job ask for all of it again."""
_MOVES = (BulkKind.MOVE, BulkKind.REJECT_EVERYWHERE, BulkKind.ARCHIVE, BulkKind.WITHDRAW)
"""What one application can only have done to it once: the last that was asked for counts."""
_TAGS = (BulkKind.TAG, BulkKind.UNTAG)
_UNSETTLED = (BulkItemStatus.WAITING, BulkItemStatus.PENDING)
REPLACED = "something else was asked for instead"
TAKEN_BACK = "taken back"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Action:
    """What is to be done to each application. *stage_id* is for a move, *tag* for a tag."""

    kind: BulkKind
    stage_id: int | None = None
    sends: bool = True
    again: bool = False
    """Send the stage's campaign again to who is in the stage already."""
    sends_elsewhere: bool = False
    """Rejecting everywhere: send the Reject campaigns of the other jobs too."""
    tag: str = ""


def start(work: Work, job_id: int, application_ids: Sequence[int], action: Action, user_id: int) -> str:
    """Take down what is to be done to applications of a job; return the bulk move's public id.

    It takes the place of what is not done yet for the same applications. Raises `NotFound`, `Conflict`,
    `NotAllowed`, `InvalidEvent`.
    """
    if not application_ids:
        raise InvalidEvent("no application is chosen: tick some first", field="application")
    _take_turn(work, job_id)
    stage_id = _check(work, job_id, action)
    if action.kind in _MOVES:
        _replace(work, job_id, application_ids)
    delay = work.settings.undo_seconds if action.kind in _MOVES else 0
    rows = [row for part in _parts(application_ids) for row in _rows(work, job_id, part)]
    items = [_item(row, action, stage_id, waits=delay > 0) for row in rows]
    has_work = any(item["status"] in _UNSETTLED for item in items)
    bulk_id, public_id = _add(work, job_id, action, stage_id, user_id, delay=delay, has_work=has_work)
    numbered = [{"bulk_move_id": bulk_id, "place": place, **item} for place, item in enumerate(items)]
    for part in _parts(numbered):
        work.connection.execute(insert(BulkMoveItem), list(part))
    if has_work and not delay:
        work.ring(SWEEPS, TASK)
    _tell(work, bulk_id, job_id, application_ids)
    return public_id


def undo(work: Work, ref: str) -> None:
    """Take a bulk move back that has not begun. Raises `NotFound`, `Conflict` where it is too late."""
    bulk = _find(work, ref)
    taken = {"cancelled_at": work.now, "finished_at": work.now}
    not_begun = (BulkMove.begun_at.is_(None), BulkMove.cancelled_at.is_(None), BulkMove.finished_at.is_(None))
    if not _change(work, bulk.id, not_begun, **taken):
        raise Conflict("it is too late to undo this: it has begun, so move the applications back by hand")
    _settle(work, bulk, BulkItemStatus.CANCELLED, TAKEN_BACK)


def cancel(work: Work, ref: str) -> None:
    """Leave undone what is not done yet. Raises `NotFound`, `Conflict` where nothing is left."""
    bulk = _find(work, ref)
    if not _change(work, bulk.id, _OPEN, cancelled_at=work.now, finished_at=work.now):
        raise Conflict("nothing of this is left to cancel: it is finished")
    _settle(work, bulk, BulkItemStatus.CANCELLED, CANCELLED)


def pause(work: Work, ref: str) -> None:
    """Let what is not done yet wait until `resume`. Raises `NotFound`, `Conflict` where nothing is left."""
    bulk = _find(work, ref)
    if not _change(work, bulk.id, (*_OPEN, BulkMove.paused_at.is_(None)), paused_at=work.now):
        raise Conflict("this cannot be paused: it is finished, or paused already")
    _settle(work, bulk, BulkItemStatus.WAITING, None, among=(BulkItemStatus.PENDING,))


def resume(work: Work, ref: str) -> None:
    """Go on with what was paused. Raises `NotFound`, `Conflict` where it is not paused."""
    bulk = _find(work, ref)
    if not _change(work, bulk.id, (*_OPEN, BulkMove.paused_at.is_not(None)), paused_at=None):
        raise Conflict("this cannot go on: it is finished, or was not paused")
    if bulk.begun_at is not None:
        _settle(work, bulk, BulkItemStatus.PENDING, None, among=(BulkItemStatus.WAITING,))
    work.ring(SWEEPS, TASK)


def retry_failed(work: Work, ref: str, user_id: int) -> str:
    """Ask again for what has failed of a bulk move; return the new one's public id. Raises as `start` does.

    For whom something was asked since is left out: two who press the same button must not send twice.
    """
    bulk = _find(work, ref)
    _take_turn(work, bulk.job_id)
    failed = select(BulkMoveItem.application_id).where(
        BulkMoveItem.bulk_move_id == bulk.id,
        BulkMoveItem.status == BulkItemStatus.FAILED,
        BulkMoveItem.application_id.not_in(_asked_since(bulk)),
    )
    ids = [int(key) for key in work.connection.execute(failed.order_by(BulkMoveItem.place)).scalars() if key]
    if not ids:
        raise Conflict("nothing of this has failed, or it was asked for again already")
    chosen = (bulk.stage_id, bulk.sends, bulk.again, bulk.sends_elsewhere, bulk.tag or "")
    return start(work, bulk.job_id, ids, Action(BulkKind(bulk.kind), *chosen), user_id)


def _asked_since(bulk: Any) -> Select[Any]:
    """Select the applications for which the like of a bulk move was asked for later, and not left undone."""
    kinds = _MOVES if bulk.kind in _MOVES else (bulk.kind,)
    return (
        select(BulkMoveItem.application_id)
        .join(BulkMove, BulkMove.id == BulkMoveItem.bulk_move_id)
        .where(BulkMove.id > bulk.id, BulkMove.kind.in_(kinds), BulkMoveItem.application_id.is_not(None))
        .where(BulkMoveItem.status.not_in((BulkItemStatus.CANCELLED, BulkItemStatus.SKIPPED)))
    )


def begin_due(work: Work, bulk_id: int) -> bool:
    """Let the items of a bulk move be done whose time has come. False: somebody was quicker, or took it back."""
    still = (*_OPEN, BulkMove.begun_at.is_(None), BulkMove.paused_at.is_(None), BulkMove.not_before <= work.now)
    if not _change(work, bulk_id, still, begun_at=work.now):
        return False
    waits = (BulkMoveItem.bulk_move_id == bulk_id, BulkMoveItem.status == BulkItemStatus.WAITING)
    work.connection.execute(update(BulkMoveItem).where(*waits).values(status=BulkItemStatus.PENDING))
    work.changed(Topic.BULK_MOVE, bulk_id)
    return True


def due(work: Work) -> list[int]:
    """Return the bulk moves whose time to begin has come, the first that were asked for first."""
    open_ones = select(BulkMove.id).where(*_OPEN, BulkMove.begun_at.is_(None), BulkMove.paused_at.is_(None))
    found = open_ones.where(BulkMove.not_before <= work.now).order_by(BulkMove.id)
    return list(work.connection.execute(found).scalars())


_OPEN: tuple[ColumnElement[bool], ...] = (BulkMove.finished_at.is_(None), BulkMove.cancelled_at.is_(None))


def _check(work: Work, job_id: int, action: Action) -> int | None:
    """Return the stage into which the applications go. Raises what is wrong with the action as a whole."""
    if action.kind not in (BulkKind.MOVE, BulkKind.REJECT_EVERYWHERE):
        return None
    stage_id = action.stage_id
    if action.kind is BulkKind.REJECT_EVERYWHERE:
        stage_id = work.connection.execute(select(first_reject_stage(literal(job_id)))).scalar_one()
        if stage_id is None:
            return None
    if stage_id is None:
        raise InvalidEvent("choose the stage into which they go", field="stage")
    target = find_target(work, stage_id)
    if target.job_id != job_id:
        raise NotAllowed(f"stage {target.name!r} belongs to another job")
    check_target(target, sends=action.sends)
    return stage_id


def _rows(work: Work, job_id: int, ids: Sequence[int]) -> list[Any]:
    """Return the applications in the order given. Raises `NotFound` for one that is not the job's."""
    found = select(Application.id, Application.public_id, Application.stage_id, Application.state).where(
        Application.job_id == job_id, Application.id.in_(ids)
    )
    rows = {row.id: row for row in work.connection.execute(found)}
    if len(rows) < len(set(ids)):
        raise NotFound("an application that was chosen is not one of this job: load the page anew")
    return [rows[key] for key in dict.fromkeys(ids)]


def _item(row: Any, action: Action, stage_id: int | None, *, waits: bool) -> dict[str, Any]:
    reason = None
    if action.kind in _MOVES and row.state != ApplicationState.ACTIVE:
        reason = f"the application is {row.state}"
    elif action.kind is BulkKind.MOVE and row.stage_id == stage_id and not action.again:
        reason = "is in this stage already"
    ready = BulkItemStatus.WAITING if waits else BulkItemStatus.PENDING
    status = BulkItemStatus.SKIPPED if reason else ready
    return {"application_id": row.id, "application_ref": row.public_id, "status": status, "reason": reason}


def _add(
    work: Work, job_id: int, action: Action, stage_id: int | None, user_id: int, *, delay: int, has_work: bool
) -> tuple[int, str]:
    values = {
        "public_id": new_public_id(),
        "kind": action.kind,
        "job_id": job_id,
        "stage_id": stage_id,
        "tag": as_spelled(work, job_id, normal_tag(action.tag)) if action.kind in _TAGS else None,
        "sends": action.sends,
        "sends_elsewhere": action.sends_elsewhere,
        "again": action.again,
        "user_id": user_id,
        "created_at": work.now,
        "not_before": work.now + timedelta(seconds=delay),
        "begun_at": None if delay and has_work else work.now,
        "finished_at": None if has_work else work.now,
    }
    made = work.connection.execute(insert(BulkMove).values(values).returning(BulkMove.id, BulkMove.public_id)).one()
    return made.id, made.public_id


def _take_turn(work: Work, job_id: int) -> None:
    """Wait for who asks for something in the same job: of two only the second knows what it takes the place of.

    It comes before the lock of any bulk move; and a stage that is chosen is not removed from then on.
    """
    work.connection.execute(select(Job.id).where(Job.id == job_id).with_for_update(key_share=True))


def _replace(work: Work, job_id: int, ids: Sequence[int]) -> None:
    """Cancel what was asked for before for the same applications and is not done; what a worker has in hand is."""
    unfinished = select(BulkMove.id).where(BulkMove.job_id == job_id, *_OPEN, BulkMove.kind.in_(_MOVES))
    # locked like `begin_due` does it, before any of their items: else each could wait for the other
    before = list(work.connection.execute(unfinished.order_by(BulkMove.id).with_for_update()).scalars())
    changed: set[int] = set()
    for part in _parts(ids) if before else ():
        for status in _UNSETTLED:
            replaced = update(BulkMoveItem).where(
                BulkMoveItem.bulk_move_id.in_(before),
                BulkMoveItem.application_id.in_(part),
                BulkMoveItem.status == literal(status.value, literal_execute=True),
            )
            cancelled = replaced.values(status=BulkItemStatus.CANCELLED, reason=REPLACED)
            changed |= set(work.connection.execute(cancelled.returning(BulkMoveItem.bulk_move_id)).scalars())
    for bulk_id in sorted(changed):
        work.changed(Topic.BULK_MOVE, bulk_id)


def _parts(every: Sequence[Any]) -> list[Sequence[Any]]:
    return [every[begin : begin + AT_ONCE] for begin in range(0, len(every), AT_ONCE)]


def _find(work: Work, ref: str) -> Any:
    """Return a bulk move of the dashboard; those of other systems are theirs. Raises `NotFound`."""
    found = select(BulkMove.__table__).where(BulkMove.public_id == ref, BulkMove.job_id.is_not(None))
    row = work.connection.execute(found).one_or_none()
    if row is None:
        raise NotFound("there is no such move")
    return row


def _change(work: Work, bulk_id: int, still: Sequence[ColumnElement[bool]], **changes: Any) -> bool:
    changed = update(BulkMove).where(BulkMove.id == bulk_id, *still).values(**changes)
    return work.connection.execute(changed).rowcount == 1


def _settle(
    work: Work,
    bulk: Any,
    status: BulkItemStatus,
    reason: str | None,
    *,
    among: Sequence[BulkItemStatus] = _UNSETTLED,
) -> None:
    mine = (BulkMoveItem.bulk_move_id == bulk.id, BulkMoveItem.status.in_(among))
    changed = update(BulkMoveItem).where(*mine).values(status=status, reason=reason)
    ids = work.connection.execute(changed.returning(BulkMoveItem.application_id)).scalars().all()
    _tell(work, bulk.id, bulk.job_id, [key for key in ids if key is not None])


def _tell(work: Work, bulk_id: int, job_id: int, ids: Sequence[int]) -> None:
    work.changed(Topic.BULK_MOVE, bulk_id)
    if len(ids) > TOLD_ONE_BY_ONE:
        work.changed(Topic.JOB, job_id)
    else:
        for application_id in ids:
            work.changed(Topic.APPLICATION, application_id)
