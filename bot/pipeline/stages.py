"""Moving an application into a stage, and what that sends."""

from dataclasses import dataclass

from sqlalchemy import insert, select, update

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
    row = work.connection.execute(
        select(Stage.id, Stage.job_id, Stage.name, Stage.type, StageCampaign.published_version_id, Job.state)
        .join(Job, Job.id == Stage.job_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.id == stage_id)
    ).one_or_none()
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
    candidate_id = work.connection.execute(
        select(Application.candidate_id).where(Application.id == application_id)
    ).scalar_one_or_none()
    if candidate_id is None:
        raise NotFound(f"there is no application {application_id}")
    thread = lock_thread(work, candidate_id)
    if external_id and (before := _earlier(work, source, external_id)):
        return before
    application = work.connection.execute(
        select(Application.state, Application.stage_id, Application.job_id).where(Application.id == application_id)
    ).one()
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
    values = {
        "public_id": new_public_id(),
        "application_id": application_id,
        "from_stage_id": from_stage,
        "to_stage_id": to_stage,
        "source": source,
        "external_id": external_id,
        "created_at": work.now,
    }
    move_id = work.connection.execute(insert(StageMove).values(values).returning(StageMove.id)).scalar_one()
    if from_stage != to_stage:
        work.connection.execute(update(Application).where(Application.id == application_id).values(stage_id=to_stage))
    return move_id


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
    row = work.connection.execute(
        select(StageMove.id, Enrolment.id)
        .outerjoin(Enrolment, Enrolment.stage_move_id == StageMove.id)
        .where(StageMove.source == source, StageMove.external_id == external_id)
    ).one_or_none()
    return Moved(row[0], row[1], repeated=True) if row else None
