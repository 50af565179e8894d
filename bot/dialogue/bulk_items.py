"""What a bulk move does to one of its applications."""

from typing import Any

from sqlalchemy import bindparam, select

from bot.errors import Conflict, NotFound
from bot.intake.tags import put_on, untag
from bot.messaging.thread import Thread, lock_thread
from bot.models import Application, ApplicationState, BulkItemStatus, BulkKind, BulkMove
from bot.pipeline.closings import close_application
from bot.pipeline.rejecting import reject_person
from bot.pipeline.stages import move_in, target_from
from bot.statements import Prepared
from bot.work import Work

DASHBOARD = "dashboard"
BULK = "bulk"
"""Who asked for a move, as the moves keep it: a person, or another system."""

ITEM_COLUMNS = (
    Application.id.label("application_id"),
    Application.candidate_id,
    BulkMove.kind,
    BulkMove.sends,
    BulkMove.sends_elsewhere,
    BulkMove.again,
    BulkMove.tag,
    BulkMove.user_id,
)
JOB = 1
"""The place of the stage's job among the columns of a target; a stage that was removed has none."""
_DONE = {"status": BulkItemStatus.DONE}
_LEFT = {BulkKind.ARCHIVE: ApplicationState.ARCHIVED, BulkKind.WITHDRAW: ApplicationState.WITHDRAWN}


def do_item(work: Work, item: Any) -> dict[str, Any]:
    """Do what is asked for, for a row of `ITEM_COLUMNS` behind those of a target; return what the item becomes.

    Raises what a move raises.
    """
    match BulkKind(item.kind):
        case BulkKind.TAG:
            put_on(work, item.application_id, item.tag, item.user_id)
            return _DONE
        case BulkKind.UNTAG:
            untag(work, item.application_id, item.tag, item.user_id)
            return _DONE
        case BulkKind.MOVE:
            return _move(work, item)
        case BulkKind.REJECT_EVERYWHERE:
            return _reject(work, item)
        case BulkKind.ARCHIVE | BulkKind.WITHDRAW as kind:
            return _close(work, item, _LEFT[kind])


def _move(work: Work, item: Any) -> dict[str, Any]:
    if item[JOB] is None:
        raise Conflict("the stage has been removed from the job")
    thread = _take_thread(work, item)
    target = target_from(item)
    if not item.again and _stands(work, item).stage_id == target.stage_id:
        return _skipped("is in this stage already")
    whence: dict[str, Any] = {"source": _source(item), "external_id": f"bulk-{item.item_id}", "user_id": item.user_id}
    made = move_in(work, thread, item.application_id, target, sends=item.sends, **whence)
    return {**_DONE, "enrolment_id": made.enrolment_id}


def _reject(work: Work, item: Any) -> dict[str, Any]:
    thread = _take_thread(work, item)
    whence: dict[str, Any] = {"source": _source(item), "external_id": f"bulk-{item.item_id}", "user_id": item.user_id}
    sending = {"sends": item.sends, "sends_elsewhere": item.sends_elsewhere}
    try:
        enrolment_id = reject_person(work, thread, item.application_id, **sending, **whence)
    except NotFound as error:
        return _skipped(str(error))
    return {**_DONE, "enrolment_id": enrolment_id}


def _close(work: Work, item: Any, state: ApplicationState) -> dict[str, Any]:
    thread = _take_thread(work, item)
    if (now := _stands(work, item).state) != ApplicationState.ACTIVE:
        return _skipped(f"the application is {now}")
    close_application(work, thread, item.application_id, state, user_id=item.user_id)
    return _DONE


def _take_thread(work: Work, item: Any) -> Thread:
    """Take the thread of whose application it is by now: who it was may have been merged into somebody else."""
    try:
        return lock_thread(work, item.candidate_id)
    except NotFound:
        return lock_thread(work, _CANDIDATE.first(work.connection, application_id=item.application_id).candidate_id)


_CANDIDATE = Prepared(lambda _: select(Application.candidate_id).where(Application.id == bindparam("application_id")))
_STANDS = Prepared(
    lambda _: select(Application.stage_id, Application.state).where(Application.id == bindparam("application_id"))
)


def _stands(work: Work, item: Any) -> Any:
    """Return stage and state of the application, for who has its thread: before, others may have moved or closed it."""
    return _STANDS.first(work.connection, application_id=item.application_id)


def _source(item: Any) -> str:
    return DASHBOARD if item.user_id is not None else BULK


def _skipped(reason: str) -> dict[str, Any]:
    return {"status": BulkItemStatus.SKIPPED, "reason": reason}
