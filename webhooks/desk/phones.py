"""What the sandbox phones show: for each candidate one of WhatsApp and one of SMS, read from the messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select

from bot.channels.base import ChannelKind, Media, MessageStatus, Option
from bot.channels.sandbox import PHONES
from bot.messaging.outbox import media_of, options_of
from bot.models import Application, Candidate, Channel, Conversation, InboundStatus, Job, Message
from bot.work import Work
from flows import limits

MOST = 200
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_ARRIVED = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
_ON_THE_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING)


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the phone shows it; what the candidate wrote is *mine*."""

    id: str
    text: str
    at: datetime
    mine: bool
    media: Media | None = None
    options: tuple[Option, ...] = ()
    list_label: str = ""
    handled: bool = False

    @property
    def is_list(self) -> bool:
        """More options than WhatsApp has buttons for, or longer ones, open as a list."""
        longest = max((len(option.label) for option in self.options), default=0)
        return len(self.options) > limits.BUTTONS or longest > limits.BUTTON_LABEL


@dataclass(frozen=True, slots=True)
class PhoneOwner:
    """Somebody whose phones can be held."""

    id: int
    public_id: str
    first_name: str
    name: str
    number: str
    language: str
    zone: str

    @property
    def direction(self) -> str:
        """How their phone is laid out."""
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"


@dataclass(frozen=True, slots=True)
class Phone:
    """One of a candidate's two phones."""

    kind: ChannelKind
    bubbles: tuple[Bubble, ...]
    writing: bool
    """Something for this phone is about to be sent."""
    news_elsewhere: bool
    """The latest message is on the other one."""

    @property
    def ours(self) -> str:
        """Our number, as this phone shows it."""
        return PHONES[self.kind]


def people(work: Work, find: str = "") -> list[PhoneOwner]:
    """Return the candidates with a number, the latest first: those whose name or number holds each word of *find*."""
    whole = Candidate.first_name + " " + Candidate.last_name + " " + Candidate.phone
    found = [whole.icontains(word, autoescape=True) for word in find.split()]
    rows = work.connection.execute(_people().where(*found).limit(MOST))
    return [_owner(row) for row in rows]


def person_of(work: Work, public_id: str) -> PhoneOwner | None:
    """Return the candidate with that id, who may be older than the latest; None where there is none with a number."""
    row = work.connection.execute(_people().where(Candidate.public_id == public_id)).first()
    return _owner(row) if row is not None else None


def _people() -> Select[*tuple[Any, ...]]:
    of_candidate = select(func.max(Application.job_id)).where(Application.candidate_id == Candidate.id)
    job = of_candidate.correlate(Candidate).scalar_subquery()
    person = (
        Candidate.id, Candidate.public_id, Candidate.first_name, Candidate.last_name, Candidate.phone,
        Candidate.language, Candidate.time_zone,
    )  # fmt: skip
    return (
        select(*person, Job.language.label("job_language"), Job.time_zone.label("job_zone"))
        .outerjoin(Job, Job.id == job)
        .where(Candidate.phone.is_not(None))
        .order_by(Candidate.id.desc())
    )


def _owner(row: Any) -> PhoneOwner:
    name = f"{row.first_name} {row.last_name}".strip() or row.phone
    language = (row.language or row.job_language or "en").partition("-")[0]
    zone = row.time_zone or row.job_zone or "UTC"
    return PhoneOwner(row.id, row.public_id, row.first_name or name, name, row.phone, language, zone)


def phone_of(work: Work, owner: PhoneOwner, wanted: str) -> Phone:
    """Return the phone of that kind; without a wish, the one on which the conversation runs."""
    kind = ChannelKind(wanted if wanted in list(ChannelKind) else _in_use(work, owner) or ChannelKind.WHATSAPP)
    latest = _latest(work, owner)
    elsewhere = latest is not None and latest != kind
    return Phone(kind, _bubbles(work, owner, kind), _writing(work, owner, kind), elsewhere)


def _in_use(work: Work, owner: PhoneOwner) -> str | None:
    """Return over which kind of channel the conversation runs, also before anything has arrived."""
    return work.connection.execute(
        select(Channel.kind)
        .join(Conversation, Conversation.channel_id == Channel.id)
        .where(Conversation.candidate_id == owner.id)
    ).scalar_one_or_none()


def _latest(work: Work, owner: PhoneOwner) -> str | None:
    """Return on which phone the latest message is."""
    return work.connection.execute(
        select(Channel.kind)
        .join(Message, Message.channel_id == Channel.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.candidate_id == owner.id, _shown())
        .order_by(Message.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _shown() -> Any:
    return or_(Message.inbound, Message.status.in_(_ARRIVED))


def _bubbles(work: Work, owner: PhoneOwner, kind: ChannelKind) -> tuple[Bubble, ...]:
    rows = work.connection.execute(
        select(Message.public_id, Message.inbound, Message.text, Message.content, Message.status, Message.created_at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Conversation.candidate_id == owner.id, Channel.kind == kind, _shown())
        .order_by(Message.id.desc())
        .limit(MOST)
    ).all()
    zone = ZoneInfo(owner.zone)
    return tuple(_bubble(row, zone, last=row is rows[0]) for row in reversed(rows))


def _bubble(row: Any, zone: ZoneInfo, *, last: bool) -> Bubble:
    """Only the last message can be tapped: an older question has been answered or left."""
    at = row.created_at.astimezone(zone)
    if row.inbound:
        return Bubble(row.public_id, row.text, at, mine=True, handled=row.status == InboundStatus.HANDLED)
    tapped = last and row.content.get("tapped") is True
    return Bubble(
        row.public_id,
        row.text,
        at,
        mine=False,
        media=media_of(row.content),
        options=options_of(row.content) if tapped else (),
        list_label=row.content.get("list_label", ""),
    )


def _writing(work: Work, owner: PhoneOwner, kind: ChannelKind) -> bool:
    due = or_(Message.not_before.is_(None), Message.not_before <= work.now)
    waiting = (
        select(Message.id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Conversation.candidate_id == owner.id, Channel.kind == kind, ~Message.inbound)
        .where(Message.status.in_(_ON_THE_WAY), ~Message.held, due)
    )
    return work.connection.execute(waiting.limit(1)).first() is not None
