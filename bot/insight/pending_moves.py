"""What the dashboard has been asked to do with applications and has not done yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, bindparam, literal, select, union_all

from bot.dialogue.naming import NAME_OF_USER
from bot.models import Application, BulkItemStatus, BulkKind, BulkMove, BulkMoveItem, Stage, User
from bot.work import Work

UNSETTLED = (BulkItemStatus.WAITING, BulkItemStatus.PENDING)
_MOVES = (BulkKind.MOVE, BulkKind.REJECT_EVERYWHERE)


@dataclass(frozen=True, slots=True)
class PendingMove:
    """One application's part of a bulk move that is not settled."""

    bulk: str
    """The public id of the bulk move, by which it is taken back."""
    kind: BulkKind
    stage: str | None
    """The public id of the stage into which it goes."""
    stage_name: str
    tag: str
    by: str
    """The name of who asked for it; empty for another system."""
    by_id: int | None
    begins_at: datetime | None
    seconds_left: int
    """In which it can be taken back as if it had never been."""
    can_be_undone: bool
    paused: bool


def has_status(status: BulkItemStatus) -> ColumnElement[bool]:
    """Say it in the text of the statement: SQLite knows the index of what is not settled only by that."""
    return BulkMoveItem.status == literal(status.value, literal_execute=True)


def pending_moves(work: Work, application_ids: Collection[int]) -> dict[int, PendingMove]:
    """Return what is about to happen to applications, of those to which something is; the last that was asked for."""
    if not application_ids:
        return {}
    rows = work.connection.execute(_asked_of(), {"keys": list(application_ids)}).all()
    return {row.application_id: _pending(row, work.now) for row in sorted(rows, key=lambda row: int(row.item_id))}


@cache
def _asked_of() -> CompoundSelect[Any]:
    columns = (
        BulkMoveItem.id.label("item_id"),
        BulkMoveItem.application_id,
        BulkMove.public_id,
        BulkMove.kind,
        BulkMove.tag,
        BulkMove.not_before,
        BulkMove.begun_at,
        BulkMove.paused_at,
        Stage.public_id.label("stage"),
        Stage.name.label("stage_name"),
        NAME_OF_USER.label("by"),
        BulkMove.user_id.label("by_id"),
    )
    asked = (
        select(*columns)
        .join(BulkMove, BulkMove.id == BulkMoveItem.bulk_move_id)
        .outerjoin(Stage, Stage.id == BulkMove.stage_id)
        .outerjoin(User, User.id == BulkMove.user_id)
        .where(BulkMoveItem.application_id.in_(bindparam("keys", expanding=True)))
    )
    return union_all(*(asked.where(has_status(status)) for status in UNSETTLED))


def _pending(row: Any, now: datetime) -> PendingMove:
    left = (row.not_before - now).total_seconds() if row.not_before and row.begun_at is None else 0.0
    return PendingMove(
        bulk=row.public_id,
        kind=BulkKind(row.kind),
        stage=row.stage,
        stage_name=row.stage_name or "",
        tag=row.tag or "",
        by=row.by or "",
        by_id=row.by_id,
        begins_at=row.not_before,
        seconds_left=max(0, ceil(left)),
        can_be_undone=row.begun_at is None,
        paused=row.paused_at is not None,
    )


def about_to_move(work: Work, job_id: int) -> bool:
    """Say whether any application of a job is about to change its stage."""
    is_open = BulkMove.finished_at.is_(None)
    found = select(BulkMove.id).where(BulkMove.job_id == job_id, is_open, BulkMove.kind.in_(_MOVES))
    return work.connection.execute(found.limit(1)).first() is not None


def on_the_way(job_id: int, stage_id: int | None = None) -> Select[Any]:
    """Select the applications of a job that are about to change their stage: `application_id`, `item_id`, `stage_id`.

    With a *stage_id*, those that come into that one. By the bulk moves that are not finished, of which there are few.
    """
    into = BulkMove.stage_id.is_not(None) if stage_id is None else BulkMove.stage_id == stage_id
    columns = (BulkMoveItem.application_id, BulkMoveItem.id.label("item_id"), BulkMove.stage_id)
    found = [
        select(*columns)
        .join(BulkMove, BulkMove.id == BulkMoveItem.bulk_move_id)
        .where(BulkMove.job_id == job_id, BulkMove.finished_at.is_(None), BulkMove.kind.in_(_MOVES))
        .where(into, has_status(status))
        for status in UNSETTLED
    ]
    moving = union_all(*found).subquery("moving")
    return select(moving.c.application_id, moving.c.item_id, moving.c.stage_id)


def stays(job_id: int) -> ColumnElement[bool]:
    """Say that an application of a job is not about to change its stage.

    Who is, is listed once and not looked for each time: of thousands that are left out each would be asked about.
    """
    moving = on_the_way(job_id).cte("on_the_way")
    return Application.id.not_in(select(moving.c.application_id).where(moving.c.application_id.is_not(None)))
