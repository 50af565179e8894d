"""Messages of people for later: whether they may go is asked when they are written, and again when they are due."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import OperationalError

from bot.channels.base import ChannelKind
from bot.dialogue.naming import NAME_OF_USER
from bot.dialogue.writing import Draft, TemplateChoice, check_may_be_written_to, check_window_then, send, words_of
from bot.errors import BotError, Conflict, InvalidEvent, NotFound
from bot.log import log_event
from bot.messaging.thread import NOT_DELIVERED, Thread, change_thread, lock_conversation
from bot.models import ScheduledMessage, ScheduledStatus, Topic, User, new_public_id
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work

FARTHEST = timedelta(days=90)
FAULT = "A fault of ours kept it from being sent: look at it, and write it anew."
AT_ONCE = 200
"""So many are looked at by one run of the sweep."""

_LOG = logging.getLogger(__name__)


def schedule(work: Work, thread: Thread, user_id: int, draft: Draft, due_at: datetime) -> str:
    """Keep a message for later; return its public id. Raises as sending it would, as far as that is known now."""
    _check(work, thread, user_id, draft, due_at)
    public_id = new_public_id()
    values = {"public_id": public_id, "conversation_id": thread.id, "user_id": user_id, "created_at": work.now}
    work.connection.execute(
        insert(ScheduledMessage).values(**values, **_kept(draft, due_at), status=ScheduledStatus.WAITING)
    )
    work.changed(Topic.CONVERSATION, thread.id)
    return public_id


def reschedule(work: Work, thread: Thread, public_id: str, draft: Draft, due_at: datetime) -> None:
    """Change a message that waits. Raises `Conflict` where it does not wait any more."""
    row = _waiting(work, thread, public_id)
    _check(work, thread, row.user_id, draft, due_at)
    _change(work, row.id, _kept(draft, due_at))
    work.changed(Topic.CONVERSATION, thread.id)


def unschedule(work: Work, thread: Thread, public_id: str) -> None:
    """Take back a message that waits. Raises `Conflict` where it does not wait any more."""
    row = _waiting(work, thread, public_id)
    _change(work, row.id, {"status": ScheduledStatus.CANCELLED, "ended_at": work.now})
    work.changed(Topic.CONVERSATION, thread.id)


def send_scheduled(runtime: Runtime) -> int:
    """Send what is due; return how many were. What cannot go any more is set aside, and a person is called."""
    with reading(runtime) as work:
        due = (ScheduledMessage.status == ScheduledStatus.WAITING, ScheduledMessage.due_at <= work.now)
        ids = select(ScheduledMessage.id).where(*due).order_by(ScheduledMessage.due_at).limit(AT_ONCE)
        found = work.connection.execute(ids).scalars().all()
    for scheduled_id in found:
        if runtime.stopping.is_set():
            break
        try:
            with unit_of_work(runtime) as work:
                _send_one(work, scheduled_id)
        except OperationalError as error:
            log_event(_LOG, "timer_failed", level=logging.WARNING, message=scheduled_id, error=error)
            break  # the database is busy or away, for the others too: they are still due in the next round
        except Exception as error:  # noqa: BLE001  one must not hold up all that are due after it
            if not isinstance(error, BotError):
                log_event(_LOG, "timer_failed", level=logging.ERROR, message=scheduled_id, error=error)
            cause = str(error) if isinstance(error, BotError) else FAULT
            with unit_of_work(runtime) as work:
                _set_aside(work, scheduled_id, cause)
    return len(found)


def _send_one(work: Work, scheduled_id: int) -> None:
    thread, row = _take(work, scheduled_id)
    if row is not None:
        message_id = send(work, thread, draft_of(row), author=row.author)
        _change(work, row.id, {"status": ScheduledStatus.QUEUED, "message_id": message_id, "ended_at": work.now})


def _set_aside(work: Work, scheduled_id: int, cause: str) -> None:
    thread, row = _take(work, scheduled_id)
    if row is None:
        return
    _change(work, row.id, {"status": ScheduledStatus.NOT_SENT, "cause": cause, "ended_at": work.now})
    if thread.opted_out_at is None:
        change_thread(work, thread, needs_person=thread.needs_person or NOT_DELIVERED)
    work.changed(Topic.CONVERSATION, thread.id)


def _take(work: Work, scheduled_id: int) -> tuple[Thread, Row[Any] | None]:
    """Lock its conversation; None for one that waits no more, or was put off since it was found due."""
    of_message = select(ScheduledMessage.conversation_id).where(ScheduledMessage.id == scheduled_id)
    thread = lock_conversation(work, work.connection.execute(of_message).scalar_one())
    waits = (ScheduledMessage.id == scheduled_id, ScheduledMessage.status == ScheduledStatus.WAITING)
    is_due = ScheduledMessage.due_at <= work.now
    return thread, work.connection.execute(_SCHEDULED.where(*waits, is_due)).one_or_none()


def _waiting(work: Work, thread: Thread, public_id: str) -> Row[Any]:
    of_thread = (ScheduledMessage.conversation_id == thread.id, ScheduledMessage.public_id == public_id)
    row = work.connection.execute(_SCHEDULED.where(*of_thread)).one_or_none()
    if row is None:
        raise NotFound(f"there is no scheduled message {public_id}")
    if row.status != ScheduledStatus.WAITING:
        gone = {ScheduledStatus.QUEUED: "It has been sent by now.", ScheduledStatus.CANCELLED: "It is cancelled."}
        raise Conflict(gone.get(ScheduledStatus(row.status), "Its moment is over."))
    return row


def _check(work: Work, thread: Thread, user_id: int, draft: Draft, due_at: datetime) -> None:
    if due_at <= work.now:
        raise InvalidEvent("That moment is over: choose a later one.", field="due_at")
    if due_at > work.now + FARTHEST:
        raise InvalidEvent(f"Choose a moment within {FARTHEST.days} days.", field="due_at")
    words_of(work, thread, draft, author=_name_of(work, user_id))
    check_may_be_written_to(work, thread)
    if draft.template is None:
        check_window_then(work, thread, draft.kind, due_at)


def _name_of(work: Work, user_id: int) -> str:
    name: str = work.connection.execute(select(NAME_OF_USER).where(User.id == user_id)).scalar_one()
    return name


def _kept(draft: Draft, due_at: datetime) -> dict[str, Any]:
    template = asdict(draft.template) if draft.template else None
    return {"text": draft.text.strip(), "kind": draft.kind, "template": template, "due_at": due_at}


def draft_of(row: Any) -> Draft:
    """Read back what was to be sent."""
    template: Mapping[str, Any] | None = row.template
    choice = TemplateChoice(template["name"], template["language"], template["variables"]) if template else None
    return Draft(row.text, ChannelKind(row.kind) if row.kind else None, choice)


def _change(work: Work, scheduled_id: int, changes: dict[str, Any]) -> None:
    work.connection.execute(update(ScheduledMessage).where(ScheduledMessage.id == scheduled_id).values(**changes))


_SCHEDULED = select(
    ScheduledMessage.id,
    ScheduledMessage.user_id,
    ScheduledMessage.kind,
    ScheduledMessage.text,
    ScheduledMessage.template,
    ScheduledMessage.status,
    NAME_OF_USER.label("author"),
).join(User, User.id == ScheduledMessage.user_id)
