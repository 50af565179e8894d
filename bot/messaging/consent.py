"""The ledger of consent: whether we may write to somebody over a kind of channel."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.channels.error_codes import OPT_OUTS
from bot.messaging.thread import Thread
from bot.models import Candidate, Channel, Consent, Message
from bot.outgoing.telling import tell_opt_out
from bot.statements import Prepared
from bot.work import Work


def may_write(work: Work, candidate_id: int, kind: ChannelKind) -> bool:
    """Say whether a consent for *kind* stands."""
    return _STANDING.first(work.connection, candidate_id=candidate_id, kind=kind) is not None


_STANDING = Prepared(
    lambda _: (
        select(Consent.id)
        .where(
            Consent.candidate_id == bindparam("candidate_id"),
            Consent.channel == bindparam("kind"),
            Consent.withdrawn_at.is_(None),
        )
        .limit(1)
    )
)


def may_answer(work: Work, thread: Thread, kind: ChannelKind) -> bool:
    """Say whether a person may write over *kind*: a consent stands, or the candidate wrote there and took none back."""
    if may_write(work, thread.candidate_id, kind):
        return True
    of_candidate = (Consent.candidate_id == thread.candidate_id, Consent.channel == kind)
    withdrawn_at = work.connection.execute(select(func.max(Consent.withdrawn_at)).where(*of_candidate)).scalar_one()
    wrote_at = _last_wrote(work, thread, kind)
    return wrote_at is not None and (withdrawn_at is None or withdrawn_at < wrote_at)


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
    _change(work, thread, opted_out_at=work.now)
    tell_opt_out(work, thread.candidate_id)
    return True


def opt_in(work: Work, thread: Thread) -> bool:
    """Take an opt-out back; only the candidate can. False: there was none."""
    if thread.opted_out_at is None:
        return False
    _change(work, thread, opted_out_at=None, opted_in_at=work.now)
    return True


def opted_in_since(work: Work, thread: Thread, at: datetime | None) -> bool:
    """Say whether they have taken an opt-out back after that moment."""
    opted_in_at = _opted_in_at(work, thread)
    return opted_in_at is not None and at is not None and at <= opted_in_at


def _opted_in_at(work: Work, thread: Thread) -> datetime | None:
    opted_in = select(Candidate.opted_in_at).where(Candidate.id == thread.candidate_id)
    return work.connection.execute(opted_in).scalar_one()


def came_back_elsewhere(work: Work, thread: Thread, kind: ChannelKind) -> bool:
    """Say whether START came after all that they wrote over *kind*, where the carrier goes on blocking us then.

    It lifts its block for a START that is sent there (https://help.twilio.com/articles/223134027). Of a STOP there that
    has never reached us we know since the first message that was refused for it.
    """
    opted_in_at = _opted_in_at(work, thread)
    if thread.opted_out_at is not None or opted_in_at is None:
        return False
    stopped_at = _last_wrote(work, thread, kind) or _first_refused(work, thread, kind)
    return stopped_at is not None and stopped_at < opted_in_at


def _last_wrote(work: Work, thread: Thread, kind: ChannelKind) -> datetime | None:
    wrote = (
        select(Message.created_at)
        .join(Channel, Channel.id == Message.channel_id)
        .where(Message.conversation_id == thread.id, Message.inbound, Channel.kind == kind)
    )
    return work.connection.execute(wrote.order_by(Message.id.desc()).limit(1)).scalar_one_or_none()


def _first_refused(work: Work, thread: Thread, kind: ChannelKind) -> datetime | None:
    refused = (
        select(func.min(Message.claimed_at, type_=Message.created_at.type))
        .join(Channel, Channel.id == Message.channel_id)
        .where(Message.conversation_id == thread.id, Channel.kind == kind, Message.error_code.in_(OPT_OUTS))
    )
    return work.connection.execute(refused).scalar_one()


def _change(work: Work, thread: Thread, *, opted_out_at: datetime | None, **more: datetime) -> None:
    changes = {"opted_out_at": opted_out_at, **more}
    work.connection.execute(update(Candidate).where(Candidate.id == thread.candidate_id).values(**changes))
    thread.opted_out_at = opted_out_at
