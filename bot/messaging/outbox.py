"""Putting a message into the outbox. Nothing is sent here: the row is the promise, a drain keeps it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from bot.channels.base import ChannelKind, Media, MediaKind, MessageStatus, Option, TemplateUse
from bot.messaging.linking import goes_as_link, with_link
from bot.messaging.thread import Thread
from bot.models import Message, Origin, new_public_id
from bot.rendering import Rendered, can_be_tapped, split_text
from bot.statements import add_row, change_row, note_row
from bot.work import Work

REPLY = 0
BULK = 1


@dataclass(frozen=True, slots=True)
class Route:
    """Over which of our channels to which address."""

    channel_id: int
    address_id: int
    kind: ChannelKind
    window_open: bool


@dataclass(frozen=True, slots=True)
class Posting:
    """What goes with a message besides its words."""

    origin: Origin = Origin.BOT
    enrolment_id: int | None = None
    priority: int = REPLY
    not_before: datetime | None = None
    expires_at: datetime | None = None
    retry_of_id: int | None = None
    place: int | None = None
    template: TemplateUse | None = None
    is_reminder: bool = False
    lasting: bool = False
    """It is still wanted when the conversation has gone on."""
    question: str | None = None
    """The key of the question that is open with it."""
    author: str | None = None
    """The person who wrote it, by the name under which others know them."""
    linked: bool = False
    """What is attached goes as a link, since it was refused as an attachment."""


def route_of(thread: Thread, now: datetime) -> Route:
    """Return the way over which the conversation runs. Only where one has been chosen."""
    if thread.channel_id is None or thread.address_id is None or thread.kind is None:
        raise LookupError(f"conversation {thread.id} has no channel yet")
    return Route(thread.channel_id, thread.address_id, thread.kind, thread.window_open(now))


def queue_message(work: Work, thread: Thread, route: Route, rendered: Rendered, posting: Posting) -> int:
    """Put one message, split where it is too long, into the outbox; return the id of its last part."""
    *firsts, last = _parts(work, thread, route, rendered, posting)
    for part in firsts:
        note_row(work.connection, Message, **part)
    work.ring_for_sends()
    return add_row(work.connection, Message, **last)


def post_message(work: Work, thread: Thread, route: Route, rendered: Rendered, posting: Posting) -> None:
    """Put one message into the outbox as `queue_message` does, where nobody needs its id."""
    for part in _parts(work, thread, route, rendered, posting):
        note_row(work.connection, Message, **part)
    work.ring_for_sends()


def _parts(work: Work, thread: Thread, route: Route, rendered: Rendered, posting: Posting) -> Iterator[dict[str, Any]]:
    """Make the rows of a message; what can be tapped goes with its last part."""
    tapped = can_be_tapped(rendered, route.kind, window_open=route.window_open)
    words = rendered.text if tapped or not rendered.numbered else rendered.numbered
    linked = posting.linked or goes_as_link(rendered, route.kind, thread)
    whole = rendered.media or posting.template
    bodies = with_link(rendered) if linked else [words] if whole else split_text(words)
    held = thread.held_by is not None and posting.origin is Origin.BOT
    thread.comes_again |= posting.retry_of_id is not None
    # a link that goes by itself is said again without the words before it
    last = replace(rendered, text="") if linked and len(bodies) > 1 else rendered
    for place, body in enumerate(bodies, 1):
        content = _content(last, posting, tapped=tapped, linked=linked) if place == len(bodies) else {}
        content |= _marks(posting)
        yield _row(work, thread, route, posting) | {"text": body, "content": content, "held": held}


def _marks(posting: Posting) -> dict[str, Any]:
    marks = {
        "reminder": posting.is_reminder,
        "lasting": posting.lasting,
        "question": posting.question,
        "author": posting.author,
    }
    return {name: mark for name, mark in marks.items() if mark}


def cancel_queued(work: Work, thread: Thread, cause: str, *, enrolment_id: int | None = None) -> None:
    """Take back what the bot has not begun to send, of one enrolment or of all."""
    statement = update(Message).where(
        *_waiting(thread),
        Message.origin == Origin.BOT,
    )
    if enrolment_id is not None:
        statement = statement.where(Message.enrolment_id == enrolment_id)
    work.connection.execute(statement.values(status=MessageStatus.CANCELLED, cause=cause))


def cancel_unasked(work: Work, thread: Thread, enrolment_id: int) -> None:
    """Take back what an enrolment has not asked yet, as it is asked anew; what it tells stays."""
    asks = (
        Message.origin == Origin.BOT,
        Message.enrolment_id == enrolment_id,
        Message.content["lasting"].as_boolean().is_not(True),
    )
    work.connection.execute(
        update(Message).where(*_waiting(thread), *asks).values(status=MessageStatus.CANCELLED, cause="it is asked anew")
    )
    _let_lapse(work, thread, *asks)


def take_back(work: Work, thread: Thread, cause: str, *, enrolment_id: int) -> None:
    """Take back all that an enrolment has said, as it is said anew: also what is on its way, should it come back."""
    cancel_queued(work, thread, cause, enrolment_id=enrolment_id)
    _let_lapse(work, thread, Message.origin == Origin.BOT, Message.enrolment_id == enrolment_id)


def _let_lapse(work: Work, thread: Thread, *which: ColumnElement[bool]) -> None:
    """Let nothing be sent a second time of what may have gone and may prove not to have.

    A row that somebody else has, while the conversation is ours, is being recorded as sent: to wait for it is needless,
    and whoever records may wait for the conversation.
    """
    under_way = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNCONFIRMED)
    found = select(Message.id).where(
        Message.conversation_id == thread.id, Message.status.in_(under_way), ~Message.inbound, *which
    )
    lapses = work.connection.execute(found.with_for_update(skip_locked=True)).scalars().all()
    work.connection.execute(update(Message).where(Message.id.in_(lapses)).values(expires_at=work.now))


def hurry(work: Work, thread: Thread, enrolment_id: int) -> bool:
    """Let what an enrolment was to say later go now. False: there is nothing."""
    waiting = update(Message).where(
        *_waiting(thread),
        Message.enrolment_id == enrolment_id,
    )
    return work.connection.execute(waiting.values(not_before=None)).rowcount > 0


def cancel_repeats(work: Work, thread: Thread, enrolment_id: int) -> None:
    """Take back what an enrolment was to ask again: the conversation has gone on, and has asked what is open now."""
    if not thread.comes_again:
        return
    work.connection.execute(
        update(Message)
        .where(*_comes_again(thread, enrolment_id), Message.content["lasting"].as_boolean().is_not(True))
        .values(status=MessageStatus.CANCELLED, cause="the conversation has gone on")
    )


def cancel_told(work: Work, thread: Thread, enrolment_id: int, rendered: Rendered) -> None:
    """Take back what an enrolment was to tell once more: it is told anew, after the candidate went back."""
    if not thread.comes_again:
        return
    waiting = select(Message.id, Message.text, Message.content).where(*_comes_again(thread, enrolment_id))
    for row in work.connection.execute(waiting).all():
        if is_lasting(row.content) and _same(rendered_from(row.text, row.content), rendered):
            change_row(work.connection, Message, row.id, status=MessageStatus.CANCELLED, cause="it was said again")


def _same(one: Rendered, other: Rendered) -> bool:
    return (one.text, one.media) == (other.text, other.media)


def _waiting(thread: Thread) -> tuple[ColumnElement[bool], ...]:
    """What is not sent yet, found by the index of what is not settled."""
    return (
        Message.conversation_id == thread.id,
        Message.status == MessageStatus.QUEUED,
        Message.confirmed_at.is_(None),
    )


def _comes_again(thread: Thread, enrolment_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        *_waiting(thread),
        Message.enrolment_id == enrolment_id,
        or_(Message.retry_of_id.is_not(None), Message.fallback_of_id.is_not(None)),
    )


def cancel_reminders(work: Work, thread: Thread, cause: str) -> None:
    """Take back the reminders that have not gone yet."""
    work.connection.execute(
        update(Message)
        .where(
            *_waiting(thread),
            Message.content["reminder"].as_boolean(),
        )
        .values(status=MessageStatus.CANCELLED, cause=cause)
    )


def is_reminder(content: dict[str, Any]) -> bool:
    """Tell whether a stored message reminds somebody who has gone quiet."""
    return bool(content.get("reminder"))


def _row(work: Work, thread: Thread, route: Route, posting: Posting) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "conversation_id": thread.id,
        "channel_id": route.channel_id,
        "address_id": route.address_id,
        "enrolment_id": posting.enrolment_id,
        "inbound": False,
        "origin": posting.origin,
        "status": MessageStatus.QUEUED,
        "created_at": work.now,
        "priority": posting.priority,
        "not_before": posting.not_before,
        "expires_at": posting.expires_at,
        "attempts": 0,
        "segments": 1,
        "retry_of_id": posting.retry_of_id,
        "place": posting.place,
    }


def _content(rendered: Rendered, posting: Posting, *, tapped: bool, linked: bool) -> dict[str, Any]:
    """Keep what the words do not say, so that the message can be sent, and sent again over another channel."""
    content: dict[str, Any] = {}
    if rendered.options:
        content |= {
            "options": [[option.id, option.label] for option in rendered.options],
            "list_label": rendered.list_label,
            "plain": rendered.text,
            "numbered": rendered.numbered,
            "tapped": tapped,
        }
    if rendered.media:
        content |= {"linked" if linked else "media": asdict(rendered.media)}
        content |= {"plain": rendered.text} if linked else {}
    if posting.template:
        content["template"] = asdict(posting.template)
    return content


def options_of(content: dict[str, Any]) -> tuple[Option, ...]:
    """Read the options that a stored message offers."""
    return tuple(Option(option_id, label) for option_id, label in content.get("options", ()))


def media_of(content: dict[str, Any]) -> Media | None:
    """Read the medium that a stored message carries; one whose address stands in its text is not carried."""
    return _medium(content.get("media"))


def is_linked(content: dict[str, Any]) -> bool:
    """Tell whether a stored message holds the address of its medium instead of the medium."""
    return "linked" in content


def _medium(stored: Any) -> Media | None:
    return Media(**{**stored, "kind": MediaKind(stored["kind"])}) if isinstance(stored, dict) else None


def is_lasting(content: dict[str, Any]) -> bool:
    """Tell whether a stored message is still wanted when the conversation has gone on."""
    return bool(content.get("lasting"))


def template_of(content: dict[str, Any]) -> TemplateUse | None:
    """Read the template that a stored message uses."""
    stored = content.get("template")
    return TemplateUse(**stored) if stored else None


def rendered_from(text: str, content: dict[str, Any]) -> Rendered:
    """Return the words of a stored message, so that it can go out again over another channel."""
    template = template_of(content)
    return Rendered(
        text=content.get("plain", text),
        numbered=content.get("numbered", ""),
        options=options_of(content),
        list_label=content.get("list_label", ""),
        media=_medium(content.get("linked")) or media_of(content),
        template=template.name if template else "",
        template_variables=template.variables if template else None,
    )
