"""The fate of an outgoing message: forward only, whatever order the news comes in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.channels.base import MessageStatus, StatusUpdate
from bot.engine import Position
from bot.messaging.thread import NOT_UNDERSTOOD, UNCONFIRMED, Thread, change_thread
from bot.models import Enrolment, Message, MessageEvent
from bot.outgoing.telling import tell_failure
from bot.work import Work

SEEN = (
    MessageStatus.SENDING,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
    MessageStatus.UNCONFIRMED,
)
"""What the candidate has in front of them, or may have."""

_FROM: dict[MessageStatus, tuple[MessageStatus, ...]] = {
    # queued: an attempt that seemed not to have arrived and did
    MessageStatus.SENT: (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNCONFIRMED),
    MessageStatus.DELIVERED: (
        MessageStatus.QUEUED,
        MessageStatus.SENDING,
        MessageStatus.UNCONFIRMED,
        MessageStatus.SENT,
    ),
    MessageStatus.READ: (
        MessageStatus.QUEUED,
        MessageStatus.SENDING,
        MessageStatus.UNCONFIRMED,
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
    ),
    MessageStatus.FAILED: (
        MessageStatus.QUEUED,
        MessageStatus.SENDING,
        MessageStatus.UNCONFIRMED,
        MessageStatus.SENT,
    ),
    MessageStatus.CANCELLED: (
        MessageStatus.QUEUED,
        MessageStatus.SENDING,
        MessageStatus.UNCONFIRMED,
        MessageStatus.SENT,
    ),
}

_STAMPS = {
    MessageStatus.SENT: ("sent_at", "confirmed_at"),
    MessageStatus.DELIVERED: ("sent_at", "confirmed_at", "delivered_at"),
    MessageStatus.READ: ("sent_at", "confirmed_at", "delivered_at", "read_at"),
}


def keep_event(work: Work, message_id: int | None, update_: StatusUpdate) -> bool:
    """Keep the news as it came. False: we had it already."""
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    statement = (
        dialect.insert(MessageEvent)
        .values(
            message_id=message_id,
            provider_id=update_.provider_id or update_.public_id,
            status=update_.provider_status,
            error_code=update_.error_code,
            at=work.now,
        )
        .on_conflict_do_nothing()
        .returning(MessageEvent.id)
    )
    return work.connection.execute(statement).scalar_one_or_none() is not None


def move_forward(work: Work, message_id: int, news: StatusUpdate, *, assumed: str | None = None) -> bool:
    """Move a message to where the news says it is, if that is forward; record the provider's id. False: it stays.

    Where the news is not the provider's own word, the message keeps in *assumed* why it counts as being there.
    """
    if news.status is None:
        return False
    values: dict[str, Any] = {"status": news.status, "lease": None}
    if news.status in _STAMPS:
        values["cause"] = assumed
    if news.provider_id:
        values["provider_id"] = news.provider_id
    if news.error_code:
        values["error_code"] = news.error_code
    values |= {name: _first(name, work) for name in _STAMPS.get(news.status, ())}
    moved = work.connection.execute(
        update(Message).where(Message.id == message_id, Message.status.in_(_FROM[news.status])).values(**values)
    )
    if moved.rowcount == 0 and news.status in _STAMPS:
        _note_arrival(work, message_id)
        _note_receipt(work, message_id, news.status)
    if moved.rowcount == 1 and news.status is MessageStatus.FAILED:
        tell_failure(work, message_id)
    return moved.rowcount == 1


def _first(name: str, work: Work) -> ColumnElement[datetime]:
    """Keep the first moment: a later word of the same does not change it."""
    return func.coalesce(getattr(Message, name), work.now)


def _note_arrival(work: Work, message_id: int) -> None:
    """Even news that moves nothing says that the message is on its way, so that the next part may follow."""
    work.connection.execute(
        update(Message).where(Message.id == message_id, Message.confirmed_at.is_(None)).values(confirmed_at=work.now)
    )


def _note_receipt(work: Work, message_id: int, status: MessageStatus) -> None:
    """Assume no longer what the provider now says itself."""
    told = (Message.id == message_id, Message.status == status, Message.cause.is_not(None))
    work.connection.execute(update(Message).where(*told).values(cause=None))


def stop_doubting(work: Work, thread: Thread) -> None:
    """Nobody need decide any more, once nothing of the conversation is unconfirmed.

    Somebody who was not understood meanwhile still waits for a person.
    """
    if thread.needs_person != UNCONFIRMED:
        return
    doubtful = select(Message.id).where(
        Message.conversation_id == thread.id, Message.status == MessageStatus.UNCONFIRMED
    )
    if work.connection.execute(doubtful.limit(1)).first() is None:
        open_position = select(Enrolment.position).where(Enrolment.id == thread.active_enrolment_id)
        stands = work.connection.execute(open_position).scalar_one_or_none()
        called = stands is not None and Position.from_json(stands).called
        change_thread(work, thread, needs_person=NOT_UNDERSTOOD if called else None)


def find_message(work: Work, news: StatusUpdate) -> int | None:
    """Return the outgoing message that the news is about: by our own id, else by the provider's."""
    which = Message.public_id == news.public_id if news.public_id else Message.provider_id == news.provider_id
    return work.connection.execute(select(Message.id).where(which, ~Message.inbound).limit(1)).scalar_one_or_none()
