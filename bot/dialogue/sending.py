"""Keeping the outbox's promises: claim, send outside any transaction, record. `draining` does many at once."""

import logging
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, case, null, select, update

from bot.channels.base import (
    MessageStatus,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
    Sent,
    StatusUpdate,
)
from bot.channels.error_codes import concerns_sender, explain
from bot.dialogue.statuses import take_news
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.channels import SENDER_PAUSE, pause_channel, rest_sender
from bot.messaging.claims import BREAKER, PROBE_EVERY, Claim, Wait, claim
from bot.messaging.requeueing import put_back
from bot.messaging.spending import count_back
from bot.models import Channel, Message
from bot.runtime import Runtime
from bot.statements import Prepared
from bot.work import Work, unit_of_work

NO_CONNECTION = timedelta(seconds=2)
UNSENDABLE = "callboard_unsendable"

_LOG = logging.getLogger(__name__)


def send_due(runtime: Runtime, *, most: int = 10_000) -> int:
    """Send what is due in this thread, one after the other; return how many. For rehearsals and tests."""
    for sent in range(most):
        if isinstance(_send_next(runtime), Wait):
            return sent
    return most


def _send_next(runtime: Runtime) -> Claim | Wait:
    """Claim one message, send it, record what became of it."""
    found = claim_next(runtime)
    if isinstance(found, Claim):
        deliver(runtime, found)
    return found


def claim_next(runtime: Runtime) -> Claim | Wait:
    """Claim the next message that may go."""
    with unit_of_work(runtime) as work:
        found = claim(work)
    if isinstance(found, Claim):
        crash_point("send_claimed")
    return found


def deliver(runtime: Runtime, claimed: Claim) -> None:
    """Send a claimed message, and record what became of it."""
    outcome = _send(runtime, claimed)
    _count(runtime, claimed, outcome)
    crash_point("send_answered")
    with unit_of_work(runtime) as work:
        _record(work, claimed, outcome)
    crash_point("send_recorded")


def _send(runtime: Runtime, claimed: Claim) -> Sent | SendError:
    """Hand a message over; whatever comes of it is an outcome, or one message would stop all that wait behind it."""
    if claimed.refusal:
        return Rejected("it cannot go as it is", code=claimed.refusal)
    try:
        return runtime.senders[claimed.provider].send(claimed.outgoing)
    except Rejected as refused:
        # the provider's ordinary word: the code tells all, and where the call stood in our code nothing
        log_event(_LOG, "message_refused", message=claimed.outgoing.public_id, code=refused.code)
        return refused
    except SendError as error:
        log_event(_LOG, "send_failed", level=logging.WARNING, message=claimed.outgoing.public_id, error=error)
        return error
    except ValueError as error:
        log_event(_LOG, "message_unsendable", level=logging.ERROR, message=claimed.outgoing.public_id, error=error)
        return Rejected("it breaks a limit of the channel", code=UNSENDABLE)
    except Exception as error:  # noqa: BLE001  a fault of ours; how far the call had come is not known
        log_event(_LOG, "send_failed", level=logging.ERROR, message=claimed.outgoing.public_id, error=error)
        return _OwnFault("sending it raised an error")


class _OwnFault(OutcomeUnknown):
    """It says nothing of the provider, whose circuit stays closed."""


def _count(runtime: Runtime, claimed: Claim, outcome: Sent | SendError) -> None:
    match outcome:
        case Sent():
            known = "sent"
        case RateLimited() | NotSent():
            known = "not_sent"
        case Rejected():
            known = "refused"
        case _:
            known = "unknown"
    runtime.tallies.add("callboard_send_attempts", 1, {"channel": claimed.outgoing.kind, "class": known})


def give_up(runtime: Runtime, message_id: int) -> None:
    """Set aside a message that was claimed again and again and never reached the provider."""
    with unit_of_work(runtime) as work:
        public_id = work.connection.execute(select(Message.public_id).where(Message.id == message_id)).scalar_one()
        news = StatusUpdate("", "given up", MessageStatus.FAILED, UNSENDABLE, public_id)
        take_news(work, message_id, news, cause="given up")


