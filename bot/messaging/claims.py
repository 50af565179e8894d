"""Claiming what is due: one message of a conversation at a time, paced for each sender, in one short transaction."""

import math
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Executable

from bot.channels.base import ChannelKind, MessageStatus, OutgoingMessage
from bot.channels.sandbox import SANDBOX
from bot.messaging.outbox import media_of, options_of, template_of
from bot.messaging.spending import cap_reached, costs, count_back, count_one
from bot.messaging.templates import needs_template
from bot.models import Address, Candidate, Channel, Conversation, Message, Origin
from bot.reply_window import has_closed
from bot.statements import Prepared, change_row, change_row_if
from bot.work import Work
from flows.segments import segments_of

ORDER_WAIT = timedelta(seconds=10)
"""A part waits so long for the word that the part before it is on its way; the network keeps no order."""
BREAKER = 10
"""Attempts in a row that did not get through: then the circuit of a channel is open."""
NO_TEMPLATE = "callboard_no_template"
PROBE_EVERY = timedelta(seconds=30)
SHORTEST_VALIDITY = timedelta(seconds=6)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until we have recorded what became of it."""

    message_id: int
    lease: str
    channel_id: int
    provider: str
    attempts: int
    day: date | None
    """On which it counts towards the spending cap; none for what costs nothing."""
    outgoing: OutgoingMessage
    refusal: str
    """One of our own codes where it cannot go as it is, and is not to be sent; usually none."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may be sent now; at that moment, if any, it is worth looking again."""

    until: datetime | None


def claim(work: Work) -> Claim | Wait:
    """Claim the next message that may go, on the channel that has been free for longest.

    What goes over a provider whose settings this process lacks is left to those that have them.
    """
    channels = [each for each in _CHANNELS.all(work.connection) if each.provider in work.runtime.senders]
    is_capped = bool(channels) and cap_reached(work)
    wakes = []
    for place, channel in enumerate(channels):
        locked = channel if work.runtime.database.is_sqlite else _lock(work, channel.id, waits=place == 0)
        if locked is None:
            continue
        if (closed_until := _closed_until(locked, work.now)) is not None:
            wakes.append(closed_until)
        elif (claimed := _claim_on(work, channel, is_capped=is_capped and costs(channel.provider))) is not None:
            if locked.failures >= BREAKER and not claimed.refusal:
                _probe(work, channel.id)
            return claimed
    return Wait(min(wakes, default=None))


def _lock(work: Work, channel_id: int, *, waits: bool) -> Any:
    """Take our turn on this channel, or return None where another has it. On SQLite every writer waits already.

    Whoever holds one channel must not wait for another: two that do so in turn would wait for each other.
    """
    return (_LOCK_CHANNEL if waits else _LOCK_IF_FREE).first(work.connection, channel_id=channel_id)


def _closed_until(channel: Any, now: datetime) -> datetime | None:
    """Return until when nothing may go over a channel, for its pace or its pause; None if something may."""
    latest = max((at for at in (channel.free_at, channel.paused_until) if at is not None), default=now)
    return latest if latest > now else None


def _claim_on(work: Work, channel: Any, *, is_capped: bool) -> Claim | None:
    """Claim the next message of a channel; beyond the cap only what is owed, which counts but waits for nothing.

    What is not to be sent takes none of the channel's pace.
    """
    following = _NEXT_OWED if is_capped else _NEXT
    row = following.first(work.connection, channel_id=channel.id, now=work.now, lately=work.now - ORDER_WAIT)
    if row is None:
        return None
    outgoing = _outgoing(work, channel, row)
    refusal = NO_TEMPLATE if _comes_too_late(channel, row, outgoing, work.now) else ""
    day = work.now.date() if costs(channel.provider) else None
    if day is not None and not count_one(work, day, is_owed=row.origin == Origin.NOTICE):
        return None
    lease = secrets.token_hex(8)
    claimed = {"status": MessageStatus.SENDING, "claimed_at": work.now, "lease": lease, "cause": None}
    attempts = row.attempts + 1
    expected = {"status": MessageStatus.QUEUED}
    if not change_row_if(work.connection, Message, row.id, expected, **claimed, attempts=attempts):
        count_back(work, day)
        return None
    if not refusal:
        _pace(work, channel, row.text)
    return Claim(row.id, lease, channel.id, channel.provider, attempts, day, outgoing, refusal)


def _comes_too_late(channel: Any, row: Any, outgoing: OutgoingMessage, now: datetime) -> bool:
    """It was written for a window that has closed while it waited, for a person, a provider or a better day."""
    window_open = row.window_channel_id == channel.id and not has_closed(row.window_until, now)
    return outgoing.template is None and needs_template(outgoing.kind, channel.provider, window_open=window_open)


def _queued(channel_id: Any) -> tuple[ColumnElement[bool], ...]:
    return (Message.channel_id == channel_id, Message.status == MessageStatus.QUEUED, ~Message.held)


