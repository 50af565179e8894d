"""Who may log in, and which keys may call the API."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import Conflict, InvalidEvent, NotFound
from bot.models import ApiKey, LoginAttempt, Role, User, new_public_id
from bot.work import Work

SCOPES = ("read", "write", "admin")
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000
FREE_FAILURES = 5
LONGEST_LOCK = timedelta(minutes=15)
FAILURES_COUNT_FOR = timedelta(days=1)
"""After the last; strangers fail from ever new addresses, and nobody who succeeds would take those away."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
NOT_UTF_8 = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes that are no text; nothing can store it."""
_NO_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's minimum for Argon2id: a hash must not be a lever that stops the webhooks."""
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43


def create_user(work: Work, email: str, role: Role, password: str, name: str = "") -> str:
    """Make a user; return their public id. Raises `InvalidEvent` (e-mail, name, password), `Conflict` (the e-mail)."""
    address = email.strip().lower()
    if not _ADDRESS.fullmatch(address) or _NO_NAME.search(address):
        raise InvalidEvent(f"{email!r} is not an e-mail address", field="email")
    _check_name(name)
    password_hash = hashed_password(password)
    if work.connection.execute(select(User.id).where(User.email == address)).first():
        raise Conflict(f"there is a user {address} already")
    public_id = new_public_id()
    values = {"email": address, "role": role, "name": name, "password_hash": password_hash}
    work.connection.execute(insert(User).values(public_id=public_id, created_at=work.now, **values))
    return public_id


def hashed_password(password: str) -> str:
    """Return what is kept of a password. Raises `InvalidEvent` for one that is too short, too long or no text."""
    if NOT_UTF_8.search(password):
        raise InvalidEvent("a password is text in UTF-8", field="password")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidEvent(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", field="password")
    return _HASHER.hash(password)


def _check_name(name: str) -> None:
    if _NO_NAME.search(name):
        raise InvalidEvent(f"{name!r} is not a name: it holds a control character, or is not UTF-8", field="name")


def check_password(work: Work, email: str, password: str) -> User | None:
    """Return the user whose password this is. Takes as long, and says as little, where there is none."""
    user = work.session.execute(select(User).where(User.email == email.strip().lower())).scalar_one_or_none()
    known = user is not None and user.disabled_at is None
    try:
        _HASHER.verify(user.password_hash if user is not None and known else _NOBODY, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return None
    return user if known else None


def account_of(email: str) -> str:
    """Return the subject under which failed log-ins of an account are counted."""
    return f"account:{email.strip().lower()}"


def locked_until(work: Work, subject: str) -> datetime | None:
    """Return until when log-ins of *subject* (an account or an address) are refused."""
    row = work.connection.execute(
        select(LoginAttempt.failures, LoginAttempt.last_at).where(LoginAttempt.subject == _hashed(work, subject))
    ).one_or_none()
    if row is None or row.failures < FREE_FAILURES:
        return None
    until: datetime = row.last_at + min(timedelta(seconds=2 ** (row.failures - FREE_FAILURES)), LONGEST_LOCK)
    return until if until > work.now else None


def note_failure(work: Work, subject: str) -> None:
    """Count a failed log-in."""
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    statement = dialect.insert(LoginAttempt).values(subject=_hashed(work, subject), failures=1, last_at=work.now)
    work.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subject"], set_={"failures": LoginAttempt.failures + 1, "last_at": work.now}
        )
    )


def forget_failures(work: Work, subject: str) -> None:
    """A log-in succeeded, or somebody has put things right."""
    work.connection.execute(delete(LoginAttempt).where(LoginAttempt.subject == _hashed(work, subject)))


def forget_old_failures(work: Work) -> None:
    """Drop the failures of who has not failed for a day."""
    work.connection.execute(delete(LoginAttempt).where(LoginAttempt.last_at <= work.now - FAILURES_COUNT_FOR))


def create_key(work: Work, name: str, scopes: tuple[str, ...]) -> str:
    """Make an API key and return it: the only time that it can be seen. Raises `InvalidEvent` (name, scope)."""
    _check_name(name)
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


def _hashed(work: Work, subject: str) -> str:
    return hashlib.blake2b(subject.encode(), key=work.settings.secret_key.encode()[:64], digest_size=16).hexdigest()
