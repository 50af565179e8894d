"""How far bulk moves are, and what has become of each of their applications."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Literal

from sqlalchemy import Select, func, select

from bot.dialogue.naming import NAME_OF_USER
from bot.errors import NotFound
from bot.insight.board_cards import full_name
from bot.models import Application, BulkItemStatus, BulkKind, BulkMove, BulkMoveItem, Candidate, Job, Stage, User
from bot.work import Work

State = Literal["can be undone", "running", "paused", "finished", "cancelled", "undone"]
SHOWN = 50
LATELY = 20
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Unlucky:
    """An application to which it did not happen, and why."""

    id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A bulk move as the dashboard shows it. Times are in UTC."""

    key: int
    id: str
    kind: BulkKind
    job: str
    job_title: str
    stage: str | None
    stage_name: str
    tag: str
    sends: bool
    by: str
    by_id: int | None
    state: State
    seconds_left: int
    """In which it can be undone."""
    created_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    failed: int
    skipped: int
    cancelled: int
    pending: int

    @property
    def settled(self) -> int:
        """How many are behind it, for a bar that fills up."""
        return self.total - self.pending


def progress(work: Work, ref: str) -> Progress:
    """Return how far a bulk move of the dashboard is. Raises `NotFound`."""
    row = work.connection.execute(_statement().where(BulkMove.public_id == ref)).one_or_none()
    if row is None:
        raise NotFound("there is no such move")
    [found] = _with_counts(work, [row])
    return found


def under_way(work: Work, *, job_id: int | None = None, user_id: int | None = None) -> list[Progress]:
    """Return what is not finished, of a job or of a user if one is named, the last that was asked for first."""
    found = _statement().where(BulkMove.finished_at.is_(None))
    if job_id is not None:
        found = found.where(BulkMove.job_id == job_id)
    if user_id is not None:
        found = found.where(BulkMove.user_id == user_id)
    rows = work.connection.execute(found.order_by(BulkMove.id.desc()).limit(LATELY)).all()
    return _with_counts(work, rows)


def failures(work: Work, ref: str, *, most: int = SHOWN) -> list[Unlucky]:
    """Return the first of those to which it did not happen; those that were skipped too. Raises `NotFound`."""
    return [unlucky for part in _unlucky(work, ref, most) for unlucky in part][:most]


def every_failure(work: Work, ref: str) -> Iterator[Unlucky]:
    """Yield all of `failures`, some at a time, for a file."""
    for part in _unlucky(work, ref, AT_ONCE):
        yield from part


def _statement() -> Select[Any]:
    columns: tuple[Any, ...] = (
        BulkMove.__table__,
        Job.public_id.label("job"),
        Job.title.label("job_title"),
        Stage.public_id.label("stage"),
        Stage.name.label("stage_name"),
        NAME_OF_USER.label("by"),
    )
    return (
        select(*columns)
        .select_from(BulkMove)
        .join(Job, Job.id == BulkMove.job_id)
        .outerjoin(Stage, Stage.id == BulkMove.stage_id)
        .outerjoin(User, User.id == BulkMove.user_id)
    )


def _with_counts(work: Work, rows: Sequence[Any]) -> list[Progress]:
    counted: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    found = (
        select(BulkMoveItem.bulk_move_id, BulkMoveItem.status, func.count().label("number"))
        .where(BulkMoveItem.bulk_move_id.in_(list(counted)))
        .group_by(BulkMoveItem.bulk_move_id, BulkMoveItem.status)
    )
    for item in work.connection.execute(found) if counted else ():
        counted[item.bulk_move_id][item.status] = item.number
    return [_progress(row, counted[row.id], work.now) for row in rows]


def _progress(row: Any, counts: dict[str, int], now: datetime) -> Progress:
    state = _state(row)
    left = (row.not_before - now).total_seconds() if state == "can be undone" and row.not_before else 0.0
    return Progress(
        key=row.id,
        id=row.public_id,
        kind=BulkKind(row.kind),
        job=row.job,
        job_title=row.job_title,
        stage=row.stage,
        stage_name=row.stage_name or "",
        tag=row.tag or "",
        sends=row.sends,
        by=row.by or "",
        by_id=row.user_id,
        state=state,
        seconds_left=max(0, ceil(left)),
        created_at=row.created_at,
        finished_at=row.finished_at,
        total=sum(counts.values()),
        done=counts.get(BulkItemStatus.DONE, 0),
        failed=counts.get(BulkItemStatus.FAILED, 0),
        skipped=counts.get(BulkItemStatus.SKIPPED, 0),
        cancelled=counts.get(BulkItemStatus.CANCELLED, 0),
        pending=counts.get(BulkItemStatus.PENDING, 0) + counts.get(BulkItemStatus.WAITING, 0),
    )


def _state(row: Any) -> State:
    if row.cancelled_at is not None:
        return "undone" if row.begun_at is None else "cancelled"
    if row.finished_at is not None:
        return "finished"
    if row.paused_at is not None:
        return "paused"
    return "running" if row.begun_at is not None else "can be undone"


def _unlucky(work: Work, ref: str, at_once: int) -> Iterator[list[Unlucky]]:
    found = select(BulkMove.id).where(BulkMove.public_id == ref, BulkMove.job_id.is_not(None))
    bulk_id = work.connection.execute(found).scalar_one_or_none()
    if bulk_id is None:
        raise NotFound("there is no such move")
    columns = (Candidate.first_name, Candidate.last_name, Candidate.phone)
    items = (
        select(BulkMoveItem.place, BulkMoveItem.application_ref, BulkMoveItem.reason, *columns)
        .outerjoin(Application, Application.id == BulkMoveItem.application_id)
        .outerjoin(Candidate, Candidate.id == Application.candidate_id)
        .where(
            BulkMoveItem.bulk_move_id == bulk_id,
            BulkMoveItem.status.in_([BulkItemStatus.FAILED, BulkItemStatus.SKIPPED]),
        )
        .order_by(BulkMoveItem.place)
        .limit(at_once)
    )
    after = -1
    while rows := work.connection.execute(items.where(BulkMoveItem.place > after)).all():
        after = rows[-1].place
        yield [
            Unlucky(
                row.application_ref, full_name(row.first_name or "", row.last_name or "", row.phone), row.reason or ""
            )
            for row in rows
        ]
