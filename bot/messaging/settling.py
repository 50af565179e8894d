"""Settling what is not known: sent or not? By our own id, then by the provider's list and by count; never blindly."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from bot.channels.base import ChannelKind, LookupFailed, MessageStatus, ProviderRecord
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.requeueing import put_back
from bot.messaging.thread import change_thread, lock_conversation
from bot.models import Address, Channel, Message
from bot.runtime import Runtime
from bot.statements import Prepared
from bot.work import Work, reading, unit_of_work

GRACE = timedelta(seconds=60)
"""Longer than any call to the provider may take."""
GIVE_UP = timedelta(minutes=30)
SLACK = timedelta(minutes=2)
"""Their clock and ours may differ, and a call may have begun a little after the claim."""
MOST_ATTEMPTS = 5
"""So often a message may vanish with the process that sends it; then it is the message's fault."""
AT_ONCE = 200

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message whose fate is not known."""

    id: int
    public_id: str
    conversation_id: int
    kind: ChannelKind
    provider: str
    to: str
    text: str
    ours_only: bool  # the provider lists the very words that we sent
    claimed_at: datetime
    lease: str
    attempts: int


def settle_unconfirmed_sends(runtime: Runtime) -> list[int]:
    """Ask the provider about what has been `sending` for over a minute, each by itself.

    Return those that are to be given up: tried often enough, and the provider has never seen them.
    """
    hopeless, silent = [], set()
    for unknown in _unknowns(runtime):
        if unknown.provider in silent:
            _give_up_if_late(runtime, unknown)
            continue
        try:
            if not _settle(runtime, unknown):
                hopeless.append(unknown.id)
        except LookupFailed as error:
            # each further question would wait as long for nothing
            silent.add(unknown.provider)
            log_event(_LOG, "lookup_failed", level=logging.WARNING, message=unknown.public_id, error=error)
            _give_up_if_late(runtime, unknown)
        except Exception as error:  # noqa: BLE001  the others must be settled all the same
            log_event(_LOG, "send_not_settled", level=logging.ERROR, message=unknown.public_id, error=error)
    return hopeless


def _unknowns(runtime: Runtime) -> list[Unknown]:
    with reading(runtime) as work:
        rows = _SENDING.all(work.connection, before=work.now - GRACE)
    return [_unknown(row) for row in rows]


# asked every few seconds: in the order of the index of what is under way, whose condition stands in the text
_SENDING = Prepared(
    lambda _: (
        select(
            Message.id,
            Message.public_id,
            Message.conversation_id,
            Channel.kind,
            Channel.provider,
            Address.value,
            Message.text,
            Message.content,
            Message.claimed_at,
            Message.lease,
            Message.attempts,
        )
        .join(Channel, Channel.id == Message.channel_id)
        .join(Address, Address.id == Message.address_id)
        .where(Message.status == MessageStatus.SENDING, Message.claimed_at <= bindparam("before"))
        .order_by(Message.claimed_at)
        .limit(AT_ONCE)
    )
)


def _unknown(row: Any) -> Unknown:
    return Unknown(
        id=row.id,
        public_id=row.public_id,
        conversation_id=row.conversation_id,
        kind=ChannelKind(row.kind),
        provider=row.provider,
        to=row.value,
        text=row.text,
        ours_only="template" not in row.content and not row.content.get("tapped"),
        claimed_at=row.claimed_at,
        lease=row.lease,
        attempts=row.attempts,
    )


def _settle(runtime: Runtime, unknown: Unknown) -> bool:
    """Compare what the provider lists with what we know that we sent; one more than that is this message.

    False: it is not there, and has been tried too often to be tried again.
    """
    since = unknown.claimed_at - SLACK
    listed = list(runtime.senders[unknown.provider].sent_to(unknown.to, unknown.kind, since))
    crash_point("settle_asked")
    with unit_of_work(runtime) as work:
        known = set(
            work.connection.execute(
                select(Message.provider_id).where(Message.provider_id.in_([record.provider_id for record in listed]))
            ).scalars()
        )
        record = match(unknown, [r for r in listed if r.provider_id not in known and r.created_at >= since])
        if record is not None:
            _found(work, unknown, record)
        elif unknown.attempts < MOST_ATTEMPTS:
            put_back(work, unknown.id, unknown.lease, cause="was not sent; tried again")
        else:
            return False
    runtime.tallies.count("callboard_send_settled", how="lookup" if record is not None else "resent")
    return True


def _found(work: Work, unknown: Unknown, record: ProviderRecord) -> None:
    work.connection.execute(
        update(Message)
        .where(Message.id == unknown.id, Message.status == MessageStatus.SENDING, Message.lease == unknown.lease)
        .values(status=MessageStatus.SENT, provider_id=record.provider_id, sent_at=record.created_at, lease=None)
    )
    work.ring_for_sends()


def match(unknown: Unknown, unclaimed: Sequence[ProviderRecord]) -> ProviderRecord | None:
    """Return the record that is this message, among those that belong to no other message of ours, oldest first.

    Equal texts are settled one by one, each taking one record, so two intended equals are never taken for one.
    A template's text is the provider's, not ours: there any unclaimed record of a text we did not write counts.
    """
    same = [record for record in unclaimed if record.text.strip() == unknown.text.strip()]
    if not same and not unknown.ours_only:
        same = list(unclaimed)
    return min(same, key=lambda record: record.created_at, default=None)


def _give_up_if_late(runtime: Runtime, unknown: Unknown) -> None:
    """After half an hour without an answer from the provider a person must decide."""
    with unit_of_work(runtime) as work:
        if work.now - unknown.claimed_at < GIVE_UP:
            return
        thread = lock_conversation(work, unknown.conversation_id)
        changed = work.connection.execute(
            update(Message)
            .where(Message.id == unknown.id, Message.status == MessageStatus.SENDING, Message.lease == unknown.lease)
            .values(status=MessageStatus.UNCONFIRMED, cause="the provider could not be asked", lease=None)
        )
        if changed.rowcount == 1:
            change_thread(work, thread, needs_person=thread.needs_person or "unconfirmed")
            work.ring_for_sends()
            runtime.tallies.count("callboard_send_settled", how="closed")
