"""Who did what, for good: entries are added and never changed, and a chain of seals shows where one was after all."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update

from bot.db import Database
from bot.models import AuditEntry
from bot.work import Work

MOST_AT_ONCE = 1000
SEALING = 7_243_001
"""Of PostgreSQL's advisory locks: one sealer at a time. On SQLite there is one writer anyway."""

_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user, or else what *label* says."""

    user_id: int | None = None
    label: str = ""
    address: str = ""
    """Where from, as far as known."""


COMMAND_LINE = Actor(label="command line")
SYSTEM = Actor(label="system")


def record(
    work: Work,
    actor: Actor,
    action: str,
    object_kind: str = "",
    object_id: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note what somebody does, in the transaction that does it. Ids and words of ours: no names, texts or secrets."""
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r} is not an action: write what.was_done")
    work.connection.execute(
        insert(AuditEntry).values(
            at=work.now,
            user_id=actor.user_id,
            actor=actor.label,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            details=dict(details or {}),
            address=actor.address,
        )
    )


def was_recorded(work: Work, actor: Actor, action: str, object_id: str, *, within: timedelta) -> bool:
    """Tell whether that user did just that lately: what is only looked at need not be noted at each click."""
    lately = select(AuditEntry.id).where(AuditEntry.user_id == actor.user_id, AuditEntry.at > work.now - within)
    same = lately.where(AuditEntry.object_id == object_id, AuditEntry.action == action).limit(1)
    return work.connection.execute(same).first() is not None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain."""

    position: int = 0
    seal: str = ""
    at: datetime | None = field(default=None, compare=False)


def seal_entries(work: Work) -> Head | None:
    """Seal what is not sealed yet; return the head of the chain where a day of UTC has been completed by it.

    Positions are given here and not by the ids: an entry may be committed after one with a higher id.
    """
    if not _alone(work):
        return None
    before = head = chain_head(work.connection)
    key = sealing_key(work.settings.secret_key)
    waiting = select(AuditEntry).where(AuditEntry.position.is_(None)).order_by(AuditEntry.id).limit(MOST_AT_ONCE)
    for entry in work.connection.execute(waiting).all():
        head = Head(head.position + 1, _sealed(key, head, entry), entry.at)
        changed = update(AuditEntry).where(AuditEntry.id == entry.id)
        work.connection.execute(changed.values(position=head.position, seal=head.seal))
    completed = before.at and head.at and head.at.date() > before.at.date()
    return before if completed else None


def _alone(work: Work) -> bool:
    if work.runtime.database.is_sqlite:
        return True
    return bool(work.connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": SEALING}).scalar())


def chain_head(connection: Connection) -> Head:
    """Return the last entry that is sealed."""
    last = select(AuditEntry.position, AuditEntry.seal, AuditEntry.at).where(AuditEntry.position.is_not(None))
    row = connection.execute(last.order_by(AuditEntry.position.desc()).limit(1)).one_or_none()
    return Head(row.position or 0, row.seal or "", row.at) if row else Head()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of going through the chain."""

    sealed: int
    broken_at: int | None
    """The first position that is not as it was, or is missing."""


def verify_chain(database: Database, secret_key: str) -> Verdict:
    """Compute every seal anew. What was cut off at the end is found by the heads in the log alone."""
    key, head = sealing_key(secret_key), Head()
    with database.read() as connection:
        for entry in _sealed_entries(connection):
            expected = _sealed(key, head, entry)
            if entry.position != head.position + 1 or not hmac.compare_digest(entry.seal or "", expected):
                return Verdict(head.position, head.position + 1)
            head = Head(entry.position, expected)
        total = connection.execute(select(func.count(AuditEntry.position))).scalar_one()
    return Verdict(total, None)


def _sealed_entries(connection: Connection) -> Iterator[Row[Any]]:
    after = 0
    while True:
        part = select(AuditEntry).where(AuditEntry.position > after).order_by(AuditEntry.position).limit(MOST_AT_ONCE)
        rows = connection.execute(part).all()
        yield from rows
        if len(rows) < MOST_AT_ONCE:
            return
        after = rows[-1].position


def sealing_key(secret_key: str) -> bytes:
    """Return the key of the seals; without it nobody who can write to the database can make up a chain."""
    return hmac.new(secret_key.encode(), b"callboard audit", hashlib.sha256).digest()


def _sealed(key: bytes, before: Head, entry: Row[Any]) -> str:
    fields = (entry.id, entry.at.isoformat(), entry.user_id, entry.actor, entry.action, entry.object_kind,
              entry.object_id, entry.details, entry.address, before.position + 1, before.seal)  # fmt: skip
    written = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hmac.new(key, written.encode(), hashlib.sha256).hexdigest()
