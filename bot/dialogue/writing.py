"""A person's own words, or a template of their choice, to a candidate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus, TemplateUse
from bot.dialogue.conversations import active_run
from bot.dialogue.naming import fill_in
from bot.dialogue.takeover import see_to
from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.messaging.consent import may_answer
from bot.messaging.countries import country_refused
from bot.messaging.outbox import Posting, Route, queue_message, route_of
from bot.messaging.templates import ApprovedTemplate, find_approved, needs_template
from bot.messaging.thread import Thread, active_channels, address_for, change_thread, stirring, use_channel
from bot.models import Message, Origin, Topic
from bot.pipeline.enrolments import give_time
from bot.rendering import Rendered
from bot.work import Work
from flows.limits import INTERACTIVE_BODY, TEXT

STOPPED = "the candidate said STOP; only they can take that back, by writing START"


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """A template that a person chose, with what stands in its blanks."""

    name: str
    language: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person wants to send: their own words, or a template; over the channel in use, where none is chosen."""

    text: str = ""
    kind: ChannelKind | None = None
    template: TemplateChoice | None = None


def send(work: Work, thread: Thread, draft: Draft, *, author: str) -> int:
    """Send it in the name of *author*; return the message's id. Raises as `words_of` and `write` do."""
    text = words_of(work, thread, draft, author=author)
    if draft.template is None:
        return write(work, thread, text, draft.kind, author=author)
    return _write_template(work, thread, draft.template, author)


def words_of(work: Work, thread: Thread, draft: Draft, *, author: str) -> str:
    """Return what the candidate will read. Raises `InvalidEvent`, which names the field, for what can never be sent."""
    if draft.template is not None:
        return filled_template(work, draft.template)[1]
    text = fill_in(work, thread, draft.text.strip(), author=author).strip()
    if not text:
        raise InvalidEvent("Write a message first.", field="text")
    if len(text) > TEXT:
        raise InvalidEvent(f"The message has {len(text)} characters; at most {TEXT} can be sent.", field="text")
    return text


def check_may_be_written_to(work: Work, thread: Thread) -> None:
    """Raise `NotAllowed` after STOP, `Conflict` where their country is not allowed."""
    if thread.opted_out_at is not None:
        raise NotAllowed(STOPPED)
    if country := country_refused(work, thread):
        raise Conflict(f"messages to {country} are not allowed: an administrator may add it to CALLBOARD_COUNTRIES")


def write(
    work: Work,
    thread: Thread,
    text: str,
    kind: ChannelKind | None = None,
    *,
    author: str | None = None,
    retry_of_id: int | None = None,
) -> int:
    """Send a person's own words; return the message's id. What we had asked is theirs to ask now.

    The candidate's silence begins with them, where the conversation is not held.
    Raises `NotAllowed` after STOP, `Conflict` without a way.
    """
    check_may_be_written_to(work, thread)
    route = _route(work, thread, kind)
    _check_consent(work, thread, route.kind)
    if needs_template(route.kind, thread.provider, window_open=route.window_open):
        raise Conflict(_window_closed(work, thread))
    posting = Posting(origin=Origin.PERSON, author=author, retry_of_id=retry_of_id)
    return _queue(work, thread, route, Rendered(text), posting)


def _write_template(work: Work, thread: Thread, choice: TemplateChoice, author: str) -> int:
    """Send a template over WhatsApp, which opens what the window has closed once they reply."""
    check_may_be_written_to(work, thread)
    found, text = filled_template(work, choice)
    route = _route(work, thread, ChannelKind.WHATSAPP)
    _check_consent(work, thread, route.kind)
    use = TemplateUse(found.name, found.content_sid, dict(choice.variables))
    rendered = Rendered(text, template=found.name, template_variables=use.variables)
    return _queue(work, thread, route, rendered, Posting(origin=Origin.PERSON, template=use, author=author))


