"""Changing what is known of a candidate, and what they agreed to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.channels.base import ChannelKind, MessageStatus
from bot.errors import Conflict
from bot.intake.people import candidate_by_phone
from bot.messaging.consent import give_consent, opt_out
from bot.messaging.thread import Thread, address_for, change_thread, use_address
from bot.models import Address, Candidate, Consent, Message
from bot.phones import phone_key
from bot.pipeline import endings
from bot.work import Work
from flows.lifecycles import CancelReason

HOW = "changed by a person or a program"
REPLACED = "another consent was given in its place"

GivenConsent = tuple[ChannelKind, str | None, datetime | None]
"""Channel, source and moment; None stands for what was not told, and leaves what is known."""


def change_candidate(
    work: Work,
    thread: Thread,
    changes: Mapping[str, Any],
    *,
    consents: Sequence[GivenConsent] | None,
    source: str,
    opts_out: bool,
) -> None:
    """Change columns of a candidate; `fields` are merged, and None takes one away.

    *consents* are those that stand from now on, of several for one channel the last; None leaves them as they are.
    *source* vouches for a new one that names none. *opts_out* stops all automatic messages and ends what runs; the
    candidate is not told, as whoever asks for it has spoken with them.
    """
    values = dict(changes)
    if "fields" in values:
        values["fields"] = _merged(work, thread.candidate_id, values["fields"])
    if values:
        work.connection.execute(update(Candidate).where(Candidate.id == thread.candidate_id).values(**values))
    if consents is not None:
        _set_consents(work, thread.candidate_id, consents, source)
    if opts_out and opt_out(work, thread):
        endings.cancel_all(work, thread, CancelReason.OPTED_OUT)
        change_thread(work, thread, pending=None)


def change_phone(work: Work, thread: Thread, phone: str) -> None:
    """Write to another number from now on, on every kind of channel, what is queued as well.

    Who writes from the old number is known still. An id of WhatsApp's own is no number, and is written to as before.
    *phone* is E.164. Raises `Conflict` where it is somebody else's.
    """
    if phone == thread.phone:
        return
    known = select(Address.candidate_id).where(Address.value == phone)
    owners = {candidate_by_phone(work, phone), *work.connection.execute(known).scalars()}
    if owners - {None, thread.candidate_id}:
        raise Conflict("this is the number of another candidate")
    values = {"phone": phone, "phone_key": phone_key(phone)}
    work.connection.execute(update(Candidate).where(Candidate.id == thread.candidate_id).values(**values))
    kinds = [kind for kind in ChannelKind if not _has_own_id(work, thread.candidate_id, kind)]
    addresses = {kind: use_address(work, thread.candidate_id, kind, phone) for kind in kinds}
    if thread.kind in addresses:  # the 24 hours were those of the old number
        change_thread(work, thread, address_id=addresses[thread.kind], window_until=None)
    for kind, address_id in addresses.items():
        _send_queued_to(work, thread, kind, address_id)
    thread.phone = phone


def _has_own_id(work: Work, candidate_id: int, kind: ChannelKind) -> bool:
    in_use = address_for(work, candidate_id, kind)
    if kind is not ChannelKind.WHATSAPP or in_use is None:
        return False
    value: str = work.connection.execute(select(Address.value).where(Address.id == in_use[0])).scalar_one()
    return not value.startswith("+")


def _send_queued_to(work: Work, thread: Thread, kind: ChannelKind, address_id: int) -> None:
    theirs = select(Address.id).where(Address.candidate_id == thread.candidate_id, Address.kind == kind)
    queued = (
        Message.conversation_id == thread.id,
        Message.status == MessageStatus.QUEUED,
        Message.confirmed_at.is_(None),
        Message.address_id.in_(theirs),
    )
    work.connection.execute(update(Message).where(*queued).values(address_id=address_id))


def _merged(work: Work, candidate_id: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    known = work.connection.execute(select(Candidate.fields).where(Candidate.id == candidate_id)).scalar_one()
    return {name: value for name, value in {**known, **fields}.items() if value is not None}


def _set_consents(work: Work, candidate_id: int, consents: Sequence[GivenConsent], voucher: str) -> None:
    kinds = [kind for kind, _, _ in consents]
    work.connection.execute(
        update(Consent)
        .where(
            Consent.candidate_id == candidate_id,
            Consent.channel.not_in(kinds),
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=work.now, withdrawn_how=HOW)
    )
    for kind, source, at in {consent[0]: consent for consent in consents}.values():
        _set_consent(work, candidate_id, kind, source, at, voucher)


def _set_consent(
    work: Work, candidate_id: int, kind: ChannelKind, source: str | None, at: datetime | None, voucher: str
) -> None:
    """Let that consent stand. One that says the same stays as it is; another is withdrawn, and kept in the ledger."""
    standing = (Consent.candidate_id == candidate_id, Consent.channel == kind, Consent.withdrawn_at.is_(None))
    known = work.connection.execute(select(Consent.source, Consent.given_at).where(*standing)).first()
    if known is not None and (source in (None, known.source)) and (at in (None, known.given_at)):
        return
    replaced = {"withdrawn_at": work.now, "withdrawn_how": REPLACED}
    work.connection.execute(update(Consent).where(*standing).values(**replaced))
    told = source or (known.source if known else voucher)
    give_consent(work, candidate_id, [kind], source=told, at=at or work.now)
