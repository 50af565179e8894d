"""A person takes a conversation, writes in it, and hands it back."""

from sqlalchemy import update

from bot.channels.base import ChannelKind, MessageStatus
from bot.dialogue.conversations import active_run, go_on
from bot.errors import Conflict, NotAllowed
from bot.messaging.consent import may_answer
from bot.messaging.countries import country_refused
from bot.messaging.outbox import Posting, Route, queue_message
from bot.messaging.thread import Thread, active_channels, address_for, change_thread
from bot.models import Message, Origin
from bot.rendering import Rendered
from bot.work import Work
from flows.lifecycles import EnrolmentStatus


def hold(work: Work, thread: Thread, person: str) -> None:
    """Let *person* hold the conversation: the bot is silent, and what it has not sent yet waits."""
    change_thread(work, thread, held_by=person, needs_person=None, pending=None)
    _hold_queued(work, thread, held=True)


def hand_back(work: Work, thread: Thread) -> None:
    """Let the bot go on: with what waited, else by asking again what is open."""
    if thread.held_by is None and thread.needs_person is None:
        return
    change_thread(work, thread, held_by=None, needs_person=None)
    waited = _hold_queued(work, thread, held=False)
    run = active_run(work, thread)
    if not waited and run is not None and run.status is EnrolmentStatus.IN_PROGRESS:
        go_on(work, thread, run)
    work.ring_for_sends()


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
    """Hold or let go what the bot has queued; say whether there was any."""
    changed = work.connection.execute(
        update(Message)
        .where(
            Message.conversation_id == thread.id,
            Message.status == MessageStatus.QUEUED,
            Message.confirmed_at.is_(None),
            Message.origin == Origin.BOT,
        )
        .values(held=held)
    )
    return changed.rowcount > 0
