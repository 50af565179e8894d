"""Which keys may call the API."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.errors import Conflict, InvalidEvent, NotFound
from bot.intake.users import check_name
from bot.models import ApiKey
from bot.work import Work

SCOPES = ("read", "write", "admin")


def create_key(work: Work, name: str, scopes: tuple[str, ...]) -> str:
    """Make an API key and return it: the only time that it can be seen. Raises `InvalidEvent` (name, scope)."""
    check_name(name)
    for scope in scopes:
        if scope not in SCOPES:
            raise InvalidEvent(f"there is no scope {scope!r}: use {', '.join(SCOPES)}", field="scope")
    key = f"cb_{secrets.token_urlsafe(32)}"
    values = {
        "name": name,
        "key_hash": hash_key(key),
        "scopes": list(scopes or SCOPES),
        "created_at": work.now,
    }
    work.connection.execute(insert(ApiKey).values(values))
    return key


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What can be told of an API key."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def list_keys(work: Work) -> list[KeyRow]:
    """Return all API keys, oldest first, revoked ones included."""
    columns = (ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.created_at, ApiKey.last_used_at, ApiKey.revoked_at)
    rows = work.connection.execute(select(*columns).order_by(ApiKey.id))
    return [KeyRow(row[0], row[1], tuple(row[2]), *row[3:]) for row in rows]


def revoke_key(work: Work, which: str) -> KeyRow:
    """Revoke the key with that id, or else of that name; it is refused from the next request on.

    Raises `NotFound` where there is no such key, `Conflict` where several stand or none does any more.
    """
    keys = list_keys(work)
    found = _named(which, [key for key in keys if key.revoked_at is None])
    if not found and (gone := _named(which, keys)):
        raise Conflict(f"key {gone[-1].id} ({gone[-1].name!r}) is revoked already")
    if not found:
        raise NotFound(f"there is no key {which!r}: callboard keys list shows all")
    if len(found) > 1:
        ids = ", ".join(str(key.id) for key in found)
        raise Conflict(f"there are several keys {which!r}: give the id of one of them ({ids})")
    work.connection.execute(update(ApiKey).where(ApiKey.id == found[0].id).values(revoked_at=work.now))
    return found[0]


def _named(which: str, keys: list[KeyRow]) -> list[KeyRow]:
    return [key for key in keys if str(key.id) == which] or [key for key in keys if key.name == which]


def find_key(work: Work, key: str) -> tuple[int, frozenset[str]] | None:
    """Return the id and the scopes of a key that stands."""
    row = work.connection.execute(
        select(ApiKey.id, ApiKey.scopes).where(ApiKey.key_hash == hash_key(key), ApiKey.revoked_at.is_(None))
    ).one_or_none()
    return (row.id, frozenset(row.scopes)) if row else None


def touch_key(work: Work, key_id: int) -> None:
    """Note that a key was used."""
    work.connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=work.now))


def hash_key(key: str) -> str:
    """Return what is kept of a key: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
