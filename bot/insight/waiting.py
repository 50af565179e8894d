"""Why a message of ours has not gone yet, in words: nothing that falls due waits without a reason."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, select

from bot.channels.base import MessageStatus
from bot.channels.error_codes import CODES, explain
from bot.messaging.claims import ORDER_WAIT, nothing_in_the_way
from bot.messaging.spending import cap_reached, costs
from bot.models import Channel, Conversation, Delivery, Enrolment, Message, Origin
from bot.work import Work
from flows.lifecycles import EnrolmentStatus

AT_ONCE = timedelta(seconds=30)
"""What is due so soon needs no explanation."""
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


def why_messages_wait(work: Work, message_ids: Collection[int]) -> dict[int, str]:
    """Say in words what keeps messages that are queued, of those that something keeps."""
    return {row.id: words for row, words in _explained(work, _of_messages(), message_ids) if words}


def why_enrolments_wait(work: Work, enrolment_ids: Collection[int]) -> dict[int, str]:
    """Say in words what keeps the next message of open enrolments, or that their welcome may be lost.

    That is no question any more once they have answered it.
    """
    ids = {"ids": list(enrolment_ids)}
    found = dict.fromkeys(work.connection.execute(_lost(), ids).scalars(), explain("callboard_unconfirmed").in_words)
    for row, words in _explained(work, _of_enrolments(), enrolment_ids):
        if words:
            found.setdefault(row.enrolment_id, words)
    return found


# each is built once: that takes longer than running it


@cache
def _lost() -> Select[int]:
    return (
        select(Delivery.enrolment_id)
        .join(Message, Message.id == Delivery.message_id)
        .join(Enrolment, Enrolment.id == Delivery.enrolment_id)
        .where(
            Delivery.enrolment_id.in_(_IDS),
            Enrolment.status == EnrolmentStatus.SENDING,
            Message.status == MessageStatus.UNCONFIRMED,
        )
    )


@cache
def _of_messages() -> Select[Any]:
    return _queued(Message.id.in_(_IDS))


@cache
def _of_enrolments() -> Select[Any]:
    return (
        _queued(Enrolment.id.in_(_IDS))
        .join(Enrolment, Enrolment.candidate_id == Conversation.candidate_id)
        .where(Message.enrolment_id == Enrolment.id)
        .order_by(Message.id)
    )


def _queued(which: ColumnElement[bool]) -> Select[Any]:
    """Select what is queued, by the index of what is not settled."""
    columns: tuple[Any, ...] = (
        Message.id,
        Message.enrolment_id,
        Message.not_before,
        Message.held,
        Message.origin,
        Conversation.held_by,
        Channel.provider,
        Channel.paused_until,
        Channel.pause_cause,
        nothing_in_the_way().label("is_next"),
    )
    return (
        select(*columns)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Channel, Channel.id == Message.channel_id)
        .where(which, Message.status == MessageStatus.QUEUED, Message.confirmed_at.is_(None), ~Message.inbound)
    )


def _explained(work: Work, queued: Select[Any], ids: Collection[int]) -> list[tuple[Row[Any], str | None]]:
    given = {"now": work.now, "lately": work.now - ORDER_WAIT, "ids": list(ids)}
    rows = work.connection.execute(queued, given).all()
    is_capped = bool(rows) and cap_reached(work)
    senders = work.runtime.senders
    return [(row, _what_keeps(row, work.now, is_capped=is_capped, has_sender=row.provider in senders)) for row in rows]


def _what_keeps(row: Any, now: datetime, *, is_capped: bool, has_sender: bool) -> str | None:
    if row.held and row.held_by is not None:
        return f"Goes out when {row.held_by} hands the conversation back."
    if not has_sender:
        return explain("callboard_no_channel").in_words
    if is_capped and costs(row.provider) and row.origin != Origin.NOTICE:
        return explain("callboard_spending_cap").in_words
    paused_until = row.paused_until if row.pause_cause and row.paused_until is not None else now
    if row.not_before is not None and row.not_before > max(now + AT_ONCE, paused_until):
        return f"Is tried in {_about(row.not_before - now)}."
    if not row.is_next:
        return "Waits for the message before it."
    if paused_until <= now:
        return None
    return explain(row.pause_cause).in_words if row.pause_cause in CODES else f"Waits: {row.pause_cause}."


def _about(time: timedelta) -> str:
    minutes = max(1, round(time.total_seconds() / 60))
    if minutes < 90:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"{round(minutes / 60)} hours"
