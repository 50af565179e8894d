"""The ledger of consent: whether we may write to somebody over a kind of channel."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.messaging.thread import Thread
from bot.models import Candidate, Consent, Message
from bot.work import Work


def may_write(work: Work, candidate_id: int, kind: ChannelKind) -> bool:
    """Say whether a consent for *kind* stands."""
    standing = select(Consent.id).where(
        Consent.candidate_id == candidate_id, Consent.channel == kind, Consent.withdrawn_at.is_(None)
    )
    return work.connection.execute(standing.limit(1)).first() is not None


def give_consent(work: Work, candidate_id: int, kinds: Iterable[str], *, source: str, at: datetime) -> None:
    """Record a consent for each kind of channel that has none standing; one withdrawn by STOP stays withdrawn."""
    for kind in dict.fromkeys(kinds):
        if not may_write(work, candidate_id, ChannelKind(kind)):
            values = {"candidate_id": candidate_id, "channel": kind, "source": source, "given_at": at}
            work.connection.execute(insert(Consent).values(values))


def opt_out(work: Work, thread: Thread) -> bool:
    """Stop all messages on every channel, at once: nothing that waits goes out. False: it was so already.

    Then nothing waits but the confirmation, and who says STOP twice is to get that.
    """
    if thread.opted_out_at is not None:
        return False
    work.connection.execute(
        update(Message)
        .where(Message.conversation_id == thread.id, Message.status == MessageStatus.QUEUED)
        .values(status=MessageStatus.CANCELLED, cause="opted out")
    )
    _set_opted_out(work, thread, work.now)
    return True


def opt_in(work: Work, thread: Thread) -> bool:
    """Take an opt-out back; only the candidate can. False: there was none."""
    if thread.opted_out_at is None:
        return False
    _set_opted_out(work, thread, None)
    return True


def _set_opted_out(work: Work, thread: Thread, at: datetime | None) -> None:
    work.connection.execute(update(Candidate).where(Candidate.id == thread.candidate_id).values(opted_out_at=at))
    thread.opted_out_at = at
