"""What comes in: stored first, handled in the same transaction, answered 200 only after the commit."""

import logging
from dataclasses import asdict, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.channels.base import ChannelKind, InboundMessage, Media, MediaKind
from bot.dialogue import keywords
from bot.dialogue.arrivals import Arrival, find_arrival
from bot.dialogue.conversations import reopen, reply_of, take_reply
from bot.dialogue.notices import notify, tell
from bot.engine.effects import Phrase
from bot.engine.obeying import obeyed
from bot.failpoints import crash_point
from bot.intake.people import note_external_id
from bot.log import log_event
from bot.messaging.countries import is_sms_in_vain
from bot.messaging.outbox import cancel_reminders
from bot.messaging.thread import ASKED, WROTE, WROTE_AFTER_STOP, Thread, change_thread, note_inbound
from bot.models import Address, Application, Channel, Enrolment, InboundStatus, Message, Origin, Topic, new_public_id
from bot.pipeline.runs import Run, flow_of
from bot.runtime import Runtime
from bot.statements import note_row
from bot.time_limit import LONGEST_TURN, time_limit
from bot.work import Work, unit_of_work
from flows.lifecycles import EnrolmentStatus
from flows.understanding.commands import Command, read_command
from flows.understanding.courtesies import is_courtesy

_LOG = logging.getLogger(__name__)
MOST_TEXT = 10_000


class Reception(StrEnum):
    """What became of an incoming message."""

    HANDLED = "handled"
    STORED = "stored"
    DUPLICATE = "duplicate"


def receive(runtime: Runtime, provider: str, inbound: InboundMessage) -> Reception:
    """Store a message and let the conversation answer it. Where handling fails it is stored all the same.

    Returns only after a commit. A second copy of a message changes nothing.
    """
    if len(inbound.text) > MOST_TEXT:
        inbound = replace(inbound, text=inbound.text[:MOST_TEXT])
    try:
        return _receive_once(runtime, provider, inbound)
    except IntegrityError:
        # two first messages of a new person at the same moment, or one twice: the other call has stored it by now
        return receive_alone(runtime, provider, inbound)
    except Exception as error:  # noqa: BLE001  a fault of ours must not lose what a candidate wrote
        log_event(_LOG, "inbound_not_handled", level=logging.ERROR, provider_id=inbound.provider_id, error=error)
        return receive_alone(runtime, provider, inbound)


def _receive_once(runtime: Runtime, provider: str, inbound: InboundMessage) -> Reception:
    with unit_of_work(runtime) as work:
        return _store_and_handle(work, provider, inbound)


def receive_alone(runtime: Runtime, provider: str, inbound: InboundMessage) -> Reception:
    """Store a message without handling it: the sweep does that within seconds."""
    with unit_of_work(runtime) as work:
        return _store_alone(work, provider, inbound)


def _store_and_handle(work: Work, provider: str, inbound: InboundMessage) -> Reception:
    arrival = find_arrival(work, provider, inbound)
    behind = arrival.thread.backlog
    crash_point("inbound_found")
    if not _insert(work, arrival, inbound, InboundStatus.RECEIVED if behind else InboundStatus.HANDLED):
        return Reception.DUPLICATE
    if behind:
        return Reception.STORED
    crash_point("inbound_stored")
    with time_limit(LONGEST_TURN):
        handle(work, arrival, inbound)
    return Reception.HANDLED


def _store_alone(work: Work, provider: str, inbound: InboundMessage) -> Reception:
    arrival = find_arrival(work, provider, inbound)
    if not _insert(work, arrival, inbound, InboundStatus.RECEIVED):
        return Reception.DUPLICATE
    change_thread(work, arrival.thread, backlog=True)
    return Reception.STORED


def handle(work: Work, arrival: Arrival, inbound: InboundMessage) -> None:
    """Answer a stored message: commands first, then the campaign that has the turn, then what is said outside one.

    While a person holds the conversation, only STOP and START are obeyed.
    """
    thread, run = arrival.thread, arrival.run
    note_inbound(work, thread, arrival.channel, arrival.address_id, inbound.sent_at or work.now)
    note_external_id(work, thread.candidate_id, inbound)
    if run is not None and run.reminders_sent:
        cancel_reminders(work, thread, "the candidate replied")
    language = flow_of(work, run.version_id).flow.language if run else keywords.language_of_candidate(work, thread)
    command = command_in(work, thread, run, inbound, language)
    if command is Command.STOP:
        keywords.stop(work, thread, inbound, language)
    elif run is None and thread.opted_out_at is None and is_sms_in_vain(work, thread):
        change_thread(work, thread, needs_person=thread.needs_person or WROTE)
    elif command is Command.START:
        if not keywords.start(work, thread, run, inbound, language):
            _begin(work, thread, run, inbound, language)
    elif thread.opted_out_at is not None:
        change_thread(work, thread, needs_person=thread.needs_person or WROTE_AFTER_STOP)
    elif (
        thread.held_by is None
        and (thread.pending or inbound.tapped in keywords.TAPS)
        and keywords.answer_pending(work, thread, run, inbound, language)
    ):
        return
    elif thread.held_by is not None or not (command and keywords.obey(work, thread, run, command, language)):
        _converse(work, thread, run, inbound, command, language)


