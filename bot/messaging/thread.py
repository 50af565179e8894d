"""A candidate's thread as one value, read under its lock: all that a turn needs to know about whom it talks to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from bot.channels.base import ChannelKind, MessageStatus
from bot.errors import NotFound
from bot.models import Address, Candidate, Channel, Conversation, Message, Topic
from bot.reply_window import closes_at
from bot.statements import Prepared, change_row
from bot.work import Work

WINDOW_GRAIN = timedelta(minutes=1)
ASKED = "asked"
NOT_UNDERSTOOD = "not_understood"
UNCONFIRMED = "unconfirmed"
"""Nobody can tell whether a message of ours went: a person decides."""
ASKED_BEFORE = "asked_before"
"""They asked for a person before the campaign that runs now, and nobody has written yet."""
NOT_DELIVERED = "not_delivered"
NOT_HANDLED = "not_handled"
WROTE = "wrote"
WROTE_AFTER_STOP = "wrote_after_stop"
CAME_BACK = "came_back"
"""They said START after STOP had ended a campaign: it stays ended until a person moves them or sends it again."""


@dataclass(slots=True)
class Thread:
    """A conversation and its candidate. Changed in place as the turn goes on, and in the database with it."""

    id: int
    candidate_id: int
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    city: str | None
    language: str | None
    time_zone: str | None
    preferred: str | None
    fields: dict[str, Any]
    opted_out_at: datetime | None
    active_enrolment_id: int | None
    channel_id: int | None
    address_id: int | None
    kind: ChannelKind | None  # of the channel in use
    provider: str | None
    window_until: datetime | None
    window_channel_id: int | None
    held_by: str | None
    held_by_id: int | None
    assigned_to_id: int | None
    needs_person: str | None
    awaiting_since: datetime | None
    stirred_at: datetime | None
    pending: dict[str, Any] | None
    backlog: bool
    last_notice_at: datetime | None
    comes_again: bool
    """Something that was sent waits to be sent again, or over another channel."""

    def window_open(self, now: datetime, channel_id: int | None = None) -> bool:
        """Say whether free text may go out on WhatsApp over that channel of ours (the one in use) now."""
        if self.window_until is None or self.window_channel_id != (channel_id or self.channel_id):
            return False
        return now < self.window_until


THREAD_COLUMNS = (
    Conversation.id,
    Conversation.candidate_id,
    Candidate.first_name,
    Candidate.last_name,
    Candidate.phone,
    Candidate.email,
    Candidate.city,
    Candidate.language,
    Candidate.time_zone,
    Candidate.channel.label("preferred"),
    Candidate.fields,
    Candidate.opted_out_at,
    Conversation.active_enrolment_id,
    Conversation.channel_id,
    Conversation.address_id,
    Channel.kind,
    Channel.provider,
    Conversation.window_until,
    Conversation.window_channel_id,
    Conversation.held_by,
    Conversation.held_by_id,
    Conversation.assigned_to_id,
    Conversation.needs_person,
    Conversation.awaiting_since,
    Conversation.stirred_at,
    Conversation.pending,
    Conversation.backlog,
    Conversation.last_notice_at,
    select(Message.id)
    .where(
        Message.conversation_id == Conversation.id,
        Message.status.in_([MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT]),
        Message.confirmed_at.is_(None),  # as the index of what is not settled has it
        Message.status == MessageStatus.QUEUED,
        or_(Message.retry_of_id.is_not(None), Message.fallback_of_id.is_not(None)),
    )
    .exists()
    .label("comes_again"),
)


def lock_thread(work: Work, candidate_id: int) -> Thread:
    """Take a candidate's conversation for this transaction. Raises `NotFound`."""
    return _lock(work, *_BY_CANDIDATE, candidate_id, f"candidate {candidate_id}")


def lock_conversation(work: Work, conversation_id: int) -> Thread:
    """Take a conversation for this transaction. Raises `NotFound`."""
    return _lock(work, *_BY_ID, conversation_id, f"conversation {conversation_id}")


def see_thread(work: Work, candidate_id: int) -> Thread:
    """Read a candidate's conversation without taking it: for pages, which change nothing. Raises `NotFound`."""
    row = _BY_CANDIDATE[1].first(work.connection, key=candidate_id)
    if row is None:
        raise NotFound(f"there is no conversation of candidate {candidate_id}")
    return thread_from(row)


def _lock(work: Work, lock: Prepared, read: Prepared, key: int, what: str) -> Thread:
    """On PostgreSQL the row is locked first and read after, in one go: the reading must see what we waited for."""
    if not work.runtime.database.is_sqlite:
        lock.run_later(work.connection, key=key)
    row = read.first(work.connection, key=key)
    if row is None:
        raise NotFound(f"there is no conversation of {what}")
    thread = thread_from(row)
    work.changed(Topic.CONVERSATION, thread.id)  # who takes it is about to change it
    return thread


def _statements(column: InstrumentedAttribute[int]) -> tuple[Prepared, Prepared]:
    """Return what locks a conversation, and what reads it, by a column of it."""
    which = column == bindparam("key")
    reading = (
        select(*THREAD_COLUMNS)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .outerjoin(Channel, Channel.id == Conversation.channel_id)
        .where(which)
    )
    locking = select(Conversation.id).where(which).with_for_update()
    return Prepared(lambda _: locking), Prepared(lambda _: reading)


