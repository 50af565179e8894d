"""A person leaves the running in every job at once, and nothing that waits for them is sent on the way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, select

from bot.errors import NotFound
from bot.messaging.thread import Thread
from bot.models import Application, ApplicationState, JobState, Stage
from bot.pipeline import closings, endings, turns
from bot.pipeline.stages import Target, find_target, move_in
from bot.work import Work
from flows.flow import StageType
from flows.lifecycles import CancelReason


def reject_person(
    work: Work,
    thread: Thread,
    application_id: int,
    *,
    sends: bool,
    sends_elsewhere: bool,
    source: str,
    external_id: str,
    user_id: int | None,
) -> int | None:
    """Move each active application of a candidate into its job's first Reject stage; archive it where there is none.

    The one that is named gets that stage's campaign where *sends* says so, the others where *sends_elsewhere* does and
    there is one. Returns the enrolment that the named one gets. Raises `NotFound`, `Conflict`, `NotAllowed`.
    """
    rows = work.connection.execute(_active(thread.candidate_id)).all()
    if application_id not in {row.id for row in rows}:
        raise NotFound("the application is no longer in the running")
    targets = {row.id: find_target(work, row.reject_stage) if row.reject_stage else None for row in rows}
    _end_all(work, thread, targets)
    enrolment_id = None
    for row in sorted(rows, key=lambda row: bool(row.id != application_id)):
        target, named = targets[row.id], row.id == application_id
        if target is None or target.job_state is JobState.CLOSED:
            closings.leave(work, row.id, ApplicationState.ARCHIVED, user_id)
        elif target.stage_id != row.stage_id:
            sending = sends if named else sends_elsewhere and target.version_id is not None
            whence: dict[str, Any] = {"source": source, "external_id": f"{external_id}-{row.id}", "user_id": user_id}
            moved = move_in(work, thread, row.id, target, sends=sending, **whence)
            enrolment_id = moved.enrolment_id if named else enrolment_id
    return enrolment_id


def _end_all(work: Work, thread: Thread, targets: dict[int, Target | None]) -> None:
    """End what is under way before anything else is done, so that no end releases another; no rejection is ended."""
    for application_id, target in targets.items():
        unfinished = endings.unfinished_of(work, application_id)
        if unfinished is not None and not (target and unfinished.stage_id == target.stage_id):
            reason = CancelReason.SUPERSEDED if target else CancelReason.ARCHIVED
            endings.drop(work, thread, unfinished, reason)
            turns.give_back(work, thread, unfinished)


def _active(candidate_id: int) -> Select[Any]:
    reject = first_reject_stage(Application.job_id)
    columns: Sequence[Any] = (Application.id, Application.stage_id, reject.label("reject_stage"))
    theirs = and_(Application.candidate_id == candidate_id, Application.state == ApplicationState.ACTIVE)
    return select(*columns).where(theirs).order_by(Application.id)


def first_reject_stage(job_id: Any) -> Any:
    """Return the subquery of a job's first Reject stage; null where the job has none."""
    stages = select(Stage.id).where(Stage.job_id == job_id, Stage.type == StageType.REJECT)
    return stages.order_by(Stage.place).limit(1).scalar_subquery()
