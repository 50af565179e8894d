"""Claims alone, in this process, without anything being sent."""

import time
from dataclasses import replace

from sqlalchemy import select, update

from bot.channels import TWILIO
from bot.messaging.claims import Claim, claim
from bot.models import Message
from bot.runtime import Runtime
from bot.work import unit_of_work


def claim_seconds(runtime: Runtime, count: int) -> float:
    """Claim so many of what waits; return the seconds of one claim."""
    runtime = replace(runtime, senders={TWILIO: _Unused()})
    seconds, claimed = 0.0, 0
    while claimed < count:
        begun = time.perf_counter()
        with unit_of_work(runtime) as work:
            found = claim(work)
        if isinstance(found, Claim):
            seconds, claimed = seconds + time.perf_counter() - begun, claimed + 1
        elif found.until is None:
            raise RuntimeError("there is nothing to claim")
        # else the sender's pace holds it back for a millisecond
    return seconds / count


class _Unused:
    """A sender that is there, so that its channels are claimed for; nothing is handed to it."""


def empty_outbox(runtime: Runtime) -> None:
    """Make everything in it count as delivered."""
    unsettled = Message.status.in_(["queued", "sending", "sent"]) & Message.confirmed_at.is_(None)
    with unit_of_work(runtime) as work:
        done = {"status": "delivered", "confirmed_at": work.now}
        work.connection.execute(update(Message).where(unsettled).values(done))


def leave_waiting(runtime: Runtime, count: int) -> None:
    """Put everything that waits beyond so many aside."""
    last = select(Message.id).where(Message.status == "queued").order_by(Message.id).offset(count).limit(1)
    with unit_of_work(runtime) as work:
        first_aside = work.connection.execute(last).scalar_one()
        aside = update(Message).where(Message.status == "queued", Message.id >= first_aside)
        work.connection.execute(aside.values(status="aside"))


def put_back(runtime: Runtime) -> None:
    """Let what was put aside wait again."""
    with unit_of_work(runtime) as work:
        work.connection.execute(update(Message).where(Message.status == "aside").values(status="queued"))
