"""Finding the person behind an address, or making one."""

from dataclasses import dataclass

from sqlalchemy import bindparam, insert, select

from bot.channels.base import ChannelKind, InboundMessage
from bot.messaging.thread import open_conversation, use_address
from bot.models import Address, Candidate, Merge, new_public_id
from bot.phones import phone_key
from bot.statements import Prepared, change_row
from bot.work import Work


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, from where."""

    candidate_id: int
    address_id: int


_BY_ADDRESS = Prepared(
    lambda _: select(Address.candidate_id, Address.id).where(
        Address.kind == bindparam("by_kind"), Address.value == bindparam("by_value")
    )
)


def find_sender(work: Work, inbound: InboundMessage) -> Sender:
    """Return who wrote: by the address as it is, by a variant of their number, by their other id; else a new person."""
    row = _BY_ADDRESS.first(work.connection, by_kind=inbound.kind, by_value=inbound.sender)
    if row is not None:
        return Sender(row.candidate_id, row.id)
    phone = inbound.phone or inbound.sender  # an opaque sender may come with the number beside it
    candidate_id = candidate_by_phone(work, phone) or _by_external_id(work, inbound)
    if candidate_id is None:
        candidate_id = add_candidate(work, phone=phone if phone.startswith("+") else None)
    address_id = use_address(work, candidate_id, inbound.kind, inbound.sender)
    return Sender(candidate_id, address_id)


def note_external_id(work: Work, candidate_id: int, inbound: InboundMessage) -> None:
    """Keep WhatsApp's own id of a person beside their number: one day it may be all that they write with."""
    if not inbound.external_id or inbound.kind is not ChannelKind.WHATSAPP:
        return
    known = select(Address.id).where(Address.kind == inbound.kind, Address.value == inbound.external_id)
    if work.connection.execute(known).first() is None:
        older = {"candidate_id": candidate_id, "kind": inbound.kind, "value": inbound.external_id}
        # an earlier time of use: the number stays the address that is written to
        work.connection.execute(insert(Address).values(**older, used_at=work.now.replace(year=2000)))


def add_candidate(work: Work, *, phone: str | None, **values: object) -> int:
    """Make a person with their conversation; return their id."""
    made = {"fields": {}, "first_name": "", "last_name": "", **values}
    candidate_id = work.connection.execute(
        insert(Candidate)
        .values(
            public_id=new_public_id(),
            phone=phone,
            phone_key=phone_key(phone) if phone else None,
            created_at=work.now,
            **made,
        )
        .returning(Candidate.id)
    ).scalar_one()
    open_conversation(work, candidate_id)
    return candidate_id


def candidate_by_phone(work: Work, e164: str) -> int | None:
    """Return the person of a number or of one of its variants; of one that was merged, the person who was kept."""
    key = phone_key(e164)
    found = work.connection.execute(select(Candidate.id).where(Candidate.phone_key == key)).scalar_one_or_none()
    if found is not None:
        return found
    return work.connection.execute(select(Merge.kept_id).where(Merge.phone_key == key)).scalar_one_or_none()


def candidate_by_ref(work: Work, public_id: str) -> int | None:
    """Return the person of a public id; by that of one who was merged, the person who was kept."""
    found = work.connection.execute(select(Candidate.id).where(Candidate.public_id == public_id)).scalar_one_or_none()
    if found is not None:
        return found
    # a later merge has changed it to whoever was kept then, so it never leads to one who is gone
    kept = select(Merge.kept_id).where(Merge.gone_public_id == public_id)
    return work.connection.execute(kept).scalar_one_or_none()


def known_now_as(work: Work, public_id: str) -> str | None:
    """Return the public id of the person who was kept, where that of one is given who was merged."""
    kept = select(Candidate.public_id).join(Merge, Merge.kept_id == Candidate.id)
    return work.connection.execute(kept.where(Merge.gone_public_id == public_id)).scalar_one_or_none()


def _by_external_id(work: Work, inbound: InboundMessage) -> int | None:
    if not inbound.external_id:
        return None
    found = select(Address.candidate_id).where(Address.kind == inbound.kind, Address.value == inbound.external_id)
    return work.connection.execute(found).scalar_one_or_none()


def touch(work: Work, address_id: int) -> None:
    """An address was used: of several of one kind it is the one that is written to."""
    change_row(work.connection, Address, address_id, used_at=work.now, unreachable_code=None)
