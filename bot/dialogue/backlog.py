"""What came in and could not be handled at once: handled again, in order; the third failure calls a person."""

import logging

from sqlalchemy import select, update

from bot.dialogue.inbox import handle, inbound_from
from bot.log import log_event
from bot.messaging.thread import ChannelRow, change_thread, lock_conversation
from bot.models import Address, Channel, Conversation, InboundStatus, Message
from bot.runtime import Runtime
from bot.work import reading, unit_of_work

MOST_ATTEMPTS = 3
_LOG = logging.getLogger(__name__)


def conversations_behind(runtime: Runtime) -> list[int]:
    """Return the conversations that hold something not yet handled."""
    with reading(runtime) as work:
        return list(work.connection.execute(select(Conversation.id).where(Conversation.backlog)).scalars())


def catch_up(runtime: Runtime, conversation_id: int) -> None:
    """Handle a conversation's backlog, oldest first, each message in a transaction of its own."""
    while (message_id := _next(runtime, conversation_id)) is not None:
        try:
            _handle_one(runtime, message_id)
        except Exception as error:  # noqa: BLE001  the sweep must go on with the others
            log_event(_LOG, "inbound_not_handled", level=logging.ERROR, error=error)
            if not _abandon_if_hopeless(runtime, message_id):
                return


def _next(runtime: Runtime, conversation_id: int) -> int | None:
    """Count an attempt at the oldest message and return its id; without one, the backlog is over."""
    with unit_of_work(runtime) as work:
        thread = lock_conversation(work, conversation_id)
        oldest = (
            select(Message.id)
            .where(Message.conversation_id == conversation_id, Message.status == InboundStatus.RECEIVED)
            .order_by(Message.id)
            .limit(1)
        )
        message_id = work.connection.execute(oldest).scalar_one_or_none()
        if message_id is None:
            change_thread(work, thread, backlog=False)
            return None
        counted = update(Message).where(Message.id == message_id).values(attempts=Message.attempts + 1)
        work.connection.execute(counted)
        return message_id


def _handle_one(runtime: Runtime, message_id: int) -> None:
    with unit_of_work(runtime) as work:
        row = work.connection.execute(
            select(
                Message.conversation_id,
                Message.provider_id,
                Message.text,
                Message.content,
                Message.created_at,
                Message.segments,
                Message.address_id,
                Address.value.label("sender"),
                Channel.id.label("channel_id"),
                Channel.kind,
                Channel.provider,
                Channel.address.label("to"),
            )
            .join(Address, Address.id == Message.address_id)
            .join(Channel, Channel.id == Message.channel_id)
            .where(Message.id == message_id, Message.status == InboundStatus.RECEIVED)
        ).one_or_none()
        if row is None:
            return
        inbound = inbound_from(row)
        thread = lock_conversation(work, row.conversation_id)
        channel = ChannelRow(row.channel_id, inbound.kind, row.provider, row.to)
        done = (
            update(Message)
            .where(Message.id == message_id, Message.status == InboundStatus.RECEIVED)
            .values(status=InboundStatus.HANDLED, handled_at=work.now, enrolment_id=thread.active_enrolment_id)
        )
        if work.connection.execute(done).rowcount == 1:
            handle(work, thread, channel, row.address_id, inbound)


def _abandon_if_hopeless(runtime: Runtime, message_id: int) -> bool:
    """After the third failure set the message aside and call a person. False: it is tried again later."""
    with unit_of_work(runtime) as work:
        abandoned = work.connection.execute(
            update(Message)
            .where(
                Message.id == message_id,
                Message.status == InboundStatus.RECEIVED,
                Message.attempts >= MOST_ATTEMPTS,
            )
            .values(status=InboundStatus.ABANDONED)
            .returning(Message.conversation_id)
        ).scalar_one_or_none()
        if abandoned is None:
            return False
        change_thread(work, lock_conversation(work, abandoned), needs_person="not_handled")
        return True
