"""Settling what is not known: sent or not? By our own id, then by the provider's list and by count; never blindly."""

import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from bot.channels.base import ChannelKind, LookupFailed, MessageStatus, ProviderRecord
from bot.failpoints import crash_point
from bot.log import log_event
from bot.messaging.requeueing import put_back
from bot.messaging.spending import costs, count_back
from bot.messaging.thread import UNCONFIRMED, change_thread, lock_conversation
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
ASK_AGAIN = timedelta(seconds=30)
"""So long after an answer that settled nothing."""
AT_ONCE = 200
NOT_ASKED = "the provider could not be asked"
UNCLEAR = "the provider lists a message with a similar text"

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
    lease: str | None  # none where the clean-up after a restore has taken it
    attempts: int


def settle_unconfirmed_sends(runtime: Runtime) -> list[int]:
    """Ask the provider about what has been `sending` for over a minute, each by itself.

    Return those that are to be given up: tried often enough, and the provider has never seen them.
    """
    hopeless, silent = [], set()
    for unknown in _unknowns(runtime):
        if unknown.provider in silent:
            _give_up_if_late(runtime, unknown, NOT_ASKED)
            continue
        try:
            if not _settle(runtime, unknown):
                hopeless.append(unknown.id)
        except LookupFailed as error:
            # each further question would wait as long for nothing
            silent.add(unknown.provider)
            log_event(_LOG, "lookup_failed", level=logging.WARNING, message=unknown.public_id, error=error)
            _give_up_if_late(runtime, unknown, NOT_ASKED)
        except Exception as error:  # noqa: BLE001  the others must be settled all the same
            log_event(_LOG, "send_not_settled", level=logging.ERROR, message=unknown.public_id, error=error)
    return hopeless


def _unknowns(runtime: Runtime) -> list[Unknown]:
    with reading(runtime) as work:
        rows = _SENDING.all(work.connection, before=work.now - GRACE, lately=work.now - ASK_AGAIN)
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
        .where(or_(Message.asked_at.is_(None), Message.asked_at <= bindparam("lately")))
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

    What was sent there, reads much like it and is no message that we know of leaves it open: only time settles that.
    False: it is not there, and has been tried too often to be tried again.
    """
    listed = _listed(runtime, unknown)
    crash_point("settle_asked")
    found = resent = False
    with unit_of_work(runtime) as work:
        unclaimed = _unclaimed(work, listed)
        record = match(unknown, unclaimed)
        unclear = record is None and any(_resembles(unknown.text, other.text) for other in unclaimed)
        if record is not None:
            found = _found(work, unknown, record)
        elif unclear:
            _ask_again_later(work, unknown)
        elif unknown.attempts < MOST_ATTEMPTS:
            resent = put_back(work, unknown.id, unknown.lease, cause="was not sent; tried again")
            if resent:
                count_back(work, unknown.claimed_at.date() if costs(unknown.provider) else None)
        else:
            return False
    if unclear:
        _give_up_if_late(runtime, unknown, UNCLEAR)
        return True
    if found or resent:
        runtime.tallies.count("callboard_send_settled", how="lookup" if found else "resent")
    return True


def _listed(runtime: Runtime, unknown: Unknown) -> list[ProviderRecord]:
    """Return what the provider lists for the address since the claim. Raises `LookupFailed`."""
    sender = runtime.senders.get(unknown.provider)
    if sender is None:
        raise LookupFailed(f"{unknown.provider} is not set up any more")
    since = unknown.claimed_at - SLACK
    return [record for record in sender.sent_to(unknown.to, unknown.kind, since) if record.created_at >= since]


def _unclaimed(work: Work, listed: list[ProviderRecord]) -> list[ProviderRecord]:
    """Leave out what belongs to another message of ours."""
    ids = [record.provider_id for record in listed]
    known = set(work.connection.execute(select(Message.provider_id).where(Message.provider_id.in_(ids))).scalars())
    return [record for record in listed if record.provider_id not in known]


def _ask_again_later(work: Work, unknown: Unknown) -> None:
    """Something went to that address, and perhaps it is this, altered on its way: sent again it might come twice."""
    asked = update(Message).where(Message.id == unknown.id, Message.lease == unknown.lease)
    work.connection.execute(asked.values(asked_at=work.now))


def _found(work: Work, unknown: Unknown, record: ProviderRecord) -> bool:
    """It was sent. False: a callback said so first."""
    changed = work.connection.execute(
        update(Message)
        .where(Message.id == unknown.id, Message.status == MessageStatus.SENDING, Message.lease == unknown.lease)
        .values(status=MessageStatus.SENT, provider_id=record.provider_id, sent_at=record.created_at, lease=None)
    )
    work.ring_for_sends()
    return changed.rowcount == 1


def match(unknown: Unknown, unclaimed: Sequence[ProviderRecord]) -> ProviderRecord | None:
    """Return the record that is this message, among those that belong to no other message of ours, oldest first.

    Equal texts are settled one by one, each taking one record, so two intended equals are never taken for one.
    Providers alter texts: they put their own words before one of a trial account, and write quotes as SMS can. A
    template's text is theirs altogether: there any unclaimed record counts.
    """
    ours = _plain(unknown.text)
    same = [record for record in unclaimed if _TRIAL.sub("", _plain(record.text)) == ours]
    if not same and not unknown.ours_only:
        same = list(unclaimed)
    return min(same, key=lambda record: record.created_at, default=None)


_WORD = re.compile(r"\w+")
_TRIAL = re.compile(r"^Sent from [\w ]{0,40}trial account - ")
_SIMPLER = str.maketrans(
    {**dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‐‑‒–—―−", "-")}
)


def _plain(text: str) -> str:
    """Write a text in the simplest characters, so that two spellings of the same are equal."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SIMPLER).split())


def _resembles(ours: str, theirs: str) -> bool:
    """Say whether half of our words stand in a text: then it may be ours, altered on its way.

    Other systems may write to the same number, and what they say must not keep back what we have not sent.
    """
    words, others = (Counter(_WORD.findall(_plain(text).casefold())) for text in (ours, theirs))
    return 2 * (words & others).total() >= max(words.total(), 1)


def _give_up_if_late(runtime: Runtime, unknown: Unknown, cause: str) -> None:
    """After half an hour without an answer that settles it a person must decide."""
    with unit_of_work(runtime) as work:
        if work.now - unknown.claimed_at < GIVE_UP:
            return
        thread = lock_conversation(work, unknown.conversation_id)
        changed = work.connection.execute(
            update(Message)
            .where(Message.id == unknown.id, Message.status == MessageStatus.SENDING, Message.lease == unknown.lease)
            .values(status=MessageStatus.UNCONFIRMED, cause=cause, lease=None)
        )
        if changed.rowcount == 1:
            change_thread(work, thread, needs_person=thread.needs_person or UNCONFIRMED)
            work.ring_for_sends()
            runtime.tallies.count("callboard_send_settled", how="closed")
