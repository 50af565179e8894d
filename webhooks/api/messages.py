"""`/candidates/{id}/messages`: the one thread of a candidate, over all channels and jobs; `/messages/{id}`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from sqlalchemy import Row, Select, select
from sqlalchemy.orm import aliased

from bot.channels.base import ChannelKind, MediaKind, MessageStatus
from bot.dialogue.deciding import decide
from bot.dialogue.writing import write
from bot.errors import Conflict, NotAllowed
from bot.insight.enrolments import explain_message
from bot.insight.waiting import why_messages_wait
from bot.messaging.thread import lock_thread
from bot.models import Candidate, Channel, Conversation, Enrolment, InboundStatus, Message, Origin
from bot.work import Work
from flows.limits import TEXT
from webhooks.api.finding import key_of
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.texts import Form, Shape


class NewMessage(Form):
    """What a person writes to a candidate."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT)]
    channel: ChannelKind | None = Field(None, description="The channel in use, where it is left out.")


class Decision(Form):
    """What became of a message of which nobody could tell."""

    outcome: Literal["sent", "not_sent"] = Field(
        description="`sent`: it went out, and is recorded so. `not_sent`: it goes out again, if it is still wanted."
    )


class MessageQuery(PageQuery):
    """Which messages are listed."""


class MediaShape(Shape):
    """A file that a message carries."""

    id: str
    type: MediaKind
    name: str
    size: int | None


class MessageShape(Shape):
    """One message, in or out."""

    id: str
    direction: Literal["incoming", "outgoing"]
    origin: Origin
    channel: ChannelKind
    text: str
    media: list[MediaShape]
    template: str | None
    status: MessageStatus | InboundStatus
    error_code: str | None
    explanation: str | None
    enrolment: str | None
    retry_of: str | None = Field(description="What it says again over the same channel.")
    fallback_of: str | None = Field(description="What it says again over another channel, or by a template.")
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None


class MessagePage(Shape):
    """A page of messages, oldest first."""

    items: list[MessageShape]
    next: str | None


def get_messages(work: Work, call: Call) -> Result:
    """List the messages of a candidate, oldest first."""
    query: MessageQuery = call.query
    candidate_id = key_of(work, Candidate, call.id)
    of_candidate = _statement().where(Conversation.candidate_id == candidate_id)
    rows, following = page(work, of_candidate, Message.id, query, order="oldest")
    return Result(MessagePage(items=_shapes(work, rows), next=following))


def post_message(work: Work, call: Call) -> Result:
    """Send a person's own words; where they need several messages, the last is answered."""
    form: NewMessage = call.body
    thread = lock_thread(work, key_of(work, Candidate, call.id))
    try:
        message_id = write(work, thread, form.text, form.channel)
    except NotAllowed as error:
        raise Conflict(str(error)) from None
    row = work.connection.execute(_statement().where(Message.id == message_id)).one()
    return Result(_shapes(work, [row])[0], 201)


def settle_message(work: Work, call: Call) -> Result:
    """Let a person say whether an unconfirmed message was sent."""
    form: Decision = call.body
    message_id = key_of(work, Message, call.id)
    decide(work, message_id, was_sent=form.outcome == "sent")
    row = work.connection.execute(_statement().where(Message.id == message_id)).one()
    return Result(_shapes(work, [row])[0])


def _shapes(work: Work, rows: Sequence[Row[Any]]) -> list[MessageShape]:
    why = why_messages_wait(work, [row.key for row in rows if row.status == MessageStatus.QUEUED])
    return [_shape(row, why.get(row.key)) for row in rows]


def _statement() -> Select[Any]:
    tried, elsewhere = aliased(Message), aliased(Message)
    return (
        select(
            Message.id.label("key"),
            Message.public_id,
            Message.inbound,
            Message.origin,
            Message.text,
            Message.content,
            Message.status,
            Message.error_code,
            Message.cause,
            Message.created_at,
            Message.sent_at,
            Message.delivered_at,
            Message.read_at,
            Channel.kind,
            Enrolment.public_id.label("enrolment"),
            tried.public_id.label("retry_of"),
            elsewhere.public_id.label("fallback_of"),
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Channel, Channel.id == Message.channel_id)
        .outerjoin(Enrolment, Enrolment.id == Message.enrolment_id)
        .outerjoin(tried, tried.id == Message.retry_of_id)
        .outerjoin(elsewhere, elsewhere.id == Message.fallback_of_id)
    )


def _shape(row: Any, why_it_waits: str | None) -> MessageShape:
    same = ("origin", "text", "error_code", "enrolment", "retry_of", "fallback_of")
    moments = ("created_at", "sent_at", "delivered_at", "read_at")
    return MessageShape(
        id=row.public_id,
        direction="incoming" if row.inbound else "outgoing",
        channel=row.kind,
        media=_media(row.public_id, row.content),
        template=(row.content.get("template") or {}).get("name"),
        status=InboundStatus(row.status) if row.inbound else MessageStatus(row.status),
        explanation=why_it_waits or explain_message(row),
        **{name: getattr(row, name) for name in (*same, *moments)},
    )


def _media(message_ref: str, content: dict[str, Any]) -> list[MediaShape]:
    """List what a message carries: outgoing ones have one at most. Nothing of it is fetched, so no size is known."""
    stored = content.get("media") or []
    media = [stored] if isinstance(stored, dict) else stored
    return [
        MediaShape(
            id=f"{message_ref}-{place}",
            type=MediaKind(medium["kind"]),
            name=medium.get("filename") or "",
            size=medium.get("size"),
        )
        for place, medium in enumerate(media, start=1)
    ]
