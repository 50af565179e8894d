"""Who may log in."""

import hashlib
import re
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import Conflict, InvalidEvent
from bot.models import LoginAttempt, Role, User, new_public_id
from bot.work import Work

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
    check_name(name)
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


def check_name(name: str) -> None:
    """Raise `InvalidEvent` for what is no name of a person or a thing."""
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


def _hashed(work: Work, subject: str) -> str:
    return hashlib.blake2b(subject.encode(), key=work.settings.secret_key.encode()[:64], digest_size=16).hexdigest()
