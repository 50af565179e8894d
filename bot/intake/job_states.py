"""What the next state of a job does, told before it is done."""

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.models import BulkItemStatus, BulkMove, BulkMoveItem, Enrolment, JobState, Stage, StageCampaign
from bot.pipeline.enrolments import JOB_NOT_OPEN
from bot.work import Work
from flows.flow import StageType
from flows.lifecycles import EnrolmentStatus

VERBS = {JobState.OPEN: "Open", JobState.PAUSED: "Pause", JobState.CLOSED: "Close"}
_NEXT = {
    JobState.DRAFT: (JobState.OPEN, JobState.CLOSED),
    JobState.OPEN: (JobState.PAUSED, JobState.CLOSED),
    JobState.PAUSED: (JobState.OPEN, JobState.CLOSED),
    JobState.CLOSED: (JobState.OPEN,),
}


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What a change of state would meet in a job."""

    running: int = 0
    """Conversations that have begun, or whose welcome is on its way."""
    waiting: int = 0
    """Queued, for whatever they wait."""
    waiting_for_job: int = 0
    moves: int = 0
    """Applications that are about to be moved."""
    unpublished: tuple[str, ...] = ()
    """The stages that have a campaign, and none that is published."""


def next_states(state: JobState) -> tuple[JobState, ...]:
    """Return the states that a person may choose next."""
    return _NEXT[state]


def under_way(work: Work, job_id: int) -> UnderWay:
    """Count what a change of the job's state would meet."""
    counted = (
        select(Enrolment.status, Enrolment.waits_because, func.count())
        .where(Enrolment.job_id == job_id, Enrolment.ended_at.is_(None))
        .group_by(Enrolment.status, Enrolment.waits_because)
    )
    running = waiting = for_job = 0
    for status, because, count in work.connection.execute(counted):
        if status == EnrolmentStatus.QUEUED:
            waiting += count
            for_job += count if because == JOB_NOT_OPEN else 0
        elif status in _RUNNING:
            running += count
    return UnderWay(running, waiting, for_job, _moves(work, job_id), _unpublished(work, job_id))


_RUNNING = (EnrolmentStatus.SENDING, EnrolmentStatus.DELIVERED, EnrolmentStatus.IN_PROGRESS)


def _moves(work: Work, job_id: int) -> int:
    unsettled = BulkMoveItem.status.in_((BulkItemStatus.WAITING, BulkItemStatus.PENDING))
    moving = (
        select(func.count())
        .select_from(BulkMoveItem)
        .join(BulkMove, BulkMove.id == BulkMoveItem.bulk_move_id)
        .join(Stage, Stage.id == BulkMove.stage_id)
        .where(unsettled, Stage.job_id == job_id)
    )
    return work.connection.execute(moving).scalar_one()


def _unpublished(work: Work, job_id: int) -> tuple[str, ...]:
    sending = [kind.value for kind in StageType if kind.has_campaign]
    found = (
        select(Stage.name)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.job_id == job_id, Stage.type.in_(sending), StageCampaign.published_version_id.is_(None))
        .order_by(Stage.place)
    )
    return tuple(work.connection.execute(found).scalars())


def what_it_does(found: UnderWay, state: JobState, *, before: JobState = JobState.OPEN) -> tuple[str, ...]:
    """Say in sentences what a job's next *state* does, after the one *before*."""
    match state:
        case JobState.OPEN:
            ended = "What closing ended stays ended: move people, or send a stage again, to write to them."
            return (*((ended,) if before is JobState.CLOSED else ()), *_opens(found))
        case JobState.PAUSED:
            return _pauses(found)
        case JobState.CLOSED:
            return _closes(found)
        case JobState.DRAFT:
            return ()


def _opens(found: UnderWay) -> tuple[str, ...]:
    said = [f"{_count(found.waiting_for_job, 'waiting campaign')} can go out now."] if found.waiting_for_job else []
    if found.unpublished:
        names = ", ".join(found.unpublished)
        said.append(f"No campaign is published in {names}: nobody can be moved there with sending until one is.")
    return tuple(said or ["Whoever enters a stage gets its campaign."])


def _pauses(found: UnderWay) -> tuple[str, ...]:
    goes_on = f"{_count(found.running, 'running conversation')} {_verb(found.running, 'go')} on to the end."
    return (
        goes_on if found.running else "No conversation is running.",
        "No new one begins: what is to be sent waits until the job is open again.",
    )


def _closes(found: UnderWay) -> tuple[str, ...]:
    ends, waits = [], found.waiting
    if found.running:
        ends.append(f"{_count(found.running, 'running conversation')} {_verb(found.running, 'end')}")
    if waits:
        ends.append(f"{waits} waiting {'is' if waits == 1 else 'are'} cancelled")
    said = [f"{', '.join(ends)}. The candidates are not told." if ends else "No conversation is running or waiting."]
    if found.moves:
        said.append(f"{_count(found.moves, 'move')} that {_verb(found.moves, 'wait')} will fail.")
    return (*said, "No application can be added or moved until the job is open again.")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _verb(number: int, verb: str) -> str:
    """Return the verb as it stands after a number of things."""
    if number != 1:
        return verb
    return f"{verb}es" if verb.endswith("o") else f"{verb}s"
