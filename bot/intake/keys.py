"""Which keys may call the API: made, shown once, rotated with an overlap, revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.orm import aliased

from bot.audit import COMMAND_LINE, Actor, record
from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.users import check_name
from bot.models import ApiKey, new_public_id
from bot.work import Work

SCOPES = ("read", "write", "admin")
SHOWN = 9
"""Characters by which people know a key again; what stays secret of it has over 200 random bits."""
ONCE_MORE = "callboard keys list shows all"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What can be told of an API key."""

    id: int
    public_id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    successor: str | None
    """The public id of the key that takes its place."""

    def stands(self, now: datetime) -> bool:
        """Say whether it is taken."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


def create_key(
    work: Work,
    name: str,
    scopes: tuple[str, ...],
    *,
    created_by: str = COMMAND_LINE.label,
    actor: Actor = COMMAND_LINE,
    expires_at: datetime | None = None,
) -> str:
    """Make an API key and return it: the only time that it can be seen.

    Without *scopes* it may do everything. Raises `InvalidEvent` (name, scope, expires).
    """
    check_name(name)
    for scope in scopes:
        if scope not in SCOPES:
            raise InvalidEvent(f"there is no scope {scope!r}: use {', '.join(SCOPES)}", field="scope")
    if expires_at is not None and expires_at <= work.now:
        raise InvalidEvent("a key cannot end in the past", field="expires")
    key, public_id = f"cb_{secrets.token_urlsafe(32)}", new_public_id()
    values = {
        "public_id": public_id,
        "name": name,
        "prefix": key[:SHOWN],
        "key_hash": hash_key(key),
        "scopes": list(scopes or SCOPES),
        "created_by": created_by,
        "created_at": work.now,
        "expires_at": expires_at,
    }
    work.connection.execute(insert(ApiKey).values(values))
    record(work, actor, "api_key.created", "api_key", public_id, {"scopes": values["scopes"]})
    return key


def rotate_key(
    work: Work,
    public_id: str,
    *,
    old_ends_at: datetime,
    created_by: str = COMMAND_LINE.label,
    actor: Actor = COMMAND_LINE,
) -> str:
    """Make a key like another, which ends at that moment, or before if it was to end anyway; return the new one.

    It lasts as long as the other was meant to from its making. Raises `NotFound`, `Conflict`.
    """
    old = find_by_public_id(work, public_id)
    if not old.stands(work.now):
        raise Conflict(f"key {old.name!r} is not in use any more: make a new one")
    if old.successor is not None:
        raise Conflict(f"key {old.name!r} was replaced already")
    lasts = old.expires_at and work.now + (old.expires_at - old.created_at)
    key = create_key(work, old.name, old.scopes, created_by=created_by, actor=actor, expires_at=lasts)
    new_id = work.connection.execute(select(ApiKey.id).where(ApiKey.key_hash == hash_key(key))).scalar_one()
    ends_at = min(old.expires_at, old_ends_at) if old.expires_at else old_ends_at
    work.connection.execute(
        update(ApiKey).where(ApiKey.id == old.id).values(successor_id=new_id, expires_at=max(ends_at, work.now))
    )
    record(work, actor, "api_key.rotated", "api_key", old.public_id)
    return key


def _rows() -> Select[*tuple[Any, ...]]:
    after = aliased(ApiKey)
    return select(
        ApiKey.id,
        ApiKey.public_id,
        ApiKey.name,
        ApiKey.prefix,
        ApiKey.scopes,
        ApiKey.created_by,
        ApiKey.created_at,
        ApiKey.last_used_at,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        after.public_id,
    ).outerjoin(after, after.id == ApiKey.successor_id)


def _row(row: Any) -> KeyRow:
    values = list(row)
    values[4] = tuple(values[4])
    return KeyRow(*values)


def list_keys(work: Work) -> list[KeyRow]:
    """Return all API keys, oldest first, those included that are taken no more."""
    return [_row(row) for row in work.connection.execute(_rows().order_by(ApiKey.id))]


def public_id_of(work: Work, key: str) -> str:
    """Return the public id of a key that was just made."""
    public_id: str = work.connection.execute(
        select(ApiKey.public_id).where(ApiKey.key_hash == hash_key(key))
    ).scalar_one()
    return public_id


def find_by_public_id(work: Work, public_id: str) -> KeyRow:
    """Return a key. Raises `NotFound`."""
    row = work.connection.execute(_rows().where(ApiKey.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("there is no such key")
    return _row(row)


def choose_key(work: Work, which: str) -> KeyRow:
    """Return the key that is not revoked, with that id, or else of that name.

    Raises `NotFound` where there is no such key, `Conflict` where several stand or none does any more.
    """
    keys = list_keys(work)
    found = _named(which, [key for key in keys if key.revoked_at is None])
    if not found and (gone := _named(which, keys)):
        raise Conflict(f"key {gone[-1].id} ({gone[-1].name!r}) is revoked already")
    if not found:
        raise NotFound(f"there is no key {which!r}: {ONCE_MORE}")
    if len(found) > 1:
        ids = ", ".join(str(key.id) for key in found)
        raise Conflict(f"there are several keys {which!r}: give the id of one of them ({ids})")
    return found[0]


def revoke_key(work: Work, which: str) -> KeyRow:
    """Revoke the key with that id, or else of that name. Raises what `choose_key` does."""
    return revoke(work, choose_key(work, which))


def revoke(work: Work, key: KeyRow, actor: Actor = COMMAND_LINE) -> KeyRow:
    """Revoke a key: it is refused from the next request on. Raises `Conflict` where it was already."""
    still = (ApiKey.id == key.id, ApiKey.revoked_at.is_(None))
    if work.connection.execute(update(ApiKey).where(*still).values(revoked_at=work.now)).rowcount == 0:
        raise Conflict(f"key {key.name!r} is revoked already")
    record(work, actor, "api_key.revoked", "api_key", key.public_id)
    return key


def _named(which: str, keys: list[KeyRow]) -> list[KeyRow]:
    return [key for key in keys if str(key.id) == which] or [key for key in keys if key.name == which]


def find_key(work: Work, key: str) -> tuple[int, frozenset[str]] | None:
    """Return the id and the scopes of a key that stands."""
    lasts = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > work.now)
    row = work.connection.execute(
        select(ApiKey.id, ApiKey.scopes).where(ApiKey.key_hash == hash_key(key), ApiKey.revoked_at.is_(None), lasts)
    ).one_or_none()
    return (row.id, frozenset(row.scopes)) if row else None


def touch_key(work: Work, key_id: int) -> None:
    """Note that a key was used."""
    work.connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=work.now))


def hash_key(key: str) -> str:
    """Return what is kept of a key: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