def _begin(work: Work, thread: Thread, run: Run | None, inbound: InboundMessage, language: str) -> None:
    """Take a START that no open question waits for: it is no message for the person whom they asked for before."""
    if thread.held_by is not None or thread.needs_person != ASKED:
        _converse(work, thread, run, inbound, None, language)
    elif run is not None or not reopen(work, thread, inbound, None):
        tell(work, thread, Phrase("person_here"), language=language)


def _converse(
    work: Work,
    thread: Thread,
    run: Run | None,
    inbound: InboundMessage,
    command: Command | None,
    language: str,
) -> None:
    if thread.held_by is not None or thread.needs_person == ASKED:
        _leave_to_person(work, thread, inbound)
    elif run is not None and not run.finished:
        take_reply(work, thread, run, inbound, command)
    elif run is not None or not reopen(work, thread, inbound, command):
        # a campaign that has said everything and waits for its receipt has nothing to take a reply for
        _outside(work, thread, run, inbound, language)


def _leave_to_person(work: Work, thread: Thread, inbound: InboundMessage) -> None:
    """Mark what the bot has not answered, so that it can when the conversation is handed back."""
    this = (Message.provider_id == inbound.provider_id, Message.channel_id == thread.channel_id)
    work.connection.execute(update(Message).where(*this).values(held=True))
    if thread.awaiting_since is None:
        change_thread(work, thread, awaiting_since=work.now)


def _outside(work: Work, thread: Thread, run: Run | None, inbound: InboundMessage, language: str) -> None:
    """Nothing of ours is open: thank them, and let a person read it; but thanks for what is complete want nothing."""
    last = work.connection.execute(
        select(Enrolment.status)
        .where(Enrolment.candidate_id == thread.candidate_id)
        .order_by(Enrolment.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    said_all = run is not None or last == EnrolmentStatus.COMPLETED
    if said_all and _only_thanks(inbound, thread.language or language):
        return
    known = (
        last is not None
        or work.connection.execute(
            select(Application.id).where(Application.candidate_id == thread.candidate_id).limit(1)
        ).first()
    )
    key = "received" if known else "unknown_number"
    if last == EnrolmentStatus.EXPIRED:
        key = "expired_reply"
    change_thread(work, thread, needs_person=thread.needs_person or WROTE)
    notify(work, thread, key, language)


def _only_thanks(inbound: InboundMessage, locale: str) -> bool:
    return not (inbound.media or inbound.tapped) and is_courtesy(inbound.text, locale)


def command_in(work: Work, thread: Thread, run: Run | None, inbound: InboundMessage, language: str) -> Command | None:
    """Read a command; what the provider has recognised itself counts, a tap never is one."""
    if inbound.opt_out_type:
        return {"STOP": Command.STOP, "START": Command.START, "HELP": Command.HELP}.get(inbound.opt_out_type)
    if inbound.tapped:
        return None
    command = read_command(inbound.text, thread.language or language)
    if run is None:
        return command
    stands = run.stands()
    question = flow_of(work, run.version_id).flow.question(stands.question) if stands.question else None
    return obeyed(command, question, stands, reply_of(work, thread, run, inbound, language))


def _insert(work: Work, arrival: Arrival, inbound: InboundMessage, status: InboundStatus) -> bool:
    """Store the message. False: we have it already."""
    if arrival.seen:
        return False
    work.changed(Topic.CONVERSATION, arrival.thread.id)
    note_row(
        work.connection,
        Message,
        public_id=new_public_id(),
        conversation_id=arrival.thread.id,
        channel_id=arrival.channel.id,
        address_id=arrival.address_id,
        enrolment_id=arrival.thread.active_enrolment_id,
        inbound=True,
        origin=Origin.CANDIDATE,
        status=status,
        text=inbound.text,
        content=_content(inbound),
        created_at=work.now,
        priority=0,
        held=False,
        attempts=0,
        provider_id=inbound.provider_id,
        segments=inbound.segments,
        handled_at=work.now if status is InboundStatus.HANDLED else None,
    )
    return True


def _content(inbound: InboundMessage) -> dict[str, Any]:
    """Keep all of a message that its row has no column for."""
    kept = {name: value for name in _KEPT if (value := getattr(inbound, name))}
    if inbound.media:
        kept["media"] = [asdict(medium) for medium in inbound.media]
    if inbound.sent_at:
        kept["sent_at"] = inbound.sent_at.isoformat()
    return kept


_NOT_KEPT = ("provider_id", "kind", "sender", "to", "text", "segments", "media", "sent_at")
_KEPT = tuple(field.name for field in fields(InboundMessage) if field.name not in _NOT_KEPT)


INBOUND_COLUMNS = (
    Message.provider_id,
    Message.text,
    Message.content,
    Message.created_at,
    Message.segments,
    Channel.kind,
    Address.value.label("sender"),
    Channel.address.label("to"),
)


def inbound_from(row: Any) -> InboundMessage:
    """Read a stored message back, of `INBOUND_COLUMNS`."""
    content = dict(row.content)
    media = tuple(Media(**{**m, "kind": MediaKind(m["kind"])}) for m in content.pop("media", ()))
    sent_at = content.pop("sent_at", None)
    return InboundMessage(
        provider_id=row.provider_id,
        kind=ChannelKind(row.kind),
        sender=row.sender,
        to=row.to,
        text=row.text,
        media=media,
        sent_at=datetime.fromisoformat(sent_at) if sent_at else row.created_at,
        segments=row.segments,
        **content,
    )
