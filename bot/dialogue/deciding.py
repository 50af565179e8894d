"""A message whose fate nobody could find out: a person says whether it was sent."""

from sqlalchemy import select

from bot.channels.base import MessageStatus, StatusUpdate
from bot.dialogue.statuses import take_news
from bot.dialogue.unsent import load_unsent, of_use
from bot.errors import Conflict
from bot.messaging.fates import stop_doubting
from bot.messaging.requeueing import put_back
from bot.messaging.spending import costs, count_back
from bot.messaging.thread import Thread, lock_conversation
from bot.models import Channel, Message
from bot.pipeline.runs import load_run
from bot.statements import change_row
from bot.work import Work


def decide(work: Work, message_id: int, *, was_sent: bool) -> None:
    """Settle an unconfirmed message: it was sent when we handed it over, or it goes out again if it is still wanted.

    News of the provider that come later count all the same. Raises `Conflict` for one that is not unconfirmed.
    """
    of_message = select(Message.conversation_id).where(Message.id == message_id)
    thread = lock_conversation(work, work.connection.execute(of_message).scalar_one())
    row = work.connection.execute(
        select(Message.status, Message.public_id, Message.claimed_at, Channel.provider)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Message.id == message_id)
    ).one()
    if row.status != MessageStatus.UNCONFIRMED:
        raise Conflict(f"only what is unconfirmed can be settled: this is {row.status}")
    if was_sent:
        change_row(work.connection, Message, message_id, sent_at=row.claimed_at)
        news = StatusUpdate("", "sent, a person says", MessageStatus.SENT, "", row.public_id)
        take_news(work, message_id, news, cause="a person says that it was sent", assumed=True)
    else:
        _send_again(work, thread, message_id)
    stop_doubting(work, thread)
    work.runtime.tallies.count("callboard_send_settled", how="human")
    if not was_sent:
        count_back(work, row.claimed_at.date() if costs(row.provider) else None)


def _send_again(work: Work, thread: Thread, message_id: int) -> None:
    """Queue it in its own place, unless the conversation is past it."""
    unsent = load_unsent(work, message_id)
    run = load_run(work, unsent.enrolment_id) if unsent.enrolment_id else None
    put_back(
        work,
        message_id,
        None,
        was=MessageStatus.UNCONFIRMED,
        unwanted=None if of_use(work, thread, run, unsent) else "the conversation has gone on",
        attempts=0,
        cause="a person had it sent again",
    )
