"""How our channels do: what came and went last, what waits, what stops them. Cheap however many messages there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select

from bot.channels import TWILIO
from bot.channels.base import ChannelKind, MessageStatus
from bot.channels.error_codes import CODES, explain
from bot.models import Channel, Message, MessageEvent, SendCount
from bot.settings.public_address import in_clear, messages_webhook, unreachable
from bot.work import Work

LOOKED_AT = 2_000
"""So many of the latest messages and callbacks are looked at for the last of each channel."""
FAILING = 3


class Health(StrEnum):
    """How a channel does, in a word."""

    WORKING = "Working"
    UNTRIED = "Nothing yet"
    FAILING = "Failing"
    PAUSED = "Paused"
    OFF = "Not in use"


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel as the page shows it."""

    id: int
    provider: str
    kind: ChannelKind
    address: str
    health: Health
    why: str
    """What stops or slows it, in words."""
    paused_until: datetime | None
    failures: int
    last_inbound: datetime | None
    last_callback: datetime | None
    last_sent: datetime | None
    pace: str
    queued: int
    oldest_due: datetime | None
    """Since when the oldest message that could go has been waiting."""


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """All that the page of the channels tells."""

    channels: Sequence[ChannelLine]
    connected: bool
    webhook: str
    warnings: Sequence[str]
    sent_today: int
    cap: int | None
    countries: Sequence[str]


def look_at_channels(work: Work) -> ChannelPage:
    """Return how the channels do, those in use first."""
    settings = work.settings
    rows = work.connection.execute(select(Channel).order_by(Channel.active.desc(), Channel.id)).all()
    heard, sent, called, waiting = _last_messages(work), _last_sent(work), _last_callbacks(work), _waiting(work)
    today = select(SendCount.messages).where(SendCount.day == work.now.date())
    addresses = (settings.public_url, settings.twilio_api_base)
    doubt = unreachable(*addresses) or in_clear(*addresses)
    return ChannelPage(
        channels=[_line(work, row, heard, sent, called, waiting) for row in rows],
        connected=settings.twilio_connected,
        webhook=messages_webhook(settings.public_url),
        warnings=[_sentence(doubt)] if doubt and settings.twilio_connected else [],
        sent_today=work.connection.execute(today).scalar_one_or_none() or 0,
        cap=settings.spending_cap,
        countries=sorted(settings.countries or ()),
    )


def _line(
    work: Work,
    row: Any,
    heard: Mapping[int, datetime],
    sent: Mapping[int, datetime],
    called: Mapping[int, datetime],
    waiting: Mapping[int, tuple[int, datetime | None]],
) -> ChannelLine:
    queued, oldest = waiting.get(row.id, (0, None))
    known = any(row.id in moments for moments in (heard, sent, called))
    health = _health(row, work.now, known=known)
    return ChannelLine(
        id=row.id,
        provider=row.provider,
        kind=ChannelKind(row.kind),
        address=row.address,
        health=health,
        why=_why(row, health),
        paused_until=row.paused_until if health is Health.PAUSED else None,
        failures=row.failures,
        last_inbound=heard.get(row.id),
        last_callback=called.get(row.id),
        last_sent=sent.get(row.id),
        pace=_pace(work, ChannelKind(row.kind)) if row.provider == TWILIO else "",
        queued=queued,
        oldest_due=oldest,
    )


def _health(row: Any, now: datetime, *, known: bool) -> Health:
    if not row.active:
        return Health.OFF
    if row.paused_until is not None and row.paused_until > now and row.pause_cause:
        return Health.PAUSED
    if row.failures >= FAILING:
        return Health.FAILING
    return Health.WORKING if known else Health.UNTRIED


def _why(row: Any, health: Health) -> str:
    if health is Health.PAUSED:
        return explain(row.pause_cause).in_words if row.pause_cause in CODES else _sentence(row.pause_cause)
    if health is Health.FAILING:
        return f"The provider could not be reached {row.failures} times in a row. It is tried again by itself."
    return ""


def _pace(work: Work, kind: ChannelKind) -> str:
    is_sms = kind is ChannelKind.SMS
    rate = work.settings.sms_rate if is_sms else work.settings.whatsapp_rate
    thing = "segment" if is_sms else "message"
    return f"{rate:g} {thing}{'' if rate == 1 else 's'} a second"


def _last_messages(work: Work) -> dict[int, datetime]:
    latest = select(Message.channel_id, Message.inbound, Message.created_at).order_by(Message.id.desc())
    found = latest.limit(LOOKED_AT).subquery()
    last = func.max(found.c.created_at, type_=Message.created_at.type)
    return _by_channel(work, select(found.c.channel_id, last).where(found.c.inbound).group_by(found.c.channel_id))


def _last_sent(work: Work) -> dict[int, datetime]:
    latest = select(Message.channel_id, Message.sent_at).order_by(Message.id.desc()).limit(LOOKED_AT).subquery()
    last = func.max(latest.c.sent_at, type_=Message.created_at.type)
    sent = select(latest.c.channel_id, last).where(latest.c.sent_at.is_not(None))
    return _by_channel(work, sent.group_by(latest.c.channel_id))


def _last_callbacks(work: Work) -> dict[int, datetime]:
    latest = select(MessageEvent.message_id, MessageEvent.at).order_by(MessageEvent.id.desc())
    found = latest.limit(LOOKED_AT).subquery()
    last = func.max(found.c.at, type_=MessageEvent.at.type)
    of_message = select(Message.channel_id, last).join(found, found.c.message_id == Message.id)
    return _by_channel(work, of_message.group_by(Message.channel_id))


def _by_channel(work: Work, found: Any) -> dict[int, datetime]:
    return {channel_id: moment for channel_id, moment in work.connection.execute(found)}  # noqa: C416  for mypy


def _waiting(work: Work) -> dict[int, tuple[int, datetime | None]]:
    """Count what is queued by its own index, and tell since when the oldest that is due waits."""
    due_since: ColumnElement[Any] = func.coalesce(Message.not_before, Message.created_at)
    is_due = due_since <= work.now
    oldest = func.min(due_since, type_=Message.created_at.type).filter(is_due)
    queued = literal(str(MessageStatus.QUEUED), literal_execute=True)  # a constant, as its index is a partial one
    counted = select(Message.channel_id, func.count(), oldest).where(Message.status == queued, ~Message.held)
    rows = work.connection.execute(counted.group_by(Message.channel_id))
    return {channel_id: (count, since) for channel_id, count, since in rows}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('/') else '.'}"
