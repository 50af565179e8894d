"""The board of a job: its stages as columns, with their newest applications."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, union_all

from bot.errors import NotFound
from bot.insight.board_cards import Card, cards
from bot.insight.board_filter import BoardFilter
from bot.insight.board_where import count_by_stage, count_chosen, in_state, stage_ids, where
from bot.insight.pending_moves import about_to_move, on_the_way, stays
from bot.models import Application, Stage, StageCampaign
from bot.work import Work
from flows.flow import StageType

PER_COLUMN = 50
MOST = 500
"""Of one stage at once, however many somebody has unfolded."""


@dataclass(frozen=True, slots=True)
class Column:
    """One stage: how many of its applications fit the filter, and the newest of them.

    Who is about to come in is here already, and first; who is about to leave is not.
    """

    key: int
    id: str
    name: str
    type: StageType
    published: bool
    """Applications can be moved in with a message; or nothing is sent here anyway."""
    count: int
    median_age: timedelta | None
    """Of all that stay, where the filter asks for stages and states alone."""
    cards: tuple[Card, ...]
    more: str | None
    """What to give to `column` for the cards after these."""


def board(
    work: Work,
    job_id: int,
    wanted: BoardFilter,
    *,
    per_column: int = PER_COLUMN,
    shown: Mapping[str, int] = MappingProxyType({}),
) -> list[Column]:
    """Return the columns of a job's board in the order of its stages, without those that the filter leaves out.

    *shown*: how many somebody has before them already of a stage (a public id), where those are more; up to `MOST`.
    """
    stages = _stages(work, stage_ids(work, job_id, wanted))
    fitting = where(work, job_id, wanted)
    counts = count_chosen(work, fitting)
    moving = about_to_move(work, job_id)
    chosen = _moving(work, job_id, wanted, stages, per_column) if moving else {}
    shifts = _shifts(work, job_id, wanted) if moving else {}
    ages = _median_ages(work, counts, wanted) if wanted.is_plain else {}
    staying = [*fitting, stays(job_id)] if moving else fitting
    most = {key: max(per_column, min(shown.get(row.public_id, 0), MOST)) for key, row in stages.items()}
    newest = _newest(work, staying, {key: most[key] for key in stages if counts.get(key)})
    keys_of_all = [key for keys in (*chosen.values(), *newest.values()) for key in keys]
    made = {card.key: card for card in cards(work, keys_of_all)}
    columns = []
    for stage, row in stages.items():
        behind = newest.get(stage, [])[most[stage] :]
        keys = [*chosen.get(stage, []), *newest.get(stage, [])[: most[stage]]]
        mine = tuple(made[key] for key in keys if key in made)
        count = counts.get(stage, 0) + shifts.get(stage, 0)
        columns.append(_column(row, count, ages.get(stage), mine, mine[-1].id if behind and mine else None))
    return columns


def column(
    work: Work, job_id: int, stage: str, wanted: BoardFilter, *, after: str, most: int = PER_COLUMN
) -> tuple[list[Card], str | None]:
    """Return the cards of one stage (a public id) behind an application, and how to ask for more.

    Raises `NotFound` where either is gone.
    """
    [stage_id] = stage_ids(work, job_id, BoardFilter(stages=(stage,)))
    place = select(Application.moved_at, Application.id).where(Application.public_id == after)
    last = work.connection.execute(place.where(Application.job_id == job_id)).one_or_none()
    if last is None:
        raise NotFound(f"the job has no application {after}: load the board anew")
    found = _of_stage(stage_id, _staying(work, job_id, wanted), most)
    rows = work.connection.execute(found.where(_behind(last.moved_at, last.id)))
    keys = [row.id for row in rows]
    made = cards(work, keys[:most])
    return made, made[-1].id if len(keys) > most and made else None


def count_by_column(work: Work, job_id: int, wanted: BoardFilter) -> dict[int, int]:
    """Return how many each stage holds as the board shows it: who is about to move is where they go."""
    counts = count_by_stage(work, job_id, wanted)
    shifts = _shifts(work, job_id, wanted) if about_to_move(work, job_id) else {}
    return {stage: counts.get(stage, 0) + shifts.get(stage, 0) for stage in counts.keys() | shifts.keys()}


def _stages(work: Work, ids: Sequence[int]) -> dict[int, Any]:
    found = (
        select(Stage.id, Stage.public_id, Stage.name, Stage.type, StageCampaign.published_version_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.id.in_(ids))
        .order_by(Stage.place)
    )
    return {row.id: row for row in work.connection.execute(found)}


def _column(row: Any, count: int, age: timedelta | None, mine: tuple[Card, ...], more: str | None) -> Column:
    kind = StageType(row.type)
    published = not kind.has_campaign or row.published_version_id is not None
    return Column(row.id, row.public_id, row.name, kind, published, max(count, len(mine)), age, mine, more)


def _staying(work: Work, job_id: int, wanted: BoardFilter) -> list[ColumnElement[bool]]:
    fitting = where(work, job_id, wanted)
    return [*fitting, stays(job_id)] if about_to_move(work, job_id) else fitting


def _of_stage(stage_id: int, chosen: Sequence[ColumnElement[bool]], most: int) -> Select[int]:
    """Select the newest of a stage and one more; *chosen* says which of all stages."""
    return (
        select(Application.id)
        .where(Application.stage_id == stage_id, *chosen)
        .order_by(Application.moved_at.desc(), Application.id.desc())
        .limit(most + 1)
    )


def _behind(moved_at: datetime, application_id: int) -> ColumnElement[bool]:
    at = literal(moved_at, Application.moved_at.type)
    older = and_(Application.moved_at == at, Application.id < application_id)
    return and_(Application.moved_at <= at, or_(Application.moved_at < at, older))


def _newest(work: Work, chosen: Sequence[ColumnElement[bool]], stages: Mapping[int, int]) -> dict[int, list[int]]:
    """Return the newest of each stage, at most as many as it says and one more, in one statement."""
    if not stages:
        return {}
    parts = []
    for stage_id, most in stages.items():
        found = _of_stage(stage_id, chosen, most)
        part = found.add_columns(Application.stage_id, Application.moved_at).subquery(f"stage_{stage_id}")
        parts.append(select(part.c.id, part.c.stage_id, part.c.moved_at))
    rows = work.connection.execute(union_all(*parts)).all()
    by_stage: dict[int, list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.moved_at, row.id), reverse=True):
        by_stage[row.stage_id].append(row.id)
    return by_stage


def _moving(work: Work, job_id: int, wanted: BoardFilter, stages: Iterable[int], most: int) -> dict[int, list[int]]:
    """Return who is about to come into each stage, the last that was asked for first."""
    anywhere = where(work, job_id, _in_any_stage(wanted))
    by_stage: dict[int, list[int]] = {}
    for stage_id in stages:
        moving = on_the_way(job_id, stage_id).subquery("on_the_way")
        rows = work.connection.execute(
            select(moving.c.application_id)
            .join(Application, Application.id == moving.c.application_id)
            .where(*anywhere)
            .order_by(moving.c.item_id.desc())
            .limit(most)
        )
        by_stage[stage_id] = [row.application_id for row in rows]
    return by_stage


def _shifts(work: Work, job_id: int, wanted: BoardFilter) -> dict[int, int]:
    """Return by how many the stages will hold more, or fewer, when all that is asked for is done."""
    moving = on_the_way(job_id).subquery("on_the_way")
    rows = work.connection.execute(
        select(Application.stage_id.label("whence"), moving.c.stage_id.label("where_to"), func.count().label("number"))
        .join(moving, Application.id == moving.c.application_id)
        .where(*where(work, job_id, _in_any_stage(wanted)))
        .group_by(Application.stage_id, moving.c.stage_id)
    )
    shifts: dict[int, int] = defaultdict(int)
    for row in rows:
        shifts[row.whence] -= row.number
        shifts[row.where_to] += row.number
    return shifts


def _in_any_stage(wanted: BoardFilter) -> BoardFilter:
    """Leave the stages out: who comes in from a stage that is not shown is shown, and counted, all the same."""
    return BoardFilter(**{name: getattr(wanted, name) for name in BoardFilter.__slots__ if name != "stages"})


def _median_ages(work: Work, counts: dict[int, int], wanted: BoardFilter) -> dict[int, timedelta]:
    """Return how long the one in the middle of each stage is there, straight from the index."""
    parts = []
    for stage_id, number in counts.items():
        middle = (
            select(Application.stage_id, Application.moved_at)
            .where(Application.stage_id == stage_id, in_state(wanted.states))
            .order_by(Application.moved_at)
            .offset(number // 2)
            .limit(1)
            .subquery(f"stage_{stage_id}")
        )
        parts.append(select(middle.c.stage_id, middle.c.moved_at))
    rows = work.connection.execute(union_all(*parts)) if parts else ()
    return {row.stage_id: work.now - row.moved_at for row in rows}
