"""What falls due by itself: expiry, reminders, and receipts that never came. One transaction a row."""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute

from bot.channels.base import MessageStatus, StatusUpdate
from bot.contact_window import closing, next_open
from bot.dialogue.statuses import take_news
from bot.engine.effects import Say, Written
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.consent import may_answer
from bot.messaging.outbox import BULK, Posting, queue_message, route_of
from bot.messaging.thread import ASKED, Thread, lock_thread
from bot.models import Enrolment, Message
from bot.pipeline import endings, enrolments
from bot.pipeline.deliveries import NoWay, go_on_by_itself
from bot.pipeline.reminders import when_to_remind
from bot.pipeline.runs import Run, flow_of, load_run, voice_for
from bot.rendering import render
from bot.runtime import Runtime
from bot.statements import Prepared, change_row
from bot.work import Work, reading, unit_of_work
from flows.flow import Reminder
from flows.lifecycles import OPEN

NO_RECEIPT_AFTER = timedelta(hours=24)
PUT_OFF = timedelta(hours=1)
REMINDER_LASTS = timedelta(hours=4)
AT_ONCE = 500

_LOG = logging.getLogger(__name__)


def expire_enrolments(runtime: Runtime) -> int:
    """End what was not completed in time; return how many were looked at."""
    return _each_due(runtime, Enrolment.expires_at, _expire)


def send_reminders(runtime: Runtime) -> int:
    """Remind those who have gone quiet, in the hours in which one may write to them; return how many were looked at."""
    return _each_due(runtime, Enrolment.remind_at, _remind)


def assume_delivered(runtime: Runtime) -> int:
    """Count as delivered what was sent a day ago and never got a receipt, so that no queue stands still for ever.

    So does what is unconfirmed for a day: by then nobody will tell any more whether it went.
    """
    with reading(runtime) as work:
        when = {"now": work.now, "at": work.now - NO_RECEIPT_AFTER}
        rows = [row for old in (_SENT, _UNCONFIRMED) for row in old.all(work.connection, **when)]
    for row in rows:
        try:
            with unit_of_work(runtime) as work:
                news = StatusUpdate(row.provider_id or "", "no receipt", MessageStatus.DELIVERED, "", row.public_id)
                take_news(work, row.id, news, cause="no receipt", assumed=True)
        except OperationalError as error:
            log_event(_LOG, "timer_failed", level=logging.WARNING, message=row.public_id, error=error)
            break
        except Exception as error:  # noqa: BLE001  the others got none either
            log_event(_LOG, "timer_failed", level=logging.ERROR, message=row.public_id, error=error)
            with unit_of_work(runtime) as work:
                change_row(work.connection, Message, row.id, not_before=work.now + PUT_OFF)
    return len(rows)


def _without_receipt(status: MessageStatus, since: InstrumentedAttribute[datetime | None]) -> Prepared:
    """The oldest first, without those that were put off."""
    return Prepared(
        lambda _: (
            select(Message.id, Message.provider_id, Message.public_id)
            .where(Message.status == status, since <= bindparam("at"))
            .where(or_(Message.not_before.is_(None), Message.not_before <= bindparam("now")))
            .order_by(since)
            .limit(AT_ONCE)
        )
    )


_SENT = _without_receipt(MessageStatus.SENT, Message.sent_at)
_UNCONFIRMED = _without_receipt(MessageStatus.UNCONFIRMED, Message.claimed_at)


def _each_due(
    runtime: Runtime, column: InstrumentedAttribute[datetime | None], act: Callable[[Work, Thread, Run], None]
) -> int:
    """Act on open enrolments whose moment has come, if it still has when they are locked; return how many there were.

    In an order of its own, so that sweeps which run at once hardly ever meet.
    """
    with reading(runtime) as work:
        rows = list(_due(column).all(work.connection, now=work.now))
    random.shuffle(rows)
    for enrolment_id, candidate_id in rows:
        if runtime.stopping.is_set():
            break
        try:
            _act_if_due(runtime, column, act, enrolment_id, candidate_id)
        except OperationalError as error:
            # the database is busy or away, for the others too: they are still due in the next round
            log_event(_LOG, "timer_failed", level=logging.WARNING, enrolment=enrolment_id, error=error)
            break
    return len(rows)


