"""The audit log as it is looked at: newest first, by who, what and which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from bot.models import AuditEntry, User
from bot.work import Work

MOST = 50


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; blank means any."""

    user: str = ""
    """The public id of who did it."""
    action: str = ""
    """How the action begins, such as `user.`"""
    object_id: str = ""
    """The public id of what it was done to."""
    before: int = 0
    """Only entries older than the one of this id."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry."""

    id: int
    at: datetime
    who: str
    who_id: str
    """The public id of the user who did it; blank where none did."""
    action: str
    object_kind: str
    object_id: str
    details: tuple[tuple[str, str], ...]
    address: str


def audit_page(work: Work, wanted: AuditFilter) -> tuple[list[AuditRow], int]:
    """Return a page of entries, and before which id the next one begins; 0 where there is none."""
    entries = (
        select(AuditEntry, User.email, User.name, User.public_id.label("who_id"))
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(*_conditions(wanted))
        .order_by(AuditEntry.id.desc())
        .limit(MOST + 1)
    )
    found = work.session.execute(entries).all()
    rows = [_row(entry, name or email or "", who_id or "") for entry, email, name, who_id in found[:MOST]]
    return rows, rows[-1].id if len(found) > MOST else 0


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.user:
        conditions.append(AuditEntry.user_id.in_(select(User.id).where(User.public_id == wanted.user)))
    if wanted.action:
        conditions.append(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.object_id:
        conditions.append(AuditEntry.object_id == wanted.object_id)
    if wanted.before:
        conditions.append(AuditEntry.id < wanted.before)
    return conditions


def _row(entry: AuditEntry, who: str, who_id: str) -> AuditRow:
    return AuditRow(
        entry.id,
        entry.at,
        who or entry.actor,
        who_id,
        entry.action,
        entry.object_kind,
        entry.object_id,
        tuple(_in_words(entry.details)),
        entry.address,
    )


def _in_words(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write details as names and words; JSON knows no order, so they are sorted."""
    told = []
    for name, value in sorted(details.items()):
        if isinstance(value, dict):
            value = ", ".join(f"{key} {each}" for key, each in sorted(value.items()))  # noqa: PLW2901
        elif isinstance(value, list):
            value = ", ".join(map(str, value))  # noqa: PLW2901
        told.append((name.replace("_", " "), str(value).replace("_", " ")))
    return told
