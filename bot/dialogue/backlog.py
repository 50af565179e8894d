"""What came in and could not be handled at once: handled again, in order; after the third failure a person is called.

An attempt is counted before it is made, in a transaction of its own, so that a message which ends the process
is counted too. While one process tries, the message is leased to it, and no other does.
"""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bot.dialogue.arrivals import Arrival
from bot.dialogue.conversations import active_run
from bot.dialogue.inbox import INBOUND_COLUMNS, handle, inbound_from
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.thread import NOT_HANDLED, ChannelRow, change_thread, lock_conversation
from bot.models import Address, Channel, InboundStatus, Message
from bot.runtime import Runtime
from bot.time_limit import LONGEST_TURN, time_limit
from bot.work import Work, reading, unit_of_work

MOST_ATTEMPTS = 3
LEASE = timedelta(seconds=20)
"""Longer than a turn can take until it is stopped: whoever held the message has died."""
_LOG = logging.getLogger(__name__)


def conversations_behind(runtime: Runtime) -> list[int]:
    """Return the conversations that hold something not yet handled, the oldest first, what has failed last."""
    with reading(runtime) as work:
        waiting = (
            select(Message.conversation_id)
            .where(Message.status == InboundStatus.RECEIVED)
            .order_by(Message.attempts, Message.created_at, Message.id)
        )
        return list(dict.fromkeys(work.connection.execute(waiting).scalars()))


def catch_up(runtime: Runtime, conversation_id: int) -> None:
    """Handle a conversation's backlog, oldest first, each message in a transaction of its own, until one fails."""
    while (message_id := _take_next(runtime, conversation_id)) is not None:
        try:
            _handle_one(runtime, message_id)
        except OperationalError as error:
            # the database is busy or away, which is no fault of the message
            log_event(_LOG, "inbound_not_handled", level=logging.WARNING, message=message_id, error=error)
            _let_go(runtime, message_id, attempts=0)
            return
        except Exception as error:  # noqa: BLE001  the sweep must go on with the others
            log_event(_LOG, "inbound_not_handled", level=logging.ERROR, message=message_id, error=error)
            _let_go(runtime, message_id, attempts=1)
            return


def _take_next(runtime: Runtime, conversation_id: int) -> int | None:
    """Count an attempt at the oldest message and return its id. None: there is none, or another process has it."""
    with unit_of_work(runtime) as work:
        thread = lock_conversation(work, conversation_id)
        while (oldest := _oldest(work, conversation_id)) is not None:
            if oldest.claimed_at is not None and oldest.claimed_at > work.now - LEASE:
                return None
            mine = update(Message).where(Message.id == oldest.id)
            if oldest.attempts < MOST_ATTEMPTS:
                work.connection.execute(mine.values(attempts=oldest.attempts + 1, claimed_at=work.now))
                return int(oldest.id)
            work.connection.execute(mine.values(status=InboundStatus.ABANDONED))
            change_thread(work, thread, needs_person=thread.needs_person or NOT_HANDLED)
        if thread.backlog:
            change_thread(work, thread, backlog=False)
        return None


def _oldest(work: Work, conversation_id: int) -> Any:
    statement = (
        select(Message.id, Message.attempts, Message.claimed_at)
        .where(Message.conversation_id == conversation_id, Message.status == InboundStatus.RECEIVED)
        .order_by(Message.id)
        .limit(1)
    )
    return work.connection.execute(statement).one_or_none()


def _let_go(runtime: Runtime, message_id: int, *, attempts: int) -> None:
    """Let the next sweep try again; of the attempt that was counted beforehand, so many stand."""
    with unit_of_work(runtime) as work:
        kept = {"claimed_at": None, "attempts": Message.attempts - 1 + attempts}
        work.connection.execute(update(Message).where(Message.id == message_id).values(kept))


def _handle_one(runtime: Runtime, message_id: int) -> None:
    with unit_of_work(runtime) as work:
        row = work.connection.execute(
            select(
                Message.conversation_id,
                Message.address_id,
                Channel.id.label("channel_id"),
                Channel.provider,
                *INBOUND_COLUMNS,
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
            crash_point("backlog_marked")
            with time_limit(LONGEST_TURN):
                handle(work, Arrival(channel, row.address_id, thread, active_run(work, thread), seen=True), inbound)
        if _oldest(work, thread.id) is None:
            change_thread(work, thread, backlog=False)