def _record(work: Work, claimed: Claim, outcome: Sent | SendError) -> None:
    """Write down what became of a claim. A callback may have been quicker: then there is nothing left to write."""
    unsent = False
    match outcome:
        case _ if claimed.refusal and not _is_ours(work, claimed):
            return  # it was given back and counted back meanwhile: the next claim looks at the window again
        case Sent():
            _sent(work, claimed, outcome)
        case RateLimited(retry_after=delay):
            unsent = _back_into_queue(work, claimed, delay)
            pause_channel(work, claimed.channel_id, delay, "the provider asks us to slow down")
        case NotSent():
            unsent = _back_into_queue(work, claimed, NO_CONNECTION)
            _note_failure(work, claimed.channel_id)
        case Rejected(code=code) if concerns_sender(code, claimed.outgoing.sender):
            unsent = _back_into_queue(
                work, claimed, SENDER_PAUSE, cause=f"it waits: {explain(code).explanation.rstrip('.')}"
            )
            rest_sender(work, claimed.channel_id, code)
        case Rejected(code=code):
            news = StatusUpdate("", "rejected", MessageStatus.FAILED, code, claimed.outgoing.public_id)
            take_news(work, claimed.message_id, news, cause="refused")
            unsent = bool(claimed.refusal)
        case _OwnFault():
            return
        case OutcomeUnknown():
            # stays `sending`: settled by a callback with our id, or by asking (settling.py)
            _note_failure(work, claimed.channel_id)
    if unsent:
        count_back(work, claimed.day)


def _is_ours(work: Work, claimed: Claim) -> bool:
    of_lease = (Message.id == claimed.message_id, Message.lease == claimed.lease)
    under_way = select(Message.id).where(*of_lease, Message.status == MessageStatus.SENDING)
    return work.connection.execute(under_way).first() is not None


def _sent(work: Work, claimed: Claim, answer: Sent) -> None:
    _SENT.run_later(
        work.connection,
        message_id=claimed.message_id,
        its_lease=claimed.lease,
        its_id=answer.provider_id,
        parts=answer.segments,
        now=work.now,
    )
    # the provider answers: the count of failures begins anew, and a circuit that was open is closed
    _REACHED.run_later(work.connection, channel_id=claimed.channel_id)
    if answer.status == "delivered":
        news = StatusUpdate(answer.provider_id, "delivered", MessageStatus.DELIVERED, "", claimed.outgoing.public_id)
        take_news(work, claimed.message_id, news, cause="delivered")


def _back_into_queue(work: Work, claimed: Claim, delay: timedelta, cause: str | None = None) -> bool:
    """It certainly did not arrive: no attempt was used up. False: somebody else has settled it since."""
    again: dict[str, Any] = {"attempts": claimed.attempts - 1, "not_before": work.now + delay, "cause": cause}
    return put_back(work, claimed.message_id, claimed.lease, **again)


_SENT = Prepared(
    lambda _: (
        update(Message)
        .where(Message.id == bindparam("message_id"), Message.lease == bindparam("its_lease"))
        .values(
            status=MessageStatus.SENT,
            lease=null(),
            provider_id=bindparam("its_id"),
            segments=bindparam("parts"),
            sent_at=bindparam("now"),
        )
    )
)
_WAS_OPEN = Channel.failures >= BREAKER
_REACHED = Prepared(
    lambda _: (
        update(Channel)
        .where(Channel.id == bindparam("channel_id"), Channel.failures > 0)
        .values(
            failures=0,
            paused_until=case((_WAS_OPEN, null()), else_=Channel.paused_until),
            pause_cause=case((_WAS_OPEN, null()), else_=Channel.pause_cause),
        )
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
        pause_channel(work, channel_id, PROBE_EVERY, "the provider cannot be reached")
