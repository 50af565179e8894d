"""The table of a job: the same applications as the board's, in an order of one's own, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, case, cast, func, select, tuple_, type_coerce

from bot.errors import InvalidEvent, NotFound
from bot.insight.board_cards import Card, cards, since
from bot.insight.board_filter import STATUSES, BoardFilter
from bot.insight.board_where import average_rating, count_by_stage, where
from bot.models import Application, Candidate, Enrolment, Stage
from bot.work import Work

PAGE = 50
FIRST_SORT = "-created"


@dataclass(frozen=True, slots=True)
class TablePage:
    """A part of the table. *after* and *before* are what to give for the parts next to it."""

    rows: tuple[Card, ...]
    total: int
    after: str | None
    before: str | None


def table_page(
    work: Work,
    job_id: int,
    wanted: BoardFilter,
    *,
    sort: str = FIRST_SORT,
    after: str = "",
    before: str = "",
    most: int = PAGE,
) -> TablePage:
    """Return a page of the table behind, or in front of, an application. Raises `InvalidEvent`, `NotFound`.

    *sort* is one of `SORTS`, with a minus in front for the other direction.
    """
    order = _order(sort)
    backwards = bool(before) and not after
    found = _next_to(work, job_id, wanted, order, after or before, most + 1, backwards=backwards)
    keys = list(reversed(found[:most])) if backwards else found[:most]
    rows = tuple(cards(work, keys))
    is_more, first, last = len(found) > most, rows[0].id if rows else None, rows[-1].id if rows else None
    total = sum(count_by_stage(work, job_id, wanted).values())
    behind = last if (backwards and before) or is_more else None
    ahead = first if (backwards and is_more) or (after and not backwards) else None
    return TablePage(rows, total, behind, ahead)


def neighbours(
    work: Work, job_id: int, wanted: BoardFilter, application: str, *, sort: str = FIRST_SORT
) -> tuple[str | None, str | None]:
    """Return the public ids of the applications before and after one in the table, though it may not fit the filter."""
    order = _order(sort)
    ways = [_next_to(work, job_id, wanted, order, application, 1, backwards=backwards) for backwards in (True, False)]
    ids = [key for keys in ways for key in keys]
    found = select(Application.id, Application.public_id).where(Application.id.in_(ids))
    names = dict(work.connection.execute(found).all())
    return tuple(names.get(keys[0]) if keys else None for keys in ways)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Order:
    column: ColumnElement[Any]
    descending: bool


def _name() -> ColumnElement[Any]:
    return func.lower(Candidate.last_name + " " + Candidate.first_name)


def _status() -> ColumnElement[Any]:
    places = {status: place for place, status in enumerate(STATUSES)}
    return case(places, value=Enrolment.status, else_=len(places))


def _since() -> ColumnElement[Any]:
    return type_coerce(func.coalesce(since(), Application.created_at), Application.created_at.type)


_COLUMNS: dict[str, Callable[[], ColumnElement[Any]]] = {
    "created": lambda: type_coerce(Application.id, Application.id.type),
    "name": _name,
    "stage": lambda: type_coerce(Stage.place, Stage.place.type),
    "status": _status,
    "since": _since,
    "rating": lambda: cast(func.coalesce(average_rating(), 0), Float),  # or PostgreSQL compares with whole numbers
    "moved": lambda: type_coerce(Application.moved_at, Application.moved_at.type),
}
SORTS = tuple(_COLUMNS)


def _order(sort: str) -> _Order:
    name = sort.removeprefix("-")
    if name not in _COLUMNS:
        raise InvalidEvent(f"the table cannot be sorted like this: use {', '.join(SORTS)}", field="sort")
    return _Order(_COLUMNS[name](), sort.startswith("-"))


def _joined(columns: Sequence[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Application)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Stage, Stage.id == Application.stage_id)
        .outerjoin(Enrolment, Enrolment.id == Application.last_enrolment_id)
    )


def _next_to(
    work: Work, job_id: int, wanted: BoardFilter, order: _Order, ref: str, most: int, *, backwards: bool
) -> list[int]:
    """Return the applications behind one, or in front of it, those nearest to it first; all where none is named."""
    downwards = order.descending != backwards
    place = (order.column, Application.id)
    found = _joined([Application.id]).where(Application.job_id == job_id, *where(work, job_id, wanted))
    if ref:
        mine = _joined(place).where(Application.job_id == job_id, Application.public_id == ref)
        here = work.connection.execute(mine).one_or_none()
        if here is None:
            raise NotFound(f"the job has no application {ref}: load the table anew")
        found = found.where(_beyond(order.column, here, downwards=downwards))
    directed = [column.desc() if downwards else column.asc() for column in place]
    return [row[0] for row in work.connection.execute(found.order_by(*directed).limit(most))]


def _beyond(column: ColumnElement[Any], here: Any, *, downwards: bool) -> ColumnElement[bool]:
    both = tuple_(column, Application.id)
    there = tuple_(*here, types=[column.type, Application.id.type])
    return both < there if downwards else both > there
