"""Who wrote, over which of our channels, and where they stand: all that a turn needs to know, under its lock."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, insert, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Executable

from bot.channels.base import InboundMessage
from bot.intake.people import find_sender, touch
from bot.messaging.thread import THREAD_COLUMNS, ChannelRow, Thread, lock_thread, thread_from
from bot.models import Address, Candidate, Channel, Conversation, Enrolment, Job, Message
from bot.pipeline.runs import RUN_COLUMNS, Run, load_run, run_from
from bot.statements import Prepared
from bot.work import Work


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message's way in: our channel, their address, their thread, and the enrolment that has the turn.

    *seen*: we have this message already.
    """

    channel: ChannelRow
    address_id: int
    thread: Thread
    run: Run | None
    seen: bool


def find_arrival(work: Work, provider: str, inbound: InboundMessage) -> Arrival:
    """Find the person and lock their thread; an address, a person or a channel that is new is made."""
    return _known(work, provider, inbound) or _new(work, provider, inbound)


def _known(work: Work, provider: str, inbound: InboundMessage) -> Arrival | None:
    """Read everything at once. On PostgreSQL the lock comes first: the reading must see what we waited for."""
    who = {"kind": inbound.kind, "value": inbound.sender}
    if not work.runtime.database.is_sqlite:
        _LOCK.run_later(work.connection, **who)
    row = _READ.first(work.connection, provider=provider, to=inbound.to, provider_id=inbound.provider_id, **who)
    if row is None:
        return None
    channel_id, seen, address_id, unreachable_code, *rest = row
    thread, run = thread_from(rest[: len(THREAD_COLUMNS)]), rest[len(THREAD_COLUMNS) :]
    if unreachable_code is not None or thread.address_id != address_id:
        # they can be reached there after all, or have changed to it; most write from where we wrote to them last
        touch(work, address_id)
    channel = ChannelRow(channel_id, inbound.kind, provider, inbound.to)
    return Arrival(channel, address_id, thread, None if run[0] is None else run_from(run), seen)


def _new(work: Work, provider: str, inbound: InboundMessage) -> Arrival:
    channel = _channel(work, provider, inbound)
    sender = find_sender(work, inbound)
    thread = lock_thread(work, sender.candidate_id)
    touch(work, sender.address_id)
    active = thread.active_enrolment_id
    run = None if active is None else load_run(work, active)
    return Arrival(channel, sender.address_id, thread, run, _is_stored(work, channel, inbound))


def _is_stored(work: Work, channel: ChannelRow, inbound: InboundMessage) -> bool:
    same = (Message.provider_id == inbound.provider_id, Message.channel_id == channel.id)
    return work.connection.execute(select(Message.id).where(*same)).first() is not None


def _channel(work: Work, provider: str, inbound: InboundMessage) -> ChannelRow:
    """Return the channel that was written to; an address of ours that we did not know is kept, but not used to send."""
    given = {"provider": provider, "kind": inbound.kind, "address": inbound.to}
    found = work.connection.execute(select(Channel.id).filter_by(**given)).scalar_one_or_none()
    if found is None:
        made = insert(Channel).values(**given, active=False, failures=0).returning(Channel.id)
        found = work.connection.execute(made).scalar_one()
    return ChannelRow(found, inbound.kind, provider, inbound.to)


_THEIRS = and_(Address.kind == bindparam("kind"), Address.value == bindparam("value"))


def _locking(_: str) -> Executable:
    of_candidate = Address.candidate_id == Conversation.candidate_id
    return select(Conversation.id).join(Address, of_candidate).where(_THEIRS).with_for_update(of=Conversation)


def _reading(_: str) -> Executable:
    ours = aliased(Channel)
    written_to = and_(
        ours.provider == bindparam("provider"), ours.kind == bindparam("kind"), ours.address == bindparam("to")
    )
    seen = exists().where(Message.provider_id == bindparam("provider_id"), Message.channel_id == ours.id)
    return (
        select(ours.id, seen, Address.id, Address.unreachable_code, *THREAD_COLUMNS, *RUN_COLUMNS)
        .select_from(Address)
        .join(ours, written_to)
        .join(Conversation, Conversation.candidate_id == Address.candidate_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .outerjoin(Channel, Channel.id == Conversation.channel_id)
        .outerjoin(Enrolment, Enrolment.id == Conversation.active_enrolment_id)
        .outerjoin(Job, Job.id == Enrolment.job_id)
        .where(_THEIRS)
    )


_LOCK = Prepared(_locking)
_READ = Prepared(_reading)
