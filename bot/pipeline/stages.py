"""Moving an application into a stage, and what that sends."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select

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
    new_public_id,
)
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
    return Target(row[0], row[1], row[2], StageType(row[3]), row[4], JobState(row[5]))


def check_target(target: Target, *, sends: bool) -> None:
    """Refuse a stage that takes no application. Raises `NotAllowed`, `Conflict`."""
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
    found = _APPLICATION.first(work.connection, application_id=application_id)
    if found is None:
        raise NotFound(f"there is no application {application_id}")
    thread = lock_thread(work, found.candidate_id)
    if external_id and (before := _earlier(work, source, external_id)):
        return before
    application = _APPLICATION.first(work.connection, application_id=application_id)
    if application.state != ApplicationState.ACTIVE:
        raise Conflict(f"the application is {application.state}")
    if application.job_id != target.job_id:
        raise Conflict("the stage belongs to another job")
    check_target(target, sends=sends)
    move_id = record_move(work, application_id, application.stage_id, target.stage_id, source, external_id)
    run = enter(work, thread, application_id, target, move_id, sends=sends)
    return Moved(move_id, run.id if run else None)


def record_move(
    work: Work,
    application_id: int,
    from_stage: int | None,
    to_stage: int,
    source: str,
    external_id: str | None,
) -> int:
    """Write the move down and put the application into its stage; return the move's id."""
    if from_stage != to_stage:
        change_row(work.connection, Application, application_id, stage_id=to_stage)
    return add_row(
        work.connection,
        StageMove,
        public_id=new_public_id(),
        application_id=application_id,
        from_stage_id=from_stage,
        to_stage_id=to_stage,
        source=source,
        external_id=external_id,
        created_at=work.now,
    )


def enter(work: Work, thread: Thread, application_id: int, target: Target, move_id: int, *, sends: bool) -> Run | None:
    """End what the application has under way and begin the new stage's campaign in its place."""
    place = _supersede(work, thread, application_id)
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


def _earlier(work: Work, source: str, external_id: str) -> Moved | None:
    row = _EARLIER.first(work.connection, source=source, external_id=external_id)
    return Moved(row[0], row[1], repeated=True) if row else None


_TARGET = Prepared(
    lambda _: (
        select(Stage.id, Stage.job_id, Stage.name, Stage.type, StageCampaign.published_version_id, Job.state)
        .join(Job, Job.id == Stage.job_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.id == bindparam("stage_id"))
    )
)
_APPLICATION = Prepared(
    lambda _: select(Application.candidate_id, Application.state, Application.stage_id, Application.job_id).where(
        Application.id == bindparam("application_id")
    )
)
_EARLIER = Prepared(
    lambda _: (
        select(StageMove.id, Enrolment.id)
        .outerjoin(Enrolment, Enrolment.stage_move_id == StageMove.id)
        .where(StageMove.source == bindparam("source"), StageMove.external_id == bindparam("external_id"))
    )
)
