"""The inbox: which conversations want a person, in the order in which they should be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from bot.channels.base import ChannelKind
from bot.errors import InvalidEvent
from bot.insight.board_where import spellings
from bot.insight.called_persons import needed_for
from bot.messaging.thread import NOT_DELIVERED, NOT_HANDLED, NOT_UNDERSTOOD, UNCONFIRMED
from bot.models import Application, Candidate, Channel, Conversation, Job, Message, ReadMark, User
from bot.models.base import Key, UtcDateTime
from bot.work import Work

MOST = 30
"""Conversations on a page."""
COUNTED = 100
"""Counting ends there: "99+" says enough."""
STUCK = frozenset({NOT_UNDERSTOOD, NOT_HANDLED, NOT_DELIVERED, UNCONFIRMED})
LONGEST_LINE = 140
FEWEST_DIGITS = 3
"""Fewer would find nearly everybody's number."""


class Tab(StrEnum):
    """A part of the inbox."""

    MINE = "mine"
    REPLY = "reply"
    UNASSIGNED = "unassigned"
    STUCK = "stuck"
    HELD = "held"
    ALL = "all"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def waits(self) -> bool:
        """Say whether it is in the order of waiting, longest first; else the latest is first."""
        return self in (Tab.REPLY, Tab.UNASSIGNED, Tab.STUCK)


