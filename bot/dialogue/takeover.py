"""A person takes a conversation, writes in it, and hands it back."""

from sqlalchemy import select, update

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus
from bot.dialogue.conversations import active_run, go_on, take_old_reply
from bot.dialogue.inbox import INBOUND_COLUMNS, command_in, inbound_from
from bot.errors import Conflict, NotAllowed
from bot.messaging.consent import may_answer
from bot.messaging.countries import country_refused
from bot.messaging.outbox import Posting, Route, queue_message, route_of
from bot.messaging.thread import Thread, active_channels, address_for, change_thread
from bot.models import Address, Channel, InboundStatus, Message, Origin
from bot.pipeline.enrolments import welcome_of
from bot.pipeline.runs import Run, flow_of
from bot.rendering import Rendered
from bot.work import Work
from flows.lifecycles import EnrolmentStatus
from flows.understanding.commands import Command

_FOR_THE_CAMPAIGN = (None, Command.START, Command.BACK, Command.SKIP)


def hold(work: Work, thread: Thread, person: str) -> None:
    """Let *person* hold the conversation: the bot is silent, and what it has not sent yet waits."""
    change_thread(work, thread, held_by=person, needs_person=None, pending=None)
    _hold_queued(work, thread, held=True)


def hand_back(work: Work, thread: Thread) -> None:
    """Let the bot go on: with what waited, else with what they wrote meanwhile, else by asking again what is open."""
    if thread.held_by is None and thread.needs_person is None:
        return
    change_thread(work, thread, held_by=None, needs_person=None)
    waited = _hold_queued(work, thread, held=False)
    run = active_run(work, thread)
    if not waited and run is not None and not run.finished:
        _go_on(work, thread, run)
    work.ring_for_sends()


def _go_on(work: Work, thread: Thread, run: Run) -> None:
    """What they wrote last is the campaign's reply unless it was said to a person, or is a wish for one to meet."""
    last = _last_unanswered(work, thread, run)
    begun = run.status is EnrolmentStatus.IN_PROGRESS
    to_person = last is not None and _said_to_person(work, thread, last[0])
    if last is not None and not to_person:
        command = command_in(work, thread, run, last[1], flow_of(work, run.version_id).flow.language)
        if command in _FOR_THE_CAMPAIGN:
            take_old_reply(work, thread, run, last[1], None if command is Command.START else command)
            return
    if begun:
        go_on(work, thread, run)
    elif to_person:
        # they talk to us, but not yet about the welcome, which is what is open
        welcome = welcome_of(work, thread, run)
        queue_message(work, thread, route_of(thread, work.now), welcome, Posting(enrolment_id=run.id))


def _last_unanswered(work: Work, thread: Thread, run: Run) -> tuple[int, InboundMessage] | None:
    """Return what they wrote last, with its id, if the bot left it to a person while *run* had the turn."""
    row = work.connection.execute(
        select(Message.id, Message.held, Message.enrolment_id, *INBOUND_COLUMNS)
        .join(Address, Address.id == Message.address_id)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Message.conversation_id == thread.id, Message.inbound, Message.status == InboundStatus.HANDLED)
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or not row.held or row.enrolment_id != run.id:
        return None
    work.connection.execute(update(Message).where(Message.id == row.id).values(held=False))
    return row.id, inbound_from(row)


def _said_to_person(work: Work, thread: Thread, message_id: int) -> bool:
    """Say whether a person's words were the last that they had from us when they wrote that."""
    before = (Message.conversation_id == thread.id, ~Message.inbound, Message.id < message_id)
    last = select(Message.origin).where(*before).order_by(Message.id.desc()).limit(1)
    return work.connection.execute(last).scalar_one_or_none() == Origin.PERSON


def write(work: Work, thread: Thread, text: str, kind: ChannelKind | None = None) -> int:
    """Send a person's own words; return the message's id. What we had asked is theirs to ask now.

    Raises `NotAllowed` after STOP, `Conflict` without a way.
    """
    if thread.opted_out_at is not None:
        raise NotAllowed("the candidate said STOP; only they can take that back, by writing START")
    route = _route(work, thread, kind)
    if country := country_refused(work, thread):
        raise Conflict(f"messages to {country} are not allowed: an administrator may add it to CALLBOARD_COUNTRIES")
    if not may_answer(work, thread, route.kind):
        raise Conflict(f"there is no consent for {route.kind}: record theirs, or wait until they write there")
    if route.kind is ChannelKind.WHATSAPP and not route.window_open and thread.provider == "twilio":
        raise Conflict("more than 24 hours have passed since the candidate wrote on WhatsApp: only a template may go")
    news = {"needs_person": None, "pending": None, "channel_id": route.channel_id, "address_id": route.address_id}
    change_thread(work, thread, **news)
    return queue_message(work, thread, route, Rendered(text), Posting(origin=Origin.PERSON))


def _route(work: Work, thread: Thread, kind: ChannelKind | None) -> Route:
    """Return the way in use, or the first that there is, on *kind* where that is asked for."""
    if thread.channel_id and thread.address_id and thread.kind and kind in (None, thread.kind):
        return Route(thread.channel_id, thread.address_id, thread.kind, thread.window_open(work.now))
    for channel in active_channels(work):
        address = address_for(work, thread.candidate_id, channel.kind)
        if address and kind in (None, channel.kind):
            thread.kind, thread.provider = channel.kind, channel.provider
            return Route(channel.id, address[0], channel.kind, thread.window_open(work.now, channel.id))
    raise Conflict("there is no channel over which this candidate can be reached")


def _hold_queued(work: Work, thread: Thread, *, held: bool) -> bool:
    """Hold or let go what the bot has queued; say whether any of it is due."""
    changed = work.connection.execute(
        update(Message)
        .where(
            Message.conversation_id == thread.id,
            Message.status == MessageStatus.QUEUED,
            Message.confirmed_at.is_(None),
            Message.origin == Origin.BOT,
        )
        .values(held=held)
        .returning(Message.not_before)
    )
    return any(not_before is None or not_before <= work.now for not_before in changed.scalars().all())