_BY_CANDIDATE = _statements(Conversation.candidate_id)
_BY_ID = _statements(Conversation.id)


def thread_from(row: Sequence[Any]) -> Thread:
    """Make a thread of the values of `THREAD_COLUMNS`."""
    values = list(row)
    values[15] = ChannelKind(values[15]) if values[15] else None
    return Thread(*values)


def open_conversation(work: Work, candidate_id: int) -> int:
    """Make the one conversation of a new candidate; return its id."""
    made = work.connection.execute(
        insert(Conversation).values(candidate_id=candidate_id, created_at=work.now).returning(Conversation.id)
    )
    return made.scalar_one()


_ATTENTION = frozenset({"needs_person", "held_by", "held_by_id", "assigned_to_id", "awaiting_since"})


def change_thread(work: Work, thread: Thread, **changes: Any) -> None:
    """Change columns of the conversation, in the database and in *thread*.

    A person who is needed is awaited from then on, and no more once none is needed; whoever holds it is still awaited.
    """
    if "needs_person" in changes and "awaiting_since" not in changes:
        changes |= _awaiting(work, thread, is_called=changes["needs_person"] is not None)
    change_row(work.connection, Conversation, thread.id, **changes)
    if not _ATTENTION.isdisjoint(changes):
        work.changed(Topic.INBOX, thread.id)
    for name, value in changes.items():
        setattr(thread, name, value)


def _awaiting(work: Work, thread: Thread, *, is_called: bool) -> dict[str, Any]:
    if is_called == (thread.awaiting_since is not None) or (not is_called and thread.held_by is not None):
        return {}
    return {"awaiting_since": work.now if is_called else None}


def hear_again(work: Work, thread: Thread) -> None:
    """A new campaign goes out, and what they reply is for that. A person whom they asked for is still to come."""
    after = {NOT_UNDERSTOOD: None, CAME_BACK: None, ASKED: ASKED_BEFORE}
    if thread.needs_person in after:
        change_thread(work, thread, needs_person=after[thread.needs_person])


def note_inbound(work: Work, thread: Thread, channel: "ChannelRow", address_id: int, written_at: datetime) -> None:
    """The candidate wrote: answer where they wrote, and on WhatsApp the window is open again."""
    news: dict[str, Any] = stirring(work, thread)
    if channel.kind is ChannelKind.WHATSAPP:
        until = closes_at(min(written_at, work.now))
        if _moves(thread, channel.id, until):
            news |= {"window_until": until, "window_channel_id": channel.id}
    use_channel(work, thread, channel, address_id, **news)


def stirring(work: Work, thread: Thread) -> dict[str, Any]:
    """Return what moves a conversation to the top of the inbox; nothing where it was there within the minute."""
    since = thread.stirred_at
    return {} if since is not None and work.now - since < WINDOW_GRAIN else {"stirred_at": work.now}


def use_channel(work: Work, thread: Thread, channel: "ChannelRow", address_id: int, **more: Any) -> None:
    """Let the conversation go on over that channel of ours, to that address; change *more* with it."""
    thread.kind, thread.provider = channel.kind, channel.provider
    news = {"channel_id": channel.id, "address_id": address_id, **more}
    if changes := {name: value for name, value in news.items() if getattr(thread, name) != value}:
        change_thread(work, thread, **changes)


def _moves(thread: Thread, channel_id: int, until: datetime) -> bool:
    """A window that would move by less than a minute stays: it closes that much early, and a quick chat writes less."""
    if thread.window_channel_id != channel_id or thread.window_until is None:
        return True
    return until - thread.window_until >= WINDOW_GRAIN


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One of our channels."""

    id: int
    kind: ChannelKind
    provider: str
    address: str


def active_channels(work: Work) -> tuple[ChannelRow, ...]:
    """Return our channels in use, oldest first."""
    rows = _ACTIVE.all(work.connection)
    return tuple(ChannelRow(row.id, ChannelKind(row.kind), row.provider, row.address) for row in rows)


_ACTIVE = Prepared(
    lambda _: (
        select(Channel.id, Channel.kind, Channel.provider, Channel.address).where(Channel.active).order_by(Channel.id)
    )
)


def address_for(work: Work, candidate_id: int, kind: ChannelKind) -> tuple[int, str | None] | None:
    """Return the address last used on that kind of channel: its id, and the code if it cannot be reached there."""
    row = _LAST_USED.first(work.connection, candidate_id=candidate_id, kind=kind)
    return (row.id, row.unreachable_code) if row else None


_LAST_USED = Prepared(
    lambda _: (
        select(Address.id, Address.unreachable_code)
        .where(Address.candidate_id == bindparam("candidate_id"), Address.kind == bindparam("kind"))
        .order_by(Address.used_at.desc(), Address.id.desc())
        .limit(1)
    )
)


def use_address(work: Work, candidate_id: int, kind: ChannelKind, value: str) -> int:
    """Find or add an address of a candidate and make it the one that is written to; return its id."""
    found = work.connection.execute(
        update(Address)
        .where(Address.kind == kind, Address.value == value)
        .values(used_at=work.now, unreachable_code=None)
        .returning(Address.id)
    ).scalar_one_or_none()
    if found is not None:
        return found
    made = work.connection.execute(
        insert(Address)
        .values(candidate_id=candidate_id, kind=kind, value=value, used_at=work.now)
        .returning(Address.id)
    )
    return made.scalar_one()
