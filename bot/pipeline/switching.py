"""Twilio takes over from the sandbox phone: what ran there reached nobody, and must hold back nothing that will."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, or_, select, update

from bot.channels.base import MessageStatus
from bot.channels.sandbox import SANDBOX
from bot.errors import BotError
from bot.log import log_event
from bot.messaging.thread import Thread, active_channels, address_for, change_thread, lock_conversation, use_channel
from bot.models import Channel, Conversation, Enrolment, Message
from bot.pipeline import endings
from bot.pipeline.runs import load_run
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work
from flows.lifecycles import OPEN, CancelReason, EnrolmentStatus

_LOG = logging.getLogger(__name__)
ENDED_WITH_SANDBOX = "it ran on the sandbox phone, and Twilio is connected now"
_SANDBOX_CHANNELS = select(Channel.id).where(Channel.provider == SANDBOX)


@dataclass(frozen=True, slots=True)
class InSandbox:
    """A conversation that runs on the sandbox phone."""

    conversation_id: int
    somebody_waits: bool
    """A campaign of the candidate is sent as soon as the one that runs has ended."""


def find_in_sandbox(runtime: Runtime) -> list[InSandbox]:
    """Return the conversations that run on the sandbox phone, or have something that waits to go there."""
    waits_there = exists().where(Message.conversation_id == Conversation.id, *_waits_there())
    queued = exists().where(
        Enrolment.candidate_id == Conversation.candidate_id, Enrolment.status == EnrolmentStatus.QUEUED
    )
    found = (
        select(Conversation.id, queued)
        .where(or_(Conversation.channel_id.in_(_SANDBOX_CHANNELS), waits_there))
        .order_by(Conversation.id)
    )
    with reading(runtime) as work:
        return [InSandbox(*row) for row in work.connection.execute(found)]


def leave_sandbox(runtime: Runtime, conversations: Iterable[InSandbox]) -> int:
    """End what runs on the sandbox phone, and let conversations go on over Twilio; return how many campaigns ended.

    Safe to run twice, and at once: each conversation has a transaction of its own, and is looked at under its lock.
    """
    return sum(_leave_one(runtime, each.conversation_id) for each in conversations)


def _leave_one(runtime: Runtime, conversation_id: int) -> int:
    try:
        with unit_of_work(runtime) as work:
            return _leave(work, lock_conversation(work, conversation_id))
    except BotError as error:  # one that cannot be read must not keep Callboard from starting
        log_event(_LOG, "sandbox_not_left", level=logging.ERROR, conversation=conversation_id, error=error)
        return 0


def _leave(work: Work, thread: Thread) -> int:
    """Nothing more goes to the phone before the next is released, which goes to the candidate's own."""
    work.connection.execute(
        update(Message)
        .where(Message.conversation_id == thread.id, *_waits_there())
        .values(status=MessageStatus.CANCELLED, cause=ENDED_WITH_SANDBOX)
    )
    if thread.provider == SANDBOX:
        _move(work, thread)
    ids = work.connection.execute(_only_there(thread)).scalars().all()
    for run in [load_run(work, enrolment_id) for enrolment_id in ids]:
        endings.cancel(work, thread, run, CancelReason.SUPERSEDED, cause=ENDED_WITH_SANDBOX)
    return len(ids)


def _move(work: Work, thread: Thread) -> None:
    """Go on over the same kind of channel where we have one, else another; over none until one is chosen."""
    for channel in sorted(active_channels(work), key=lambda each: each.kind is not thread.kind):
        if address := address_for(work, thread.candidate_id, channel.kind):
            use_channel(work, thread, channel, address[0])
            return
    thread.kind = thread.provider = None
    change_thread(work, thread, channel_id=None, address_id=None)


def _waits_there() -> tuple[ColumnElement[bool], ...]:
    return (
        Message.status == MessageStatus.QUEUED,
        Message.confirmed_at.is_(None),
        ~Message.inbound,
        Message.channel_id.in_(_SANDBOX_CHANNELS),
    )


def _only_there(thread: Thread) -> Select[int]:
    """Select what has begun and has said nothing anywhere else: a campaign that has written to a candidate goes on."""
    return (
        select(Enrolment.id)
        .where(
            Enrolment.candidate_id == thread.candidate_id,
            Enrolment.status.in_([EnrolmentStatus.SENDING, *OPEN]),
            Enrolment.ended_at.is_(None),
            _said(thread, Message.channel_id.in_(_SANDBOX_CHANNELS)),
            ~_said(thread, Message.channel_id.not_in(_SANDBOX_CHANNELS)),
        )
        .order_by(Enrolment.id)
    )


def _said(thread: Thread, over: ColumnElement[bool]) -> ColumnElement[bool]:
    of_run = (Message.conversation_id == thread.id, Message.enrolment_id == Enrolment.id, ~Message.inbound)
    return exists().where(*of_run, over)
