"""Back into the outbox: what certainly was not sent goes out again, if anybody still wants it by then."""

from typing import Any

from sqlalchemy import select, update

from bot.channels.base import MessageStatus
from bot.messaging.outbox import is_reminder
from bot.messaging.thread import Thread, lock_conversation
from bot.models import Enrolment, Message, Origin
from bot.work import Work
from flows.lifecycles import EnrolmentStatus

ENDED = (EnrolmentStatus.CANCELLED, EnrolmentStatus.FAILED, EnrolmentStatus.EXPIRED)
"""What these leave unsaid stays unsaid; a completed enrolment still owes its conclusion."""


def put_back(
    work: Work,
    message_id: int,
    lease: str | None,
    *,
    was: MessageStatus = MessageStatus.SENDING,
    unwanted: str | None = None,
    **changes: Any,
) -> bool:
    """Queue a message of ours again; *lease* is the claim under which it failed. False: that stands no more.

    *unwanted* says why it is not wanted any more, where the caller knows that. While it was under way its candidate
    may have said STOP, or answered what was to remind them, its enrolment may have ended, or a person may have taken
    the conversation: what these did to the queued messages is done to this one now.
    """
    conversation_id, origin, enrolment_id, content = work.connection.execute(
        select(Message.conversation_id, Message.origin, Message.enrolment_id, Message.content).where(
            Message.id == message_id
        )
    ).one()
    thread = lock_conversation(work, conversation_id)
    status = work.connection.execute(select(Enrolment.status).where(Enrolment.id == enrolment_id)).scalar_one_or_none()
    cause = _unwanted(thread, origin, status) or unwanted
    if is_reminder(content) and _replied_since(work, thread, message_id):
        cause = cause or "the candidate replied"
    values = (
        {"status": MessageStatus.CANCELLED, "cause": cause} if cause else {"status": MessageStatus.QUEUED} | changes
    )
    held = thread.held_by is not None and origin == Origin.BOT
    moved = work.connection.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == was, Message.lease == lease)
        .values(lease=None, held=held, **values)
    )
    work.ring_for_sends()
    return moved.rowcount == 1


def _unwanted(thread: Thread, origin: str, enrolment: str | None) -> str | None:
    """Say why nobody wants a message any more, None where somebody does."""
    if thread.opted_out_at is not None and origin != Origin.NOTICE:
        return "opted out"
    return enrolment.replace("_", " ") if origin == Origin.BOT and enrolment in ENDED else None


def _replied_since(work: Work, thread: Thread, message_id: int) -> bool:
    replies = select(Message.id).where(Message.conversation_id == thread.id, Message.inbound, Message.id > message_id)
    return work.connection.execute(replies.limit(1)).first() is not None
