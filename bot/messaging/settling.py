"""Settling what is not known: sent or not? By our own id, then by the provider's list and by count; never blindly."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.channels.base import ChannelKind, LookupFailed, MessageStatus, ProviderRecord
from bot.log import log_event
from bot.models import Address, Channel, Message
from bot.runtime import Runtime
from bot.work import reading, unit_of_work

GRACE = timedelta(seconds=60)
"""Longer than any call to the provider may take."""
GIVE_UP = timedelta(minutes=30)
SLACK = timedelta(minutes=2)
"""Their clock and ours may differ, and a call may have begun a little after the claim."""
AT_ONCE = 200

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message whose fate is not known."""

    id: int
    public_id: str
    channel_id: int
    kind: ChannelKind
    provider: str
    to: str
    text: str
    ours_only: bool  # the provider lists the very words that we sent
    claimed_at: datetime


def settle_unconfirmed_sends(runtime: Runtime) -> int:
    """Ask the provider about what has been `sending` for over a minute; return how many were looked at."""
    unknowns = _unknowns(runtime)
    for unknown in unknowns:
        try:
            _settle(runtime, unknown)
        except LookupFailed as error:
            log_event(_LOG, "lookup_failed", level=logging.WARNING, message=unknown.public_id, error=error)
            _give_up_if_late(runtime, unknown)
    return len(unknowns)


def _unknowns(runtime: Runtime) -> list[Unknown]:
    with reading(runtime) as work:
        rows = work.connection.execute(
            select(
                Message.id,
                Message.public_id,
                Message.channel_id,
                Channel.kind,
                Channel.provider,
                Address.value,
                Message.text,
                Message.content,
                Message.claimed_at,
            )
            .join(Channel, Channel.id == Message.channel_id)
            .join(Address, Address.id == Message.address_id)
            .where(Message.status == MessageStatus.SENDING, Message.claimed_at <= work.now - GRACE)
            .order_by(Message.id)
            .limit(AT_ONCE)
        ).all()
    return [_unknown(row) for row in rows]


def _unknown(row: Any) -> Unknown:
    return Unknown(
        id=row.id,
        public_id=row.public_id,
        channel_id=row.channel_id,
        kind=ChannelKind(row.kind),
        provider=row.provider,
        to=row.value,
        text=row.text,
        ours_only="template" not in row.content and not row.content.get("tapped"),
        claimed_at=row.claimed_at,
    )


def _settle(runtime: Runtime, unknown: Unknown) -> None:
    """Compare what the provider lists with what we know that we sent; one more than that is this message."""
    since = unknown.claimed_at - SLACK
    listed = list(runtime.senders[unknown.provider].sent_to(unknown.to, unknown.kind, since))
    with unit_of_work(runtime) as work:
        known = set(
            work.connection.execute(
                select(Message.provider_id).where(Message.provider_id.in_([record.provider_id for record in listed]))
            ).scalars()
        )
        record = match(unknown, [r for r in listed if r.provider_id not in known and r.created_at >= since])
        values = (
            {"status": MessageStatus.SENT, "provider_id": record.provider_id, "sent_at": record.created_at}
            if record
            else {"status": MessageStatus.QUEUED, "cause": "was not sent; tried again"}
        )
        work.connection.execute(
            update(Message)
            .where(
                Message.id == unknown.id,
                Message.status == MessageStatus.SENDING,
                Message.claimed_at == unknown.claimed_at,
            )
            .values(**values, lease=None)
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
        work.connection.execute(
            update(Message)
            .where(Message.id == unknown.id, Message.status == MessageStatus.SENDING)
            .values(status=MessageStatus.UNCONFIRMED, cause="the provider could not be asked", lease=None)
        )
