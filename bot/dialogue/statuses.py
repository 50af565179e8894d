"""What the provider says about our messages, and what that means for the enrolment."""

from sqlalchemy import select

from bot.channels.base import MessageStatus, StatusUpdate
from bot.dialogue.failures import not_delivered
from bot.dialogue.unsent import load_unsent
from bot.messaging.fates import find_message, keep_event, move_forward, stop_doubting
from bot.messaging.thread import Thread, lock_conversation
from bot.models import Delivery, Message
from bot.pipeline import endings, enrolments
from bot.pipeline.runs import Run, load_run
from bot.runtime import Runtime
from bot.work import Work, unit_of_work
from flows.lifecycles import EnrolmentStatus

REACHED = (MessageStatus.DELIVERED, MessageStatus.READ)
LOST = (MessageStatus.FAILED, MessageStatus.CANCELLED)
PROVIDER_CANCELLED = "callboard_provider_cancelled"


def record_status(runtime: Runtime, news: StatusUpdate) -> bool:
    """Keep what the provider says and let the enrolment follow. False: we know no such message; the word is kept."""
    with unit_of_work(runtime) as work:
        message_id = find_message(work, news)
        if message_id is None:
            keep_event(work, None, news)
            return False
        take_news(work, message_id, news, cause=f"the provider says {news.provider_status}")
        return True


def take_news(work: Work, message_id: int, news: StatusUpdate, *, cause: str, assumed: bool = False) -> None:
    """Move a message forward and draw the conclusions. News that we have, or that is late, changes nothing.

    *assumed*: it is not the provider's word; the message keeps the cause.
    """
    conversation_id = work.connection.execute(
        select(Message.conversation_id).where(Message.id == message_id)
    ).scalar_one()
    thread = lock_conversation(work, conversation_id)
    if not keep_event(work, message_id, news):
        return
    if not move_forward(work, message_id, news, assumed=cause if assumed else None):
        return
    if news.provider_id:
        # the provider's own word; that a day has passed without any settles no doubt
        stop_doubting(work, thread)
    if news.status in LOST:
        code = news.error_code or ("" if news.status is MessageStatus.FAILED else PROVIDER_CANCELLED)
        not_delivered(work, thread, load_unsent(work, message_id), code)
    elif news.status in REACHED:
        _reached(work, thread, message_id, cause)
    work.ring_for_sends()


def _reached(work: Work, thread: Thread, message_id: int, cause: str) -> None:
    """A welcome has reached the phone: its enrolment is delivered, and complete if nothing is asked in it."""
    enrolment_id = work.connection.execute(
        select(Delivery.enrolment_id).where(Delivery.message_id == message_id)
    ).scalar_one_or_none()
    if enrolment_id is None:
        return
    run = load_run(work, enrolment_id)
    enrolments.mark_delivered(work, run, cause, message_id)
    complete_if_said(work, thread, run)


def complete_if_said(work: Work, thread: Thread, run: Run) -> None:
    """Complete a campaign that asks nothing, once it is delivered and all of it is said."""
    if run.finished and run.status is EnrolmentStatus.DELIVERED:
        endings.complete(work, thread, run, "everything is said, and delivered")
