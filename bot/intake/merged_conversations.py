"""What one conversation is that two were: where it goes on, who holds it, what it waits for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from bot.models import Address
from bot.work import Work

_WAY = ("channel_id", "address_id", "window_until", "window_channel_id", "pending", "last_notice_at")
"""Goes over together: the 24 hours are those of one number."""


def merged_conversation(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the columns of the conversation that stays, and whether it goes on where the other one ran. Pure.

    It does where the other's campaign is under way, or where they last wrote to us and nothing is under way.
    """
    prefers_gone = _prefers_gone(kept, gone)
    way = gone if prefers_gone else kept
    held = kept if kept["held_by"] else gone
    joined = {name: way[name] for name in _WAY}
    joined |= {"held_by": held["held_by"], "held_by_id": held["held_by_id"]}
    joined["active_enrolment_id"] = kept["active_enrolment_id"] or gone["active_enrolment_id"]
    joined["assigned_to_id"] = kept["assigned_to_id"] or gone["assigned_to_id"]
    joined["needs_person"] = kept["needs_person"] or gone["needs_person"]
    joined["awaiting_since"] = _first(kept["awaiting_since"], gone["awaiting_since"])
    joined["stirred_at"] = max(filter(None, (kept["stirred_at"], gone["stirred_at"])), default=None)
    joined["backlog"] = kept["backlog"] or gone["backlog"]
    joined["created_at"] = min(kept["created_at"], gone["created_at"])
    return joined, prefers_gone


def _prefers_gone(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> bool:
    if kept["active_enrolment_id"] is not None or gone["channel_id"] is None:
        return False
    if gone["active_enrolment_id"] is not None or kept["channel_id"] is None:
        return True
    last_of_gone: datetime = gone["stirred_at"] or gone["created_at"]
    last_of_kept: datetime = kept["stirred_at"] or kept["created_at"]
    return last_of_gone > last_of_kept


def _first(*moments: datetime | None) -> datetime | None:
    return min(filter(None, moments), default=None)


def prefer_addresses(work: Work, kept_id: int, gone_id: int, *, prefers_gone: bool) -> None:
    """Write to the addresses of one of two people from now on: of several of a kind the last used is written to.

    The others are known still, so whoever writes from them is recognised.
    """
    preferred, other = (gone_id, kept_id) if prefers_gone else (kept_id, gone_id)
    earliest = select(func.min(Address.used_at, type_=Address.used_at.type)).where(Address.candidate_id == preferred)
    first_used: datetime | None = work.connection.execute(earliest).scalar_one()
    if first_used is None:
        return
    later = (Address.candidate_id == other, Address.used_at >= first_used)
    before = first_used - timedelta(seconds=1)
    work.connection.execute(update(Address).where(*later).values(used_at=before))