def send_again(work: Work, thread: Thread, public_id: str, *, author: str) -> int:
    """Send a person's message anew that failed. Raises `Conflict` where it did not fail, or was sent again already."""
    found = select(Message.id, Message.text, Message.status, Message.origin).where(
        Message.conversation_id == thread.id, Message.public_id == public_id, ~Message.inbound
    )
    row = work.connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(f"there is no message {public_id} in this conversation")
    again = select(Message.id).where(Message.conversation_id == thread.id, Message.retry_of_id == row.id)
    if row.origin != Origin.PERSON or row.status != MessageStatus.FAILED:
        raise Conflict("Only a person's message that failed can be sent again.")
    if work.connection.execute(again.limit(1)).first() is not None:
        raise Conflict("It was sent again already.")
    return write(work, thread, row.text, author=author, retry_of_id=row.id)


def filled_template(work: Work, choice: TemplateChoice) -> tuple[ApprovedTemplate, str]:
    """Return the approved template of a choice, and its text as the candidate will read it. Raises `InvalidEvent`."""
    found = find_approved(work, choice.name, choice.language)
    if found is None:
        raise InvalidEvent("This template is not approved (any more). Choose another.", field="template")
    for name in found.variables:
        value = choice.variables.get(name, "")
        if not value.strip():
            raise InvalidEvent(f"Fill in what stands for {{{{{name}}}}}: it cannot be empty.", field=f"variable-{name}")
        if not value.isprintable() or "    " in value:
            wrong = f"What stands for {{{{{name}}}}} must be one line, without tabs or more than three spaces in a row."
            raise InvalidEvent(wrong, field=f"variable-{name}")
    text = found.filled(choice.variables)
    if len(text) > INTERACTIVE_BODY:
        raise InvalidEvent(f"Filled in, the template has more than {INTERACTIVE_BODY} characters.", field="template")
    return found, text


def _queue(work: Work, thread: Thread, route: Route, rendered: Rendered, posting: Posting) -> int:
    see_to(work, thread)
    change_thread(work, thread, pending=None, awaiting_since=None, **stirring(work, thread))
    if thread.held_by is None and (run := active_run(work, thread)) is not None:
        give_time(work, run)
    work.changed(Topic.CONVERSATION, thread.id)
    return queue_message(work, thread, route, rendered, posting)


def _check_consent(work: Work, thread: Thread, kind: ChannelKind) -> None:
    if not may_answer(work, thread, kind):
        raise Conflict(f"there is no consent for {kind}: record theirs, or wait until they write there")


def _window_closed(work: Work, thread: Thread) -> str:
    """Say why WhatsApp takes no words of ours now, which is so too of somebody who never wrote, and what helps."""
    sms = any(channel.kind is ChannelKind.SMS for channel in active_channels(work))
    by_sms = sms and address_for(work, thread.candidate_id, ChannelKind.SMS) is not None
    helps = 'send it with "channel": "sms", or wait' if by_sms and may_answer(work, thread, ChannelKind.SMS) else "wait"
    return (
        f"WhatsApp takes our own words only in the 24 hours after the candidate wrote: {helps} until they write there"
    )


def _route(work: Work, thread: Thread, kind: ChannelKind | None) -> Route:
    """Return the way in use, or move to the first that there is, on *kind* where that is asked for."""
    if thread.channel_id and thread.address_id and thread.kind and kind in (None, thread.kind):
        return route_of(thread, work.now)
    for channel in active_channels(work):
        address = address_for(work, thread.candidate_id, channel.kind)
        if address and kind in (None, channel.kind):
            use_channel(work, thread, channel, address[0])
            return route_of(thread, work.now)
    raise Conflict("there is no channel over which this candidate can be reached")


def check_window_then(work: Work, thread: Thread, kind: ChannelKind | None, at: datetime) -> None:
    """Raise `Conflict` where, as far as is known now, no words of ours can go over *kind* at that moment."""
    channels = {channel.kind: channel for channel in reversed(active_channels(work))}
    channel = channels.get(kind or thread.kind or ChannelKind.WHATSAPP)
    if channel is None:
        return
    until = thread.window_until if thread.window_channel_id == channel.id else None
    if needs_template(channel.kind, channel.provider, window_open=until is not None and at < until):
        raise Conflict("WhatsApp's window will be closed at that moment: choose a template, or an earlier moment")
