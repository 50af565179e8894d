"""A conversation as people read it: messages, private notes, and where in which campaign each thing was said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, func, or_, select

from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue.naming import NAME_OF_USER
from bot.insight.enrolments import explain_message
from bot.insight.waiting import why_messages_wait
from bot.models import (
    Application,
    Channel,
    ConversationNote,
    Enrolment,
    InboundStatus,
    Job,
    Message,
    Origin,
    Stage,
    User,
)
from bot.pipeline.runs import flow_of
from bot.work import Work

MOST = 50
"""Messages on a page of a thread."""


@dataclass(frozen=True, slots=True)
class Day:
    """A new day begins."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where in which campaign the conversation is from here on."""

    words: str
    job: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Medium:
    """Something attached. What came in is with the provider, and has no address that people could open."""

    kind: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    id: str
    key: int
    inbound: bool
    origin: Origin
    author: str
    channel: ChannelKind
    text: str
    options: tuple[str, ...]
    media: tuple[Medium, ...]
    template: str
    status: MessageStatus | InboundStatus
    explanation: str
    at: datetime
    segments: int
    may_be_sent_again: bool
    """A person's message that failed."""
    is_in_doubt: bool
    """Nobody can tell whether it went; a person says."""

    @property
    def failed(self) -> bool:
        return self.status in (MessageStatus.FAILED, InboundStatus.ABANDONED)


@dataclass(frozen=True, slots=True)
class Noted:
    """A private note."""

    id: str
    author: str
    text: str
    at: datetime
    is_own: bool


Entry = Day | Place | Said | Noted


@dataclass(frozen=True, slots=True)
class Thread:
    """A part of a conversation, oldest first, with the zone in which it is told."""

    entries: tuple[Entry, ...]
    earlier: int | None
    """The cursor of what was said before, None at the beginning."""
    latest_inbound: int
    zone: str


def zone_of(work: Work, candidate_id: int) -> str:
    """Return the zone of the job that they talk about, UTC without one."""
    latest = (
        select(Job.time_zone)
        .join(Application, Application.job_id == Job.id)
        .where(Application.candidate_id == candidate_id)
        .order_by((Application.state == "active").desc(), Application.id.desc())
        .limit(1)
    )
    return work.connection.execute(latest).scalar_one_or_none() or "UTC"


def thread_page(
    work: Work,
    conversation_id: int,
    user_id: int,
    zone: str,
    *,
    before: int | None = None,
    most: int = MOST,
    sees: ColumnElement[bool] | None = None,
) -> Thread:
    """Return the latest of a conversation, or what came before the message *before*.

    What was said in campaigns is told only of the jobs that *sees* holds.
    """
    of_thread = Message.conversation_id == conversation_id
    if sees is not None:
        of_thread &= or_(Message.enrolment_id.is_(None), sees)
    which = of_thread if before is None else of_thread & (Message.id < before)
    found = work.connection.execute(_MESSAGES.where(which).order_by(Message.id.desc()).limit(most + 1)).all()
    rows = found[:most][::-1]
    is_all = len(found) <= most
    notes = _notes(work, conversation_id, None if is_all else rows[0].created_at, _moment_of(work, before))
    said = _with_places(work, rows, ZoneInfo(zone))
    entries = _by_day(_merged(said, [_noted(row, user_id, ZoneInfo(zone)) for row in notes]))
    latest = max((row.id for row in rows if row.inbound), default=0)
    return Thread(tuple(entries), None if is_all else rows[0].id, latest, zone)


def _moment_of(work: Work, message_id: int | None) -> datetime | None:
    found: datetime | None = work.connection.execute(
        select(Message.created_at).where(Message.id == message_id)
    ).scalar_one_or_none()
    return found


def _notes(
    work: Work, conversation_id: int, since: datetime | None, until: datetime | None
) -> Sequence[Row[str, str, datetime, int, str]]:
    """Return the notes that were written while the messages of a page were."""
    of_thread = [ConversationNote.conversation_id == conversation_id, ConversationNote.deleted_at.is_(None)]
    of_thread += [] if since is None else [ConversationNote.created_at >= since]
    of_thread += [] if until is None else [ConversationNote.created_at < until]
    columns = (ConversationNote.public_id, ConversationNote.text, ConversationNote.created_at, ConversationNote.user_id)
    found = select(*columns, NAME_OF_USER.label("author")).join(User, User.id == ConversationNote.user_id)
    return work.connection.execute(found.where(*of_thread).order_by(ConversationNote.created_at)).all()


