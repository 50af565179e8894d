"""A message of ours that did not arrive, or may not have: what it was, and if it would be wanted were it sent again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.channels.base import ChannelKind
from bot.messaging.outbox import is_lasting, media_of, template_of
from bot.messaging.requeueing import ENDED
from bot.messaging.thread import Thread, address_for
from bot.models import Address, Channel, Delivery, Message
from bot.phones import phone_key
from bot.pipeline.runs import Run
from bot.work import Work
from flows.lifecycles import EnrolmentStatus


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that was not delivered, or of which nobody can tell."""

    id: int
    enrolment_id: int | None
    channel_id: int
    address_id: int
    address: str
    kind: ChannelKind
    sender: str
    origin: str
    text: str
    content: dict[str, Any]
    priority: int
    expires_at: datetime | None
    retry_of_id: int | None
    fallback_of_id: int | None
    place: int
    claimed_at: datetime | None
    is_welcome: bool


def load_unsent(work: Work, message_id: int) -> Unsent:
    """Read a message that was not delivered, or of which nobody can tell."""
    row = work.connection.execute(
        select(
            Message.id,
            Message.enrolment_id,
            Message.channel_id,
            Message.address_id,
            Address.value.label("address"),
            Channel.kind,
            Channel.address.label("sender"),
            Message.origin,
            Message.text,
            Message.content,
            Message.priority,
            Message.expires_at,
            Message.retry_of_id,
            Message.fallback_of_id,
            func.coalesce(Message.place, Message.id).label("place"),
            Message.claimed_at,
            Delivery.id.is_not(None).label("is_welcome"),
        )
        .join(Channel, Channel.id == Message.channel_id)
        .join(Address, Address.id == Message.address_id)
        .outerjoin(Delivery, Delivery.message_id == Message.id)
        .where(Message.id == message_id)
    ).one()
    return Unsent(**{**row._mapping, "kind": ChannelKind(row.kind)})  # noqa: SLF001  public, in spite of its name


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way over which the same words were sent in vain, and why in vain."""

    kind: ChannelKind
    code: str
    content: dict[str, Any]

    @property
    def is_free_text(self) -> bool:
        return template_of(self.content) is None


def attempts_before(work: Work, unsent: Unsent) -> list[Attempt]:
    """Return the ways that were tried before a message fell back to its own, the latest first.

    Of a message that was sent again on one channel, the last time counts: it says why another was tried.
    """
    found, retry_of, fallback_of = [], unsent.retry_of_id, unsent.fallback_of_id
    while before := fallback_of or retry_of:
        row = work.connection.execute(
            select(Channel.kind, Message.error_code, Message.content, Message.retry_of_id, Message.fallback_of_id)
            .join(Channel, Channel.id == Message.channel_id)
            .where(Message.id == before)
        ).one()
        if fallback_of is not None:
            found.append(Attempt(ChannelKind(row.kind), row.error_code or "", row.content))
        retry_of, fallback_of = row.retry_of_id, row.fallback_of_id
    return found


def went_to_former_number(work: Work, thread: Thread, unsent: Unsent) -> bool:
    """Say whether the candidate's number has been corrected since, and who has the old one may be somebody else."""
    current = address_for(work, thread.candidate_id, unsent.kind)
    if current is None or current[0] == unsent.address_id or thread.phone is None or not unsent.address.startswith("+"):
        return False
    return phone_key(unsent.address) != phone_key(thread.phone)


def of_use(work: Work, thread: Thread, run: Run | None, unsent: Unsent) -> bool:
    """Say whether the message, sent again, would still be wanted."""
    if thread.opted_out_at is not None or (unsent.expires_at is not None and unsent.expires_at <= work.now):
        return False
    if run is None:
        return True
    if unsent.is_welcome and run.status not in (EnrolmentStatus.SENDING, EnrolmentStatus.DELIVERED):
        return False
    if run.status in ENDED or _begun_anew(work, run, unsent):
        return False
    return not (_said_again if is_lasting(unsent.content) else _overtaken)(work, thread, run, unsent)


def _begun_anew(work: Work, run: Run, unsent: Unsent) -> bool:
    """Tell whether the welcome has gone another way since, and what follows it with it."""
    anew = (
        select(Delivery.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.enrolment_id == run.id, Message.fallback_of_id.is_not(None), Message.id > unsent.id)
    )
    return work.connection.execute(anew.limit(1)).first() is not None


def _said_again(work: Work, thread: Thread, run: Run, unsent: Unsent) -> bool:
    """Tell whether the same was told anew since, after the candidate went back."""
    since = select(Message.text, Message.content).where(
        Message.conversation_id == thread.id, Message.enrolment_id == run.id, ~Message.inbound, Message.id > unsent.id
    )
    same = (unsent.text, media_of(unsent.content))
    return any((row.text, media_of(row.content)) == same for row in work.connection.execute(since))


def _overtaken(work: Work, thread: Thread, run: Run, unsent: Unsent) -> bool:
    """Tell whether the candidate has written since and got an answer: the conversation is past this message."""
    replied = (
        select(func.min(Message.id))
        .where(Message.conversation_id == thread.id, Message.inbound, Message.id > unsent.id)
        .scalar_subquery()
    )
    answered = select(Message.id).where(
        Message.conversation_id == thread.id,
        Message.enrolment_id == run.id,
        ~Message.inbound,
        Message.id > replied,
        Message.retry_of_id.is_(None),
        Message.fallback_of_id.is_(None),
    )
    return work.connection.execute(answered.limit(1)).first() is not None