_LABELS = {
    Tab.MINE: "Mine",
    Tab.REPLY: "Needs reply",
    Tab.UNASSIGNED: "Unassigned",
    Tab.STUCK: "Bot stuck",
    Tab.HELD: "Held by a person",
    Tab.ALL: "All",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation in the list."""

    id: str
    """The candidate's public id, by which a conversation is known outside."""
    conversation_id: int
    name: str
    job: str
    channel: ChannelKind | None
    last_text: str
    last_inbound: bool
    last_at: datetime | None
    awaiting_since: datetime | None
    needs: str
    held_by: str
    assigned_to: str
    unread: bool
    opted_out: bool
    window_until: datetime | None
    """WhatsApp's window, where it is open."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list, and the cursor of what follows it, empty at the end."""

    lines: tuple[Line, ...]
    following: str


def inbox_page(work: Work, user_id: int, tab: Tab, *, after: str = "", search: str = "") -> Page:
    """Return a page of a tab; with *search*, the latest of all whose name, phone or e-mail holds it.

    Raises `InvalidEvent` for a cursor that is none.
    """
    if search.strip():
        return Page(tuple(_lines(work, user_id, _found(work, search))), "")
    moment = Conversation.awaiting_since if tab.waits else Conversation.stirred_at
    keys = _of_tab(user_id, tab)
    if after:
        keys = keys.where(_beyond(tab, after))
    order = (moment.asc(), Conversation.id.asc()) if tab.waits else (moment.desc(), Conversation.id.desc())
    found = work.connection.execute(keys.add_columns(moment).order_by(*order).limit(MOST + 1)).all()
    shown = found[:MOST]
    following = _cursor(shown[-1]) if len(found) > MOST else ""
    return Page(tuple(_lines(work, user_id, [row[0] for row in shown])), following)


def inbox_lines(work: Work, user_id: int, conversation_ids: Sequence[int]) -> list[Line]:
    """Return the lines of some conversations, in their order."""
    return _lines(work, user_id, conversation_ids)


def tab_counts(work: Work, user_id: int) -> Mapping[Tab, str]:
    """Return how many conversations each tab holds, "99+" where there are more; all has no number."""
    counts: dict[Tab, str] = {}
    for tab in Tab:
        if tab is not Tab.ALL:
            counts[tab] = _count(work, _of_tab(user_id, tab))
    return counts


def awaited_count(work: Work) -> str:
    """Return in how many conversations a person is awaited: for a reply, or because the bot is stuck.

    Every open page asks for it whenever a conversation changes, so it is one look at one index.
    """
    return _count(work, select(Conversation.id).where(Conversation.awaiting_since.is_not(None)))


def _count(work: Work, keys: Select[Any]) -> str:
    some = keys.limit(COUNTED).subquery()
    number = work.connection.execute(select(func.count()).select_from(some)).scalar_one()
    return f"{COUNTED - 1}+" if number >= COUNTED else str(number)


def _of_tab(user_id: int, tab: Tab) -> Select[Any]:
    """Choose by exactly the condition of an index, and what little is left to look at beside it."""
    keys = select(Conversation.id)
    awaited = Conversation.awaiting_since.is_not(None)
    match tab:
        case Tab.MINE:
            return keys.where(Conversation.assigned_to_id == user_id, Conversation.assigned_to_id.is_not(None))
        case Tab.REPLY:
            by_words = or_(Conversation.needs_person.is_(None), Conversation.needs_person.not_in(STUCK))
            return keys.where(awaited, by_words)
        case Tab.UNASSIGNED:
            return keys.where(awaited, Conversation.assigned_to_id.is_(None))
        case Tab.STUCK:
            return keys.where(awaited, Conversation.needs_person.in_(STUCK))
        case Tab.HELD:
            return keys.where(Conversation.held_by.is_not(None))
        case Tab.ALL:
            return keys.where(Conversation.stirred_at.is_not(None))


def _found(work: Work, search: str) -> Sequence[int]:
    words = " ".join(search.split())[:100]
    name = Candidate.first_name + " " + Candidate.last_name
    digits = "".join(character for character in words if character.isdigit())
    columns = (name, Candidate.email)
    ways = [column.icontains(spelling, autoescape=True) for column in columns for spelling in spellings(words)]
    if len(digits) >= FEWEST_DIGITS:
        ways.append(Candidate.phone.like(f"%{digits}%"))
    found = select(Conversation.id).join(Candidate, Candidate.id == Conversation.candidate_id).where(or_(*ways))
    latest_first = (Conversation.stirred_at.desc().nulls_last(), Conversation.id.desc())
    return work.connection.execute(found.order_by(*latest_first).limit(MOST)).scalars().all()


def _cursor(row: Any) -> str:
    return f"{row[1].isoformat()}~{row[0]}"


def _beyond(tab: Tab, after: str) -> ColumnElement[bool]:
    """Return the condition on what follows a cursor."""
    moment, _, key = after.partition("~")
    try:
        at, last = datetime.fromisoformat(moment), int(key)
    except ValueError:
        raise InvalidEvent("This address is not complete. Begin at the top of the list.", field="after") from None
    if at.tzinfo is None or not 0 <= last < 2**63:
        raise InvalidEvent("This address is not complete. Begin at the top of the list.", field="after")
    here = tuple_(literal(at, UtcDateTime()), literal(last, Key))
    if tab.waits:
        return tuple_(Conversation.awaiting_since, Conversation.id) > here
    return tuple_(Conversation.stirred_at, Conversation.id) < here


def _lines(work: Work, user_id: int, conversation_ids: Sequence[int]) -> list[Line]:
    """Read all that a line shows at once, of a page's conversations alone."""
    latest, inbound = _last_message(), _last_message(inbound=True)
    title = (
        select(Job.title)
        .join(Application, Application.job_id == Job.id)
        .where(Application.candidate_id == Candidate.id)
        .order_by((Application.state == "active").desc(), Application.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    assignee, last = aliased(User), aliased(Message)
    read = and_(ReadMark.conversation_id == Conversation.id, ReadMark.user_id == user_id)
    rows = work.connection.execute(
        select(
            Conversation.id, Candidate.public_id, Candidate.first_name, Candidate.last_name, Candidate.phone,
            Candidate.opted_out_at, Conversation.awaiting_since, Conversation.needs_person, Conversation.held_by,
            Conversation.window_until, Conversation.window_channel_id, Conversation.channel_id, Channel.kind,
            Conversation.assigned_to_id, _name_of(assignee).label("assigned_to"), title.label("job"),
            last.text, last.content, last.inbound, last.created_at, inbound.label("last_inbound_id"),
            ReadMark.message_id.label("read_to"),
        )
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .outerjoin(Channel, Channel.id == Conversation.channel_id)
        .outerjoin(assignee, assignee.id == Conversation.assigned_to_id)
        .outerjoin(last, last.id == latest)
        .outerjoin(ReadMark, read)
        .where(Conversation.id.in_(conversation_ids))
    ).all()  # fmt: skip
    by_id = {row.id: _line(row, user_id, work.now) for row in rows}
    return [by_id[key] for key in conversation_ids if key in by_id]


def _last_message(*, inbound: bool = False) -> Any:
    which = select(Message.id).where(Message.conversation_id == Conversation.id)
    if inbound:
        which = which.where(Message.inbound)
    return which.order_by(Message.id.desc()).limit(1).correlate(Conversation).scalar_subquery()


def _name_of(user: type[User]) -> ColumnElement[str]:
    return func.coalesce(func.nullif(user.name, ""), user.email)


def _line(row: Any, user_id: int, now: datetime) -> Line:
    concerns = row.awaiting_since is not None or row.assigned_to_id == user_id
    is_new = row.last_inbound_id is not None and row.last_inbound_id > (row.read_to or 0)
    window = row.window_until if row.window_channel_id == row.channel_id else None
    return Line(
        id=row.public_id,
        conversation_id=row.id,
        name=f"{row.first_name} {row.last_name}".strip() or row.phone or "Unknown",
        job=row.job or "",
        channel=ChannelKind(row.kind) if row.kind else None,
        last_text=_last_words(row),
        last_inbound=bool(row.inbound),
        last_at=row.created_at,
        awaiting_since=row.awaiting_since,
        needs=needed_for(row.needs_person),
        held_by=row.held_by or "",
        assigned_to=row.assigned_to or "",
        unread=concerns and is_new,
        opted_out=row.opted_out_at is not None,
        window_until=window if window is not None and window > now else None,
    )


def _last_words(row: Any) -> str:
    text = " ".join((row.text or "").split())
    if not text and row.content and row.content.get("media"):
        return "[attachment]"
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
