"""Claiming what is due: one message of a conversation at a time, paced for each sender, in one short transaction."""

import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from bot.channels.base import ChannelKind, MessageStatus, OutgoingMessage
from bot.channels.sandbox import SANDBOX
from bot.messaging.outbox import media_of, options_of, template_of
from bot.models import Address, Candidate, Channel, Conversation, Message, SendCount
from bot.work import Work
from flows.segments import segments_of

ORDER_WAIT = timedelta(seconds=10)
"""A part waits so long for the word that the part before it is on its way; the network keeps no order."""
SHORTEST_VALIDITY = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until we have recorded what became of it."""

    message_id: int
    lease: str
    channel_id: int
    provider: str
    attempts: int
    outgoing: OutgoingMessage


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be sent now; at that moment, if any, it is worth looking again."""

    until: datetime | None


def claim(work: Work) -> Claim | Wait:
    """Claim the next message that may go, on the channel that has been free for longest."""
    channels = work.connection.execute(
        select(Channel.id, Channel.kind, Channel.provider, Channel.address, Channel.free_at)
        .where(or_(Channel.paused_until.is_(None), Channel.paused_until <= work.now))
        .where(select(Message.id).where(*_queued(Channel.id)).exists())
        .order_by(Channel.free_at.asc().nulls_first())
    ).all()
    if channels and _cap_reached(work):
        return Wait(None)
    wakes = []
    for channel in channels:
        if channel.free_at is not None and channel.free_at > work.now:
            wakes.append(channel.free_at)
            continue
        if (claimed := _claim_on(work, channel)) is not None:
            return claimed
    return Wait(min(wakes, default=None))


def _queued(channel_id: Any) -> tuple[ColumnElement[bool], ...]:
    return (Message.channel_id == channel_id, Message.status == MessageStatus.QUEUED, ~Message.held)


def _claim_on(work: Work, channel: Any) -> Claim | None:
    if not work.runtime.database.is_sqlite:
        # one worker at a time counts on this channel; a busy one is passed over
        free = select(Channel.free_at).where(Channel.id == channel.id).with_for_update(skip_locked=True)
        locked = work.connection.execute(free).one_or_none()
        if locked is None or (locked.free_at is not None and locked.free_at > work.now):
            return None
    row = work.connection.execute(_next(work, channel.id)).one_or_none()
    if row is None:
        return None
    lease = secrets.token_hex(8)
    taken = work.connection.execute(
        update(Message)
        .where(Message.id == row.id, Message.status == MessageStatus.QUEUED)
        .values(
            status=MessageStatus.SENDING,
            claimed_at=work.now,
            lease=lease,
            attempts=Message.attempts + 1,
            cause=None,
        )
    )
    if taken.rowcount != 1:
        return None
    _count(work)
    _pace(work, channel, row.text)
    return Claim(row.id, lease, channel.id, channel.provider, row.attempts + 1, _outgoing(work, channel, row))


def _next(work: Work, channel_id: int) -> Any:
    """The first in line whose conversation has nothing before it that is not yet on its way.

    Consent is looked at here, in the same transaction as the claim, so nothing begins after a STOP.
    """
    earlier = aliased(Message)
    in_the_way = (
        select(earlier.id)
        .where(
            earlier.conversation_id == Message.conversation_id,
            earlier.id < Message.id,
            earlier.confirmed_at.is_(None),
            earlier.status.in_([MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT]),
            ~earlier.inbound,
            ~earlier.held,
            or_(
                earlier.status == MessageStatus.SENDING,
                (earlier.status == MessageStatus.QUEUED)
                & or_(earlier.not_before.is_(None), earlier.not_before <= work.now),
                earlier.sent_at > work.now - ORDER_WAIT,
            ),
        )
        .exists()
    )
    statement = (
        select(
            Message.id,
            Message.public_id,
            Message.text,
            Message.content,
            Message.expires_at,
            Message.attempts,
            Address.value.label("to"),
            Candidate.language,
        )
        .join(Address, Address.id == Message.address_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .where(*_queued(channel_id))
        .where(or_(Message.not_before.is_(None), Message.not_before <= work.now))
        .where(or_(Message.expires_at.is_(None), Message.expires_at > work.now))
        .where(or_(Candidate.opted_out_at.is_(None), Message.origin == "notice"))
        .where(~in_the_way)
        .order_by(Message.priority, Message.id)
        .limit(1)
    )
    return statement if work.runtime.database.is_sqlite else statement.with_for_update(of=Message, skip_locked=True)


def _outgoing(work: Work, channel: Any, row: Any) -> OutgoingMessage:
    content = row.content
    tapped = bool(content.get("tapped"))
    media = media_of(content)
    return OutgoingMessage(
        public_id=row.public_id,
        kind=ChannelKind(channel.kind),
        sender=channel.address,
        to=row.to,
        text=row.text,
        numbered_text=content.get("numbered", ""),
        options=options_of(content) if tapped else (),
        list_label=content.get("list_label", ""),
        media=(media,) if media else (),
        template=template_of(content),
        valid_for=max(row.expires_at - work.now, SHORTEST_VALIDITY) if row.expires_at else None,
        language=row.language or "en",
    )


def _pace(work: Work, channel: Any, text: str) -> None:
    """Say when the channel is free again: SMS is paced by segments, WhatsApp by messages, paper not at all."""
    if channel.provider == SANDBOX:
        return
    if channel.kind == ChannelKind.SMS:
        busy = segments_of(text) / work.settings.sms_rate
    else:
        busy = 1 / work.settings.whatsapp_rate
    free_at = work.now + timedelta(microseconds=math.ceil(busy * 1e6))
    work.connection.execute(update(Channel).where(Channel.id == channel.id).values(free_at=free_at))


def _cap_reached(work: Work) -> bool:
    cap = work.settings.spending_cap
    if cap is None:
        return False
    sent = work.connection.execute(select(SendCount.messages).where(SendCount.day == work.now.date()))
    return (sent.scalar_one_or_none() or 0) >= cap


def _count(work: Work) -> None:
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    statement = dialect.insert(SendCount).values(day=work.now.date(), messages=1)
    work.connection.execute(
        statement.on_conflict_do_update(index_elements=["day"], set_={"messages": SendCount.messages + 1})
    )


def expire_stale(work: Work) -> int:
    """Take back what is of no use any more; return how many."""
    changed = work.connection.execute(
        update(Message)
        .where(
            Message.status == MessageStatus.QUEUED,
            Message.confirmed_at.is_(None),
            Message.expires_at <= work.now,
        )
        .values(status=MessageStatus.CANCELLED, cause="out of date")
    )
    return changed.rowcount