def _act_if_due(
    runtime: Runtime,
    column: InstrumentedAttribute[datetime | None],
    act: Callable[[Work, Thread, Run], None],
    enrolment_id: int,
    candidate_id: int,
) -> None:
    try:
        with unit_of_work(runtime) as work:
            thread = lock_thread(work, candidate_id)
            still = select(Enrolment.id).where(
                Enrolment.id == enrolment_id, Enrolment.status.in_(OPEN), column <= work.now
            )
            if work.connection.execute(still).first():
                act(work, thread, load_run(work, enrolment_id))
                crash_point("timer_acted")
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  the others are due all the same
        log_event(_LOG, "timer_failed", level=logging.ERROR, enrolment=enrolment_id, error=error)
        _put_off(runtime, enrolment_id, column)


def _put_off(runtime: Runtime, enrolment_id: int, column: InstrumentedAttribute[datetime | None]) -> None:
    """Try again in an hour; at the head of the line it would hold up the others for ever."""
    with unit_of_work(runtime) as work:
        later = {column.key: work.now + PUT_OFF}
        work.connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(**later))


@cache
def _due(column: InstrumentedAttribute[datetime | None]) -> Prepared:
    """Prepared, so that the open statuses stand in the text: SQLite knows the index of what is due only by them."""
    return Prepared(
        lambda _: (
            select(Enrolment.id, Enrolment.candidate_id)
            .where(Enrolment.status.in_(OPEN), column <= bindparam("now"))
            .order_by(column)
            .limit(AT_ONCE)
        )
    )


def _expire(work: Work, thread: Thread, run: Run) -> None:
    """End it, unless a person holds the conversation: then it lasts, and `hand_back` gives them time to answer."""
    if thread.held_by is None:
        endings.expire(work, thread, run)
    else:
        enrolments.keep(work, run, expires_at=work.now + PUT_OFF)


def _remind(work: Work, thread: Thread, run: Run) -> None:
    """Send the reminder that is due, or put it off to the next hour in which one may write.

    Where nobody may be reminded it is due again once they are asked again, which begins their silence anew.
    """
    if not _may_remind(thread, run):
        enrolments.keep(work, run, remind_at=None)
        return
    hours = work.settings.contact_hours
    zone = ZoneInfo(thread.time_zone or run.job_time_zone)
    opening = next_open(work.now, zone, hours.opens, hours.closes)
    if opening > work.now:
        enrolments.keep(work, run, remind_at=opening)
        return
    flow = flow_of(work, run.version_id).flow
    if run.reminders_sent < len(flow.reminders):
        until = min(closing(work.now, zone, hours.closes), work.now + REMINDER_LASTS)
        _say_reminder(work, thread, run, flow.reminders[run.reminders_sent], flow.language, until)
    sent = run.reminders_sent + 1
    quiet_since = work.connection.execute(select(Enrolment.quiet_since).where(Enrolment.id == run.id)).scalar_one()
    following = when_to_remind(flow, sent, quiet_since or work.now, work.now)
    enrolments.keep(work, run, reminders_sent=sent, remind_at=following)


def _may_remind(thread: Thread, run: Run) -> bool:
    """Nobody is reminded who waits for a person, or is talking to one; other matters for a person hold nothing up."""
    waits = thread.needs_person == ASKED or run.stands().called
    return thread.held_by is None and not waits and thread.opted_out_at is None


def _say_reminder(work: Work, thread: Thread, run: Run, reminder: Reminder, language: str, until: datetime) -> None:
    """Say it in the window or on SMS; beyond the window by an approved template, on another channel, or not at all.

    What has not gone by *until* does not go at all.
    """
    rendered = render(Say((Written(reminder.text),), template=reminder.template), voice_for(work, thread, run))
    route = route_of(thread, work.now)
    if not may_answer(work, thread, route.kind):
        enrolments.add_event(work, run, f"reminder left out: there is no consent for {route.kind}")
        return
    onward = go_on_by_itself(work, thread, run, rendered, language)
    if isinstance(onward, NoWay):
        enrolments.add_event(work, run, "reminder left out: the window is closed and no template is approved")
        return
    route, template = onward
    posting = Posting(enrolment_id=run.id, priority=BULK, template=template, expires_at=until, is_reminder=True)
    message_id = queue_message(work, thread, route, rendered, posting)
    enrolments.add_event(work, run, "reminder", message_id)
