"""A person takes a conversation and hands it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, update

from bot.channels.base import MessageStatus
from bot.dialogue.conversations import active_run, go_on, take_old_reply
from bot.dialogue.inbox import INBOUND_COLUMNS, command_in, inbound_from
from bot.messaging.fates import SEEN
from bot.messaging.outbox import Posting, hurry, queue_message
from bot.messaging.thread import (
    ASKED,
    ASKED_BEFORE,
    NOT_DELIVERED,
    NOT_HANDLED,
    NOT_UNDERSTOOD,
    WROTE,
    Thread,
    change_thread,
)
from bot.models import Address, Channel, InboundStatus, Message, Origin, Topic
from bot.pipeline.deliveries import NoWay, go_on_by_itself
from bot.pipeline.enrolments import add_event, give_time, keep, welcome_of
from bot.pipeline.runs import Run, flow_of
from bot.work import Work
from flows.lifecycles import EnrolmentStatus
from flows.understanding.commands import Command

FOR_WORDS = frozenset({ASKED, ASKED_BEFORE, NOT_HANDLED, NOT_UNDERSTOOD, WROTE})
"""What a person is needed for that a reply settles."""
_FOR_THE_CAMPAIGN = (None, Command.START, Command.BACK, Command.SKIP)


def hold(work: Work, thread: Thread, person: str, user_id: int | None = None) -> None:
    """Let *person* hold the conversation: the bot is silent, and what it has not sent yet waits.

    A user who takes it looks after it from then on. The candidate goes on waiting for a reply, if it is for one.
    """
    waits_for_words = thread.needs_person is None or thread.needs_person in FOR_WORDS
    awaiting = thread.awaiting_since if waits_for_words else None
    see_to(work, thread)
    looks_after = {} if user_id is None else {"assigned_to_id": user_id}
    change_thread(
        work, thread, held_by=person, held_by_id=user_id, pending=None, awaiting_since=awaiting, **looks_after
    )
    _hold_queued(work, thread, held=True)
    work.changed(Topic.CONVERSATION, thread.id)


def see_to(work: Work, thread: Thread) -> None:
    """A person is here: whatever one was called for is seen to, and what is open may be asked again."""
    change_thread(work, thread, needs_person=None)
    run = active_run(work, thread)
    if run is not None and (stands := run.stands()).called:
        keep(work, run, position=replace(stands, called=False).to_json())


def hand_back(work: Work, thread: Thread) -> None:
    """Let the bot go on: with what waited, else with what they wrote meanwhile, else by asking again what is open."""
    if thread.held_by is None and thread.needs_person is None:
        return
    see_to(work, thread)
    change_thread(work, thread, held_by=None, held_by_id=None, awaiting_since=None)
    run = active_run(work, thread)
    if run is not None:
        give_time(work, run)
    waited = _hold_queued(work, thread, held=False)
    left = _take_what_was_left(work, thread)
    if run is not None and not run.finished and not any(_is_due(row, run, work.now) for row in waited):
        _go_on(work, thread, run, left if left is not None and left.enrolment_id == run.id else None)
    work.ring_for_sends()
    work.changed(Topic.CONVERSATION, thread.id)


def set_aside(work: Work, thread: Thread) -> None:
    """Nobody need answer what they wrote. Where nobody holds the conversation the bot goes on."""
    if thread.held_by is None:
        hand_back(work, thread)
    else:
        see_to(work, thread)
        change_thread(work, thread, awaiting_since=None)
        work.changed(Topic.CONVERSATION, thread.id)


def assign(work: Work, thread: Thread, user_id: int | None) -> None:
    """Let a user look after the conversation, or nobody; who holds it, holds it."""
    if thread.assigned_to_id != user_id:
        change_thread(work, thread, assigned_to_id=user_id)
        work.changed(Topic.CONVERSATION, thread.id)


def _go_on(work: Work, thread: Thread, run: Run, left: Row[Any] | None) -> None:
    """What they wrote last is the campaign's reply if it follows what is open, and is no wish for a person to meet."""
    if left is not None and _replies_to(work, thread, run, left):
        inbound = inbound_from(left)
        command = command_in(work, thread, run, inbound, flow_of(work, run.version_id).flow.language)
        if command in _FOR_THE_CAMPAIGN:
            take_old_reply(work, thread, run, inbound, None if command is Command.START else command)
            return
    if run.status is EnrolmentStatus.IN_PROGRESS:
        go_on(work, thread, run)
    elif left is not None and not hurry(work, thread, run.id):
        # they talk to us, but not yet about the welcome, which is what is open
        _welcome_again(work, thread, run)


def _welcome_again(work: Work, thread: Thread, run: Run) -> None:
    """Say the welcome again where the conversation runs, or where it can go on once the window is closed."""
    welcome = welcome_of(work, thread, run)
    onward = go_on_by_itself(work, thread, run, welcome, flow_of(work, run.version_id).flow.language)
    if isinstance(onward, NoWay):
        add_event(work, run, "welcome not said again: the window is closed and no template is approved")
        change_thread(work, thread, needs_person=NOT_DELIVERED)
        return
    route, template = onward
    queue_message(work, thread, route, welcome, Posting(enrolment_id=run.id, template=template))


def _take_what_was_left(work: Work, thread: Thread) -> Row[Any] | None:
    """Return what they wrote last, if the bot left it to a person; nothing is left to that person any more."""
    left = (Message.conversation_id == thread.id, Message.inbound, Message.status == InboundStatus.HANDLED)
    last = work.connection.execute(
        select(Message.held, Message.enrolment_id, *INBOUND_COLUMNS)
        .join(Address, Address.id == Message.address_id)
        .join(Channel, Channel.id == Message.channel_id)
        .where(*left)
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    work.connection.execute(update(Message).where(*left, Message.held).values(held=False))
    return last if last is not None and last.held else None


def _replies_to(work: Work, thread: Thread, run: Run, left: Row[Any]) -> bool:
    """Say whether it was written to what *run* said last, before which they saw it, and after which came nothing.

    Any word begins a campaign, even one after "I have told a colleague", unless it was said to that colleague.
    """
    of_run_or_person = or_(Message.enrolment_id == run.id, Message.origin == Origin.PERSON)
    ours = work.connection.execute(
        select(Message.enrolment_id, Message.origin, Message.status, Message.claimed_at)
        .where(Message.conversation_id == thread.id, ~Message.inbound, Message.status != MessageStatus.CANCELLED)
        .where(or_(Message.status.in_(SEEN), of_run_or_person))
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    if ours is None or ours.status not in SEEN or ours.claimed_at > inbound_from(left).sent_at:
        return False
    begun = run.status is EnrolmentStatus.IN_PROGRESS
    return bool(ours.enrolment_id == run.id or (not begun and ours.origin != Origin.PERSON))


def _is_due(waited: Row[int | None, datetime | None], run: Run, now: datetime) -> bool:
    """Say whether that is something of *run*, and goes out now."""
    return waited.enrolment_id == run.id and (waited.not_before is None or waited.not_before <= now)


def _hold_queued(work: Work, thread: Thread, *, held: bool) -> Sequence[Row[int | None, datetime | None]]:
    """Hold or let go what the bot has queued; return of which enrolments it is, and when it may go."""
    changed = work.connection.execute(
        update(Message)
        .where(
            Message.conversation_id == thread.id,
            Message.status == MessageStatus.QUEUED,
            Message.confirmed_at.is_(None),
            Message.origin == Origin.BOT,
        )
        .values(held=held)
        .returning(Message.enrolment_id, Message.not_before)
    )
    return changed.all()