def _noted(row: Any, user_id: int, zone: tzinfo) -> Noted:
    return Noted(row.public_id, row.author, row.text, row.created_at.astimezone(zone), row.user_id == user_id)


def _with_places(work: Work, rows: Sequence[Any], zone: tzinfo) -> Iterator[Place | Said]:
    """Say before a message where its campaign is, when that is news."""
    waiting = why_messages_wait(work, [row.id for row in rows if row.status == MessageStatus.QUEUED])
    retried = {row.retry_of_id for row in rows if row.retry_of_id}
    enrolment_id, question = None, None
    for row in rows:
        if not row.inbound and row.enrolment_id not in (None, enrolment_id):
            enrolment_id, question = row.enrolment_id, None
            yield Place(f"Campaign of the stage {row.stage}", row.job, row.stage)
        asked = row.content.get("question")
        if asked and row.enrolment_id == enrolment_id and asked != question:
            question = asked
            if words := _count_of(work, row.version_id, asked):
                yield Place(words)
        yield _said(row, zone, waiting.get(row.id), may_be_sent_again=row.id not in retried)


def _count_of(work: Work, version_id: int, key: str) -> str:
    keys = [question.key for question in flow_of(work, version_id).flow.questions()]
    return f"Question {keys.index(key) + 1} of {len(keys)}" if key in keys else ""


def _said(row: Any, zone: tzinfo, why_it_waits: str | None, *, may_be_sent_again: bool) -> Said:
    content, origin = row.content, Origin(row.origin)
    return Said(
        id=row.public_id,
        key=row.id,
        inbound=row.inbound,
        origin=origin,
        author=content.get("author", ""),
        channel=ChannelKind(row.kind),
        text=content.get("plain", row.text) if content.get("tapped") else row.text,
        options=tuple(label for _, label in content.get("options", ())) if content.get("tapped") else (),
        media=_media(content, inbound=row.inbound),
        template=(content.get("template") or {}).get("name", ""),
        status=InboundStatus(row.status) if row.inbound else MessageStatus(row.status),
        explanation=why_it_waits or explain_message(row) or "",
        at=row.created_at.astimezone(zone),
        segments=row.segments,
        may_be_sent_again=may_be_sent_again and origin is Origin.PERSON and row.status == MessageStatus.FAILED,
        is_in_doubt=row.status == MessageStatus.UNCONFIRMED,
    )


def _media(content: dict[str, Any], *, inbound: bool) -> tuple[Medium, ...]:
    stored = content.get("media") or []
    media = [stored] if isinstance(stored, dict) else stored
    return tuple(
        Medium(each["kind"], each.get("filename") or "", "" if inbound else _web_address(each.get("url", "")))
        for each in media
    )


def _web_address(url: str) -> str:
    """Return an address that a page may lead to, none for any other."""
    return url if url.startswith(("https://", "http://")) else ""


def _merged(said: Iterator[Place | Said], notes: Sequence[Noted]) -> Iterator[Place | Said | Noted]:
    """Put notes among the messages, each before the first that is younger; a place stays with its message."""
    waiting, places = list(notes), list[Place]()
    for entry in said:
        if isinstance(entry, Place):
            places.append(entry)
            continue
        while waiting and waiting[0].at < entry.at:
            yield waiting.pop(0)
        yield from places
        places.clear()
        yield entry
    yield from waiting


def _by_day(entries: Iterator[Place | Said | Noted]) -> Iterator[Entry]:
    day, places = None, list[Place]()
    for entry in entries:
        if isinstance(entry, Place):
            places.append(entry)
            continue
        if entry.at.date() != day:
            day = entry.at.date()
            yield Day(entry.at)
        yield from places
        places.clear()
        yield entry


_MESSAGES = (
    select(
        Message.id, Message.public_id, Message.inbound, Message.origin, Message.text, Message.content, Message.status,
        Message.error_code, Message.cause, Message.created_at, Message.segments, Message.retry_of_id,
        Message.enrolment_id, Channel.kind, Enrolment.version_id, func.coalesce(Stage.name, "").label("stage"),
        func.coalesce(Job.title, "").label("job"),
    )
    .join(Channel, Channel.id == Message.channel_id)
    .outerjoin(Enrolment, Enrolment.id == Message.enrolment_id)
    .outerjoin(Stage, Stage.id == Enrolment.stage_id)
    .outerjoin(Job, Job.id == Enrolment.job_id)
)  # fmt: skip
