"""Keeping the outbox's promises: claim, send outside any transaction, record. Called in drains."""

import logging
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from time import monotonic, sleep

from sqlalchemy import update

from bot.channels.base import (
    MessageStatus,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Receipt,
    Rejected,
    SendError,
    StatusUpdate,
)
from bot.dialogue.statuses import take_news
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.claims import Claim, Wait, claim
from bot.models import Channel, Message
from bot.runtime import Runtime
from bot.work import Work, unit_of_work

THREADS = 24
"""Calls under way at once in one worker: at 100 ms each, over two hundred a second."""
LONGEST_DRAIN = 20.0
LONGEST_NAP = 1.0
BREAKER = 10
PROBE_EVERY = timedelta(seconds=30)
NO_CONNECTION = timedelta(seconds=2)
UNAUTHORISED = frozenset({"20003", "http_401", "http_403", "30002"})
"""Nobody's message would be taken: what was refused goes back into the queue, and an administrator is needed."""
UNAUTHORISED_PAUSE = timedelta(minutes=1)

_LOG = logging.getLogger(__name__)


def drain(runtime: Runtime, *, threads: int = THREADS) -> None:
    """Send what is due until nothing is, in a pool of threads; hand over to the next drain after a while."""
    until = monotonic() + LONGEST_DRAIN
    first = _send_next(runtime)
    if isinstance(first, Wait) and first.until is None:
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="send") as pool:
        wait([pool.submit(_send_all, runtime, until) for _ in range(threads)])


def send_due(runtime: Runtime, *, most: int = 10_000) -> int:
    """Send what is due in this thread, one after the other; return how many. For rehearsals and tests."""
    for sent in range(most):
        if isinstance(_send_next(runtime), Wait):
            return sent
    return most


def _send_all(runtime: Runtime, until: float) -> None:
    while monotonic() < until and not runtime.stopping.is_set():
        found = _send_next(runtime)
        if not isinstance(found, Wait):
            continue
        if found.until is None:
            return
        sleep(_nap(found.until, runtime.clock.now()))


def _nap(until: datetime, now: datetime) -> float:
    return min(max((until - now).total_seconds(), 0.001), LONGEST_NAP)


def _send_next(runtime: Runtime) -> Claim | Wait:
    """Claim one message, send it, record what became of it."""
    with unit_of_work(runtime) as work:
        claimed = claim(work)
    if isinstance(claimed, Wait):
        return claimed
    crash_point("after_claim")
    outcome = _send(runtime, claimed)
    crash_point("before_record")
    with unit_of_work(runtime) as work:
        _record(work, claimed, outcome)
    return claimed


def _send(runtime: Runtime, claimed: Claim) -> Receipt | SendError:
    try:
        return runtime.senders[claimed.provider].send(claimed.outgoing)
    except SendError as error:
        log_event(_LOG, "send_failed", level=logging.WARNING, message=claimed.outgoing.public_id, error=error)
        return error


def _record(work: Work, claimed: Claim, outcome: Receipt | SendError) -> None:
    """Write down what became of a claim. A callback may have been quicker: then there is nothing left to write."""
    match outcome:
        case Receipt():
            _sent(work, claimed, outcome)
        case RateLimited(retry_after=delay):
            _back_into_queue(work, claimed, delay)
            _pause(work, claimed.channel_id, delay, "the provider asks us to slow down")
        case NotSent():
            _back_into_queue(work, claimed, NO_CONNECTION)
            _note_failure(work, claimed.channel_id)
        case Rejected(code=code) if code in UNAUTHORISED:
            _back_into_queue(work, claimed, UNAUTHORISED_PAUSE)
            _pause(work, claimed.channel_id, UNAUTHORISED_PAUSE, code)
        case Rejected(code=code):
            news = StatusUpdate("", "rejected", MessageStatus.FAILED, code, claimed.outgoing.public_id)
            take_news(work, claimed.message_id, news, cause="refused by the provider")
        case OutcomeUnknown():
            # stays `sending`: settled by a callback with our id, or by asking (settling.py)
            _note_failure(work, claimed.channel_id)


def _sent(work: Work, claimed: Claim, receipt: Receipt) -> None:
    work.connection.execute(
        update(Message)
        .where(Message.id == claimed.message_id, Message.lease == claimed.lease)
        .values(
            status=MessageStatus.SENT,
            lease=None,
            provider_id=receipt.provider_id,
            segments=receipt.segments,
            sent_at=work.now,
        )
    )
    work.connection.execute(
        update(Channel).where(Channel.id == claimed.channel_id, Channel.failures > 0).values(failures=0)
    )
    if receipt.status == "delivered":
        news = StatusUpdate(receipt.provider_id, "delivered", MessageStatus.DELIVERED, "", claimed.outgoing.public_id)
        take_news(work, claimed.message_id, news, cause="delivered")


def _back_into_queue(work: Work, claimed: Claim, delay: timedelta) -> None:
    """It certainly did not arrive: no attempt was used up."""
    work.connection.execute(
        update(Message)
        .where(Message.id == claimed.message_id, Message.lease == claimed.lease)
        .values(
            status=MessageStatus.QUEUED,
            lease=None,
            attempts=Message.attempts - 1,
            not_before=work.now + delay,
        )
    )


def _note_failure(work: Work, channel_id: int) -> None:
    """Count an attempt that did not get through; ten in a row open the circuit; a probe goes each half minute."""
    failures = work.connection.execute(
        update(Channel)
        .where(Channel.id == channel_id)
        .values(failures=Channel.failures + 1)
        .returning(Channel.failures)
    ).scalar_one()
    if failures >= BREAKER:
        _pause(work, channel_id, PROBE_EVERY, "the provider cannot be reached")


def _pause(work: Work, channel_id: int, delay: timedelta, cause: str) -> None:
    work.connection.execute(
        update(Channel).where(Channel.id == channel_id).values(paused_until=work.now + delay, pause_cause=cause)
    )
