"""How much stands and waits, for the metrics: cheap however many messages there are, by indexes alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select

from bot.channels.base import MessageStatus
from bot.models import Channel, Conversation, Enrolment, InboundStatus, Message
from bot.work import Work

LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gauges:
    """What the gauges show."""

    outbox: dict[tuple[str, str], int]
    """By kind of channel and status."""
    overdue_seconds: dict[str, float]
    inbox: int
    inbox_seconds: float
    enrolments: dict[str, int]
    """By status: all that are not over, and those that ended in the past day."""
    need_a_person: int
    breakers: dict[tuple[str, str], bool]
    """By provider and kind of channel."""


def look(work: Work) -> Gauges:
    """Count what stands now."""
    channels = work.connection.execute(
        select(Channel.id, Channel.kind, Channel.provider, Channel.paused_until).where(Channel.active)
    ).all()
    inbox, oldest = work.connection.execute(
        select(func.count(), func.min(Message.created_at)).where(_is(InboundStatus.RECEIVED))
    ).one()
    breakers: dict[tuple[str, str], bool] = {}
    for each in channels:
        paused = each.paused_until is not None and each.paused_until > work.now
        breakers[each.provider, each.kind] = paused or breakers.get((each.provider, each.kind), False)
    people = select(func.count()).select_from(Conversation).where(Conversation.needs_person.is_not(None))
    kinds = {each.id: each.kind for each in channels}
    return Gauges(
        outbox=_outbox(work, kinds),
        overdue_seconds={kind: _seconds(work, _oldest_due(work, kinds, kind)) for kind in sorted(set(kinds.values()))},
        inbox=inbox,
        inbox_seconds=_seconds(work, oldest),
        enrolments=_enrolments(work),
        need_a_person=work.connection.execute(people).scalar_one(),
        breakers=breakers,
    )


def _enrolments(work: Work) -> dict[str, int]:
    """Count what is not over and what ended lately, each by its index; all that ever ended would be all there is."""
    counted = select(Enrolment.status, func.count()).group_by(Enrolment.status)
    counts: Counter[str] = Counter()
    for recent in (Enrolment.ended_at.is_(None), Enrolment.ended_at > work.now - LATELY):
        for status, count in work.connection.execute(counted.where(recent)):
            counts[status] += count
    return dict(counts)


def _outbox(work: Work, kinds: dict[int, str]) -> dict[tuple[str, str], int]:
    counts = {(kind, str(status)): 0 for kind in kinds.values() for status in _WAITING}
    for status, channel_id, count in _counted(work):
        if channel_id in kinds:
            counts[kinds[channel_id], status] += count
    return counts


_WAITING = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNCONFIRMED)


def _counted(work: Work) -> Iterator[tuple[str, int, int]]:
    for status in _WAITING:
        counted = select(Message.channel_id, func.count()).where(_is(status)).group_by(Message.channel_id)
        if status is MessageStatus.QUEUED:
            counted = counted.where(~Message.held)
        for channel_id, count in work.connection.execute(counted):
            yield str(status), channel_id, count


def _oldest_due(work: Work, kinds: dict[int, str], kind: str) -> datetime | None:
    """Return since when the oldest message of a kind of channel that may go now could have gone."""
    due_since: ColumnElement[Any] = func.coalesce(Message.not_before, Message.created_at)
    oldest: datetime | None = work.connection.execute(
        select(func.min(due_since, type_=Message.created_at.type)).where(
            _is(MessageStatus.QUEUED),
            ~Message.held,
            Message.channel_id.in_([id_ for id_, each in kinds.items() if each == kind]),
            due_since <= work.now,
        )
    ).scalar_one()
    return oldest


def _is(status: MessageStatus | InboundStatus) -> ColumnElement[bool]:
    """Compare with the status written out: the partial indexes are for constants, not for parameters."""
    return Message.status == literal(str(status), literal_execute=True)


def _seconds(work: Work, since: datetime | None) -> float:
    return max((work.now - since).total_seconds(), 0) if since else 0