_STATE = (Channel.free_at, Channel.paused_until, Channel.failures)
_CHANNELS = Prepared(
    lambda _: (
        select(Channel.id, Channel.kind, Channel.provider, Channel.address, *_STATE)
        .where(select(Message.id).where(*_queued(Channel.id)).exists())
        .order_by(Channel.free_at.asc().nulls_first())
    )
)
_STATE_OF = select(*_STATE).where(Channel.id == bindparam("channel_id"))
_LOCK_CHANNEL = Prepared(lambda _: _STATE_OF.with_for_update())
_LOCK_IF_FREE = Prepared(lambda _: _STATE_OF.with_for_update(skip_locked=True))


def nothing_in_the_way(*, owed: bool = False) -> ColumnElement[bool]:
    """Everything before it in its conversation is on its way; the parameters are `now` and `lately`, `ORDER_WAIT` ago.

    What is planned for later lets others pass. What was tried and goes again keeps its place, in its own row or in
    a new one: what its enrolment had said after it waits, but not what the conversation has come to since.
    What is *owed* lets all pass that the spending cap holds back, but nothing else that is owed.

    Not written as NOT EXISTS: PostgreSQL would read all that is unsettled to join it, while its statistics are old.
    """
    earlier = aliased(Message)
    places = [func.coalesce(message.place, message.id) for message in (earlier, Message)]
    return (
        select(earlier.id)
        .where(
            earlier.conversation_id == Message.conversation_id,
            or_(places[0] < places[1], and_(places[0] == places[1], earlier.id < Message.id)),
            earlier.confirmed_at.is_(None),
            earlier.status.in_([MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT]),
            ~earlier.inbound,
            ~earlier.held,
            or_(
                earlier.status == MessageStatus.SENDING,
                _waits_its_turn(earlier, owed=owed),
                and_(earlier.sent_at > bindparam("lately"), _not_replied_to(earlier)),
            ),
        )
        .limit(1)
        .scalar_subquery()
        .is_(None)
    )


def _not_replied_to(earlier: type[Message]) -> ColumnElement[bool]:
    """No word has come since it was sent; one tells, as a receipt would, that it was there before what answers it.

    What was missed and fetched from the provider's list was written some time before it is stored.
    """
    reply = aliased(Message)
    after = (reply.conversation_id == earlier.conversation_id, reply.id > earlier.id)
    replies = (reply.inbound, reply.created_at > earlier.sent_at, reply.content["sent_at"].as_string().is_(None))
    return select(reply.id).where(*after, *replies).limit(1).scalar_subquery().is_(None)


def _waits_its_turn(earlier: type[Message], *, owed: bool) -> ColumnElement[bool]:
    """What is queued before it and goes first; before what is *owed*, only what is owed as well."""
    comes_again = and_(
        earlier.place.is_not(None), earlier.enrolment_id == Message.enrolment_id, earlier.id > Message.id
    )
    its_turn = or_(
        earlier.not_before.is_(None),
        earlier.not_before <= bindparam("now"),
        earlier.claimed_at.is_not(None),
        comes_again,
    )
    queued = and_(earlier.status == MessageStatus.QUEUED, its_turn)
    return and_(queued, earlier.origin == Origin.NOTICE) if owed else queued


def _next(database: str, *, owed: bool = False) -> Executable:
    """The first in line of a channel that nothing is in the way of; of what is *owed* only, where that is asked for.

    Consent is looked at here, in the same transaction as the claim, so nothing begins after a STOP.
    """
    statement = (
        select(
            Message.id,
            Message.public_id,
            Message.origin,
            Message.text,
            Message.content,
            Message.expires_at,
            Message.attempts,
            Address.value.label("to"),
            Candidate.language,
            Conversation.window_until,
            Conversation.window_channel_id,
        )
        .join(Address, Address.id == Message.address_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .where(*_queued(bindparam("channel_id")))
        .where(or_(Message.not_before.is_(None), Message.not_before <= bindparam("now")))
        .where(or_(Message.expires_at.is_(None), Message.expires_at > bindparam("now")))
        .where(or_(Candidate.opted_out_at.is_(None), Message.origin == Origin.NOTICE))
        .where(nothing_in_the_way(owed=owed))
        .order_by(Message.priority, Message.id)
        .limit(1)
    )
    if owed:
        statement = statement.where(Message.origin == Origin.NOTICE)
    return statement if database == "sqlite" else statement.with_for_update(of=Message, skip_locked=True)


_NEXT = Prepared(_next)
_NEXT_OWED = Prepared(lambda database: _next(database, owed=True))


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
    change_row(work.connection, Channel, channel.id, free_at=free_at)


def _probe(work: Work, channel_id: int) -> None:
    """The circuit is open: this one message tries it, the others wait to see what becomes of it."""
    later = update(Channel).where(Channel.id == channel_id).values(paused_until=work.now + PROBE_EVERY)
    work.connection.execute(later)


def expire_stale(work: Work) -> int:
    """Take back what is of no use any more; return how many."""
    return _EXPIRE.run(work.connection, now=work.now)


_EXPIRE = Prepared(
    lambda _: (
        update(Message)
        .where(
            Message.status == MessageStatus.QUEUED,
            Message.confirmed_at.is_(None),
            Message.expires_at <= bindparam("now"),
        )
        .values(status=MessageStatus.CANCELLED, cause="out of date")
    )
)
