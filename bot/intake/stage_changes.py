"""Changing the stages of a job. Each change counts as one of its job, and others wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select, update

from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.first_drafts import first_draft
from bot.intake.job_changes import take_job
from bot.intake.jobs import MOST_STAGES, StagePlan, check_stage_name, insert_stage
from bot.models import (
    Application,
    ApplicationState,
    BulkItemStatus,
    BulkMove,
    BulkMoveItem,
    Enrolment,
    Import,
    ImportState,
    Stage,
    StageCampaign,
    StageMove,
    new_public_id,
)
from bot.pipeline.publishing import add_stage_campaign
from bot.pipeline.stages import record_move
from bot.work import Work
from flows.flow import StageType

SOURCE = "stage removed"


def add_stage(work: Work, job_id: int, name: str, stage_type: StageType, *, seen: int | None = None) -> int:
    """Add a stage at the end, with a default draft in the job's language; return its id.

    Raises `NotFound`, `InvalidEvent` (the name), `Conflict` (the name is taken, or the job has changed since *seen*).
    """
    job = take_job(work, job_id, seen=seen)
    name = _free_name(work, job_id, name)
    count, last = work.connection.execute(
        select(func.count(), func.max(Stage.place)).where(Stage.job_id == job_id)
    ).one()
    if count >= MOST_STAGES:
        raise Conflict(f"a job has at most {MOST_STAGES} stages")
    return insert_stage(work, job_id, (last or 0) + 1, StagePlan(name, stage_type), job.language)


def rename_stage(work: Work, stage_id: int, name: str, *, seen: int | None = None) -> None:
    """Give a stage another name; who was or will be proposed for it by the old one still is. Raises as `add_stage`."""
    stage = _take(work, stage_id, seen)
    name = _free_name(work, stage.job_id, name, but=stage_id)
    former = select(Stage.former_names).where(Stage.id == stage_id)
    names = dict.fromkeys([*work.connection.execute(former).scalar_one(), stage.name])
    work.connection.execute(update(Stage).where(Stage.id == stage_id).values(name=name, former_names=list(names)))
    work.connection.execute(
        update(Application)
        .where(Application.job_id == stage.job_id, Application.proposed_stage == stage.name)
        .values(proposed_stage=name)
    )


def retype_stage(work: Work, stage_id: int, stage_type: StageType, *, seen: int | None = None) -> None:
    """Give a stage another type; its draft stays, and has to be published anew.

    Raises `NotFound`, `Conflict` once an application has been in it, or where the job has changed since *seen*.
    """
    stage = _take(work, stage_id, seen)
    if stage.type == stage_type:
        return
    if has_been_used(work, stage_id):
        raise Conflict("applications have been in this stage: its type stays. Add another stage of the type you need")
    work.connection.execute(update(Stage).where(Stage.id == stage_id).values(type=stage_type))
    has_draft = select(StageCampaign.id).where(StageCampaign.stage_id == stage_id)
    if work.connection.execute(has_draft).first() is not None:
        in_force = update(StageCampaign).where(StageCampaign.stage_id == stage_id)
        work.connection.execute(in_force.values(published_version_id=None))
    elif stage_type.has_campaign:
        add_stage_campaign(work, stage_id, first_draft(work, stage.language, stage_type, stage.name))


def order_stages(work: Work, job_id: int, stage_ids: Sequence[int], *, seen: int | None = None) -> None:
    """Put the stages of a job in this order, which names each once. Raises `NotFound`, `Conflict` for any other set."""
    take_job(work, job_id, seen=seen)
    if sorted(stage_ids) != sorted(_ids(work, job_id)):
        raise Conflict("the stages have changed meanwhile: look at them again, and order them anew")
    # two steps, as no two stages may have one place even for a moment
    work.connection.execute(update(Stage).where(Stage.job_id == job_id).values(place=-Stage.place))
    places = case({stage_id: place for place, stage_id in enumerate(stage_ids, start=1)}, value=Stage.id)
    work.connection.execute(update(Stage).where(Stage.job_id == job_id).values(place=places))


def shift_stage(work: Work, stage_id: int, by: int, *, seen: int | None = None) -> None:
    """Put a stage *by* places later, or earlier where that is negative; at an end it stays. Raises `NotFound`."""
    job_id = _job_of(work, stage_id)
    order = [each for each in _ids(work, job_id) if each != stage_id]
    before = _ids(work, job_id).index(stage_id)
    order.insert(min(max(before + by, 0), len(order)), stage_id)
    order_stages(work, job_id, order, seen=seen)


def remove_stage(work: Work, stage_id: int, *, seen: int | None = None) -> None:
    """Take an empty stage out of its job. What is withdrawn or archived there goes on to the stage beside it.

    Raises `NotFound`, `Conflict` where applications are in it or on their way, for the last stage of a job, and
    where the job has changed since *seen*. The row stays, of no job, for the history that names it.
    """
    stage = _take(work, stage_id, seen)
    order = _ids(work, stage.job_id)
    place = order.index(stage_id)
    if len(order) == 1:
        raise Conflict("a job needs a stage: add another before you remove this one")
    beside = order[place - 1] if place else order[1]
    _refuse_used(work, stage_id, beside)
    rest = select(Application.id).where(Application.stage_id == stage_id)
    for application_id in work.connection.execute(rest).scalars().all():
        record_move(work, application_id, stage_id, beside, SOURCE, new_public_id())
    work.connection.execute(update(Stage).where(Stage.id == stage_id).values(job_id=None))


def has_been_used(work: Work, stage_id: int) -> bool:
    """Say whether an application is, was, or is about to be in a stage."""
    moved = or_(StageMove.to_stage_id == stage_id, StageMove.from_stage_id == stage_id)
    seen = (
        select(Application.id).where(Application.stage_id == stage_id),
        select(Enrolment.id).where(Enrolment.stage_id == stage_id),
        select(BulkMove.id).where(BulkMove.stage_id == stage_id),
        select(StageMove.id).where(moved),
    )
    return any(work.connection.execute(found.limit(1)).first() is not None for found in seen)


def _refuse_used(work: Work, stage_id: int, beside: int) -> None:
    active = (
        select(func.count())
        .select_from(Application)
        .where(Application.stage_id == stage_id, Application.state == ApplicationState.ACTIVE)
    )
    if count := work.connection.execute(active).scalar_one():
        name = work.connection.execute(select(Stage.name).where(Stage.id == beside)).scalar_one()
        are = "application is" if count == 1 else "applications are"
        raise Conflict(f"{count} {are} in this stage: move them to another first, such as {name}")
    _refuse_awaited(work, stage_id)


def _refuse_awaited(work: Work, stage_id: int) -> None:
    unsettled = BulkMoveItem.status.in_((BulkItemStatus.WAITING, BulkItemStatus.PENDING))
    moving = select(BulkMoveItem.id).join(BulkMove, BulkMove.id == BulkMoveItem.bulk_move_id)
    if work.connection.execute(moving.where(unsettled, BulkMove.stage_id == stage_id).limit(1)).first() is not None:
        raise Conflict(
            "applications are on their way into this stage: wait until they are there, and move them on; "
            "or cancel their move"
        )
    is_open = Import.state.in_((ImportState.RUNNING, ImportState.PAUSED))
    importing = select(Import.id).where(Import.stage_id == stage_id, is_open)
    if work.connection.execute(importing.limit(1)).first() is not None:
        raise Conflict("an import adds people to this stage: let it end, or cancel it, and move its people on")


@dataclass(frozen=True, slots=True)
class _Taken:
    """A stage whose job has been taken for a change."""

    job_id: int
    name: str
    type: StageType
    language: str


def _take(work: Work, stage_id: int, seen: int | None) -> _Taken:
    """Take the job of a stage for a change; return the stage, with its job's language."""
    job_id = _job_of(work, stage_id)
    job = take_job(work, job_id, seen=seen)
    stage = work.connection.execute(select(Stage).where(Stage.id == stage_id, Stage.job_id == job_id)).one_or_none()
    if stage is None:
        raise NotFound(f"there is no stage {stage_id} any more")
    return _Taken(job_id, stage.name, StageType(stage.type), job.language)


def _job_of(work: Work, stage_id: int) -> int:
    found = work.connection.execute(select(Stage.job_id).where(Stage.id == stage_id)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"there is no stage {stage_id}, or it was removed")
    return found


def _ids(work: Work, job_id: int) -> list[int]:
    found = select(Stage.id).where(Stage.job_id == job_id).order_by(Stage.place)
    return list(work.connection.execute(found).scalars())


def _free_name(work: Work, job_id: int, name: str, *, but: int | None = None) -> str:
    name = name.strip()
    check_stage_name(name)
    others = select(Stage.id, Stage.name).where(Stage.job_id == job_id)
    for other_id, other in work.connection.execute(others):
        if other_id != but and other.casefold() == name.casefold():
            raise InvalidEvent(f"another stage has the name {other!r} already: give each its own", field="name")
    return name
