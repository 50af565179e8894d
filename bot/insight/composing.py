"""What a user may write to a candidate now, over which way, and what keeps them from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select

from bot.channels.base import ChannelKind
from bot.dialogue.naming import NAME_OF_USER
from bot.messaging.consent import may_answer
from bot.messaging.countries import country_refused
from bot.messaging.templates import ApprovedTemplate, approved_templates, needs_template
from bot.messaging.thread import ChannelRow, Thread, active_channels, address_for
from bot.models import ScheduledMessage, ScheduledStatus, User
from bot.reply_window import WINDOW
from bot.work import Work
from flows.segments import segments_of

LATELY = WINDOW
"""So long what could not be sent at its moment is shown in the thread."""
NAMES = {ChannelKind.WHATSAPP: "WhatsApp", ChannelKind.SMS: "SMS"}


class Turn(StrEnum):
    """Who may write now."""

    MINE = "mine"
    BOT = "bot"
    OTHER = "other"
    """Another person holds the conversation."""
    STOPPED = "stopped"
    """The candidate said STOP."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """One kind of channel over which the candidate might be written to."""

    kind: ChannelKind
    barred: str
    """Why nothing can go there, in words; empty where it can."""
    only_templates: bool
    open_until: datetime | None
    """WhatsApp's window, where it is open."""

    @property
    def name(self) -> str:
        return NAMES[self.kind]

    @property
    def takes_words(self) -> bool:
        return not self.barred and not self.only_templates


@dataclass(frozen=True, slots=True)
class Composer:
    """What the place to write in offers."""

    turn: Turn
    held_by: str
    ways: tuple[WayOut, ...]
    """The one in use first."""
    templates: tuple[ApprovedTemplate, ...]
    """Where one of the ways takes templates alone."""
    barred: str
    """Why nobody can be written to at all."""

    @property
    def words_ways(self) -> tuple[WayOut, ...]:
        """Over which words of one's own can go."""
        return tuple(way for way in self.ways if way.takes_words)

    @property
    def template_ways(self) -> tuple[WayOut, ...]:
        """Over which a template can open what is closed."""
        return tuple(way for way in self.ways if way.only_templates and not way.barred)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message for later, or one that could not be sent when its moment came."""

    id: str
    author: str
    text: str
    kind: ChannelKind | None
    template: dict[str, Any] | None
    due_at: datetime
    waits: bool
    cause: str


def composer(work: Work, thread: Thread, user_id: int) -> Composer:
    """Return what a user may write to that candidate."""
    ways = _ways(work, thread)
    barred = ""
    if country := country_refused(work, thread):
        barred = f"Messages to {country} are not allowed. An administrator may add it to CALLBOARD_COUNTRIES."
    elif not ways:
        barred = "There is no channel over which this candidate can be reached."
    elif all(way.barred for way in ways):
        barred = " ".join(way.barred for way in ways)
    wants_templates = any(way.only_templates and not way.barred for way in ways)
    templates = tuple(approved_templates(work)) if wants_templates else ()
    return Composer(_turn(thread, user_id), thread.held_by or "", ways, templates, barred)


def _turn(thread: Thread, user_id: int) -> Turn:
    if thread.opted_out_at is not None:
        return Turn.STOPPED
    if thread.held_by is None:
        return Turn.BOT
    return Turn.MINE if thread.held_by_id == user_id else Turn.OTHER


def _ways(work: Work, thread: Thread) -> tuple[WayOut, ...]:
    channels = {channel.kind: channel for channel in reversed(active_channels(work))}
    found = [_way(work, thread, channel) for channel in channels.values()]
    return tuple(sorted((way for way in found if way), key=lambda way: (way.kind != thread.kind, way.kind)))


def _way(work: Work, thread: Thread, channel: ChannelRow) -> WayOut | None:
    if address_for(work, thread.candidate_id, channel.kind) is None:
        return None
    is_open = thread.window_open(work.now, channel.id)
    may = may_answer(work, thread, channel.kind)
    barred = "" if may else f"There is no consent for {NAMES[channel.kind]}: record theirs, or wait until they write."
    only_templates = needs_template(channel.kind, channel.provider, window_open=is_open)
    until = thread.window_until if is_open and channel.kind is ChannelKind.WHATSAPP else None
    return WayOut(channel.kind, barred, only_templates, until)


def scheduled_for(work: Work, conversation_id: int) -> list[Scheduled]:
    """Return what is to be sent later, the next first, and before it what lately could not be sent."""
    lately = (ScheduledMessage.status == ScheduledStatus.NOT_SENT) & (ScheduledMessage.ended_at > work.now - LATELY)
    which = or_(ScheduledMessage.status == ScheduledStatus.WAITING, lately)
    rows = work.connection.execute(
        select(
            ScheduledMessage.public_id,
            ScheduledMessage.text,
            ScheduledMessage.kind,
            ScheduledMessage.template,
            ScheduledMessage.due_at,
            ScheduledMessage.status,
            ScheduledMessage.cause,
            NAME_OF_USER.label("author"),
        )
        .join(User, User.id == ScheduledMessage.user_id)
        .where(ScheduledMessage.conversation_id == conversation_id, which)
        .order_by(ScheduledMessage.due_at, ScheduledMessage.id)
    )
    return [_scheduled(row) for row in rows]


def _scheduled(row: Any) -> Scheduled:
    kind = ChannelKind(row.kind) if row.kind else None
    waits = row.status == ScheduledStatus.WAITING
    return Scheduled(row.public_id, row.author, row.text, kind, row.template, row.due_at, waits, row.cause or "")


def segments_in_words(text: str) -> str:
    """Say how many SMS a text takes."""
    number = segments_of(text)
    return "1 SMS" if number == 1 else f"{number} SMS"


def assignees(work: Work) -> Sequence[tuple[int, str]]:
    """Return the users who may look after a conversation: id and name."""
    rows = work.connection.execute(
        select(User.id, NAME_OF_USER.label("name"))
        .where(User.disabled_at.is_(None), User.role.in_(("admin", "recruiter")))
        .order_by(NAME_OF_USER)
    )
    return [(row.id, row.name) for row in rows]
