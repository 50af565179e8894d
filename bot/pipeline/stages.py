"""Moving an application into a stage, and what that sends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.sql import Executable

from bot.errors import Conflict, NotAllowed, NotFound
from bot.messaging.thread import Thread, lock_thread
from bot.models import (
    Application,
    ApplicationState,
    Enrolment,
    Job,
    JobState,
    Stage,
    StageCampaign,
    StageMove,
    Topic,
    new_public_id,
)
from bot.outgoing.telling import tell_move
from bot.pipeline import endings, enrolments
from bot.pipeline.runs import Run
from bot.statements import Prepared, add_row, change_row
from bot.work import Work
from flows.flow import StageType
from flows.lifecycles import CancelReason


@dataclass(frozen=True, slots=True)
class Target:
    """A stage into which an application can come, with the version that it sends."""

    stage_id: int
    job_id: int
    name: str
    type: StageType
    version_id: int | None
    job_state: JobState
    is_template: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was made, now or before, and the enrolment that it began."""

    move_id: int
    enrolment_id: int | None
    repeated: bool = False


def find_target(work: Work, stage_id: int) -> Target:
    """Read a stage as a target. Raises `NotFound`."""
    row = _TARGET.first(work.connection, stage_id=stage_id)
    if row is None:
        raise NotFound(f"there is no stage {stage_id}")
    return target_from(row)


def target_from(row: Sequence[Any]) -> Target:
    """Make a target of the values of `TARGET_COLUMNS`."""
    return Target(row[0], row[1], row[2], StageType(row[3]), row[4], JobState(row[5]), bool(row[6]))


def check_target(target: Target, *, sends: bool) -> None:
    """Refuse a stage that takes no application. Raises `NotAllowed`, `Conflict`."""
    if target.is_template:
        raise Conflict("this is a template, which takes no application: make a job from it")
    if target.job_state is JobState.CLOSED:
        raise Conflict("the job is closed: open it again to move or add applications")
    if sends and target.type.has_campaign and target.version_id is None:
        raise NotAllowed(f"the campaign of stage {target.name!r} is not published: publish it, or move without sending")


def move(
    work: Work, application_id: int, target: Target, *, source: str, external_id: str | None, sends: bool
) -> Moved:
    """Move an application into a stage of its job and send that stage's campaign.

    A second move with the same *source* and *external_id* changes nothing. A move to the same stage is a resend.
    Raises `NotFound`, `Conflict` (not active, another job), `NotAllowed` (nothing published).
    """
    found = _CANDIDATE.first(work.connection, application_id=application_id)
    if found is None:
        raise NotFound(f"there is no application {application_id}")
    thread = lock_thread(work, found.candidate_id)
    return move_in(work, thread, application_id, target, source=source, external_id=external_id, sends=sends)


def move_in(
    work: Work,
    thread: Thread,
    application_id: int,
    target: Target,
    *,
    source: str,
    external_id: str | None,
    sends: bool,
    user_id: int | None = None,
) -> Moved:
    """Do as `move`, for an application of a candidate whose thread is held."""
    known = {"application_id": application_id, "source": source, "external_id": external_id}
    application = _APPLICATION.first(work.connection, **known)
    if application.move_id is not None:
        return Moved(application.move_id, application.enrolment_id, repeated=True)
    if application.state != ApplicationState.ACTIVE:
        raise Conflict(f"the application is {application.state}")
    if application.job_id != target.job_id:
        raise Conflict("the stage belongs to another job")
    check_target(target, sends=sends)
    whence = (application.stage_id, target.stage_id, source, external_id)
    move_id = record_move(work, application_id, *whence, user_id=user_id)
    tell_move(work, application_id, application.stage_id)
    place = _supersede(work, thread, application_id)
    run = enter(work, thread, application_id, target, move_id, sends=sends, place=place)
    return Moved(move_id, run.id if run else None)


def record_move(
    work: Work,
    application_id: int,
    from_stage: int | None,
    to_stage: int,
    source: str,
    external_id: str | None,
    *,
    user_id: int | None = None,
) -> int:
    """Write the move down and put the application into its stage; return the move's id."""
    if from_stage != to_stage:
        change_row(work.connection, Application, application_id, stage_id=to_stage, moved_at=work.now)
    work.changed(Topic.APPLICATION, application_id)
    return add_row(
        work.connection,
        StageMove,
        public_id=new_public_id(),
        application_id=application_id,
        from_stage_id=from_stage,
        to_stage_id=to_stage,
        source=source,
        external_id=external_id,
        user_id=user_id,
        created_at=work.now,
    )


def enter(
    work: Work,
    thread: Thread,
    application_id: int,
    target: Target,
    move_id: int,
    *,
    sends: bool,
    place: int | None = None,
) -> Run | None:
    """Begin a stage's campaign for an application that has none under way, at a place in the queue or at its end."""
    run = None
    if sends and target.version_id is not None and target.type.has_campaign:
        run = enrolments.enrol(
            work,
            thread,
            application_id=application_id,
            job_id=target.job_id,
            stage_id=target.stage_id,
            version_id=target.version_id,
            stage_move_id=move_id,
            place=place,
            cause=f"entered stage {target.name}",
        )
    endings.release_next(work, thread)
    return run


def _supersede(work: Work, thread: Thread, application_id: int) -> int | None:
    """Cancel the enrolment under way; return the place in the queue that its successor inherits."""
    unfinished = endings.unfinished_of(work, application_id)
    if unfinished is None:
        return None
    place = enrolments.hold_place(work, thread, unfinished)
    endings.drop(work, thread, unfinished, CancelReason.SUPERSEDED)
    return place


TARGET_COLUMNS = (
    Stage.id,
    Stage.job_id,
    Stage.name,
    Stage.type,
    StageCampaign.published_version_id,
    Job.state,
    Job.is_template,
)
_TARGET = Prepared(
    lambda _: (
        select(*TARGET_COLUMNS)
        .join(Job, Job.id == Stage.job_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.id == bindparam("stage_id"))
    )
)
_CANDIDATE = Prepared(lambda _: select(Application.candidate_id).where(Application.id == bindparam("application_id")))


def _with_earlier_move(_: str) -> Executable:
    """Read where an application stands, and the move of the same source and external id, of whichever application."""
    same = and_(StageMove.source == bindparam("source"), StageMove.external_id == bindparam("external_id"))
    move_id, enrolment_id = StageMove.id.label("move_id"), Enrolment.id.label("enrolment_id")
    return (
        select(Application.state, Application.stage_id, Application.job_id, move_id, enrolment_id)
        .select_from(Application)
        .outerjoin(StageMove, same)
        .outerjoin(Enrolment, Enrolment.stage_move_id == StageMove.id)
        .where(Application.id == bindparam("application_id"))
    )


_APPLICATION = Prepared(_with_earlier_move)
