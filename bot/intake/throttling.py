"""Who has guessed wrong too often waits: each failure after the fifth doubles for how long."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.models import LoginAttempt
from bot.work import Work

FREE_FAILURES = 5
LONGEST_LOCK = timedelta(minutes=15)
FAILURES_COUNT_FOR = timedelta(days=1)
"""After the last; strangers fail from ever new addresses, and nobody who succeeds would take those away."""


def account_of(email: str) -> str:
    """Return the subject under which failed log-ins of an account are counted."""
    return f"account:{email.strip().lower()}"


def locked_until(work: Work, subject: str) -> datetime | None:
    """Return until when attempts of *subject* (an account or an address) are refused."""
    row = work.connection.execute(
        select(LoginAttempt.failures, LoginAttempt.last_at).where(LoginAttempt.subject == _hashed(work, subject))
    ).one_or_none()
    if row is None or row.failures < FREE_FAILURES:
        return None
    until: datetime = row.last_at + min(timedelta(seconds=2 ** (row.failures - FREE_FAILURES)), LONGEST_LOCK)
    return until if until > work.now else None


def note_failure(work: Work, subject: str) -> int:
    """Count a failed attempt; return how many there are."""
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    statement = dialect.insert(LoginAttempt).values(subject=_hashed(work, subject), failures=1, last_at=work.now)
    counted = statement.on_conflict_do_update(
        index_elements=["subject"], set_={"failures": LoginAttempt.failures + 1, "last_at": work.now}
    )
    failures: int = work.connection.execute(counted.returning(LoginAttempt.failures)).scalar_one()
    return failures


def forget_failures(work: Work, subject: str) -> None:
    """An attempt succeeded, or somebody has put things right."""
    work.connection.execute(delete(LoginAttempt).where(LoginAttempt.subject == _hashed(work, subject)))


def forget_old_failures(work: Work) -> None:
    """Drop the failures of who has not failed for a day."""
    work.connection.execute(delete(LoginAttempt).where(LoginAttempt.last_at <= work.now - FAILURES_COUNT_FOR))


def _hashed(work: Work, subject: str) -> str:
    return hashlib.blake2b(subject.encode(), key=work.settings.secret_key.encode()[:64], digest_size=16).hexdigest()
