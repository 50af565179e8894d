"""Back into the outbox: what certainly was not sent goes out again, if anybody still wants it by then."""

from typing import Any

from sqlalchemy import Row, select, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.messaging.outbox import is_reminder
from bot.messaging.thread import Thread, address_for, lock_conversation
from bot.models import Channel, Enrolment, Message, Origin
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
    the conversation, or their number may have been corrected: what these did to the queued messages is done to this
    one now.
    """
    message = _load(work, message_id)
    thread = lock_conversation(work, message.conversation_id)
    cause = _unwanted(thread, message.origin, _status_of(work, message.enrolment_id)) or unwanted
    if is_reminder(message.content) and _replied_since(work, thread, message_id):
        cause = cause or "the candidate replied"
    if message.expires_at is not None and message.expires_at <= work.now:
        cause = cause or "out of date"
    values = (
        {"status": MessageStatus.CANCELLED, "cause": cause} if cause else {"status": MessageStatus.QUEUED} | changes
    )
    address_id, _ = address_for(work, thread.candidate_id, ChannelKind(message.kind)) or (message.address_id, None)
    held = thread.held_by is not None and message.origin == Origin.BOT
    moved = work.connection.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == was, Message.lease == lease)
        .values(lease=None, held=held, address_id=address_id, **values)
    )
    work.ring_for_sends()
    return moved.rowcount == 1


def _load(work: Work, message_id: int) -> Row[Any]:
    columns = (
        Message.conversation_id,
        Message.origin,
        Message.enrolment_id,
        Message.content,
        Message.address_id,
        Message.expires_at,
        Channel.kind,
    )
    of_channel = select(*columns).join(Channel, Channel.id == Message.channel_id)
    return work.connection.execute(of_channel.where(Message.id == message_id)).one()


def _status_of(work: Work, enrolment_id: int | None) -> str | None:
    return work.connection.execute(select(Enrolment.status).where(Enrolment.id == enrolment_id)).scalar_one_or_none()


def _unwanted(thread: Thread, origin: str, enrolment: str | None) -> str | None:
    """Say why nobody wants a message any more, None where somebody does."""
    if thread.opted_out_at is not None and origin != Origin.NOTICE:
        return "opted out"
    return enrolment.replace("_", " ") if origin == Origin.BOT and enrolment in ENDED else None


def _replied_since(work: Work, thread: Thread, message_id: int) -> bool:
    replies = select(Message.id).where(Message.conversation_id == thread.id, Message.inbound, Message.id > message_id)
    return work.connection.execute(replies.limit(1)).first() is not None
