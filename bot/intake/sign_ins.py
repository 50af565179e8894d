"""Where users are logged in: begun, looked up at each click, ended."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from bot.errors import NotFound
from bot.models import SignIn, User, new_public_id
from bot.work import Work

LONGEST = timedelta(hours=12)
"""However busy: a working day, so that a stolen cookie is worth one at most (ASVS 7.3.2)."""
IDLE = timedelta(hours=2)
"""Without a click. Half an hour, as is often asked for, would log recruiters out in each interview that they hold."""
CODE_WITHIN = timedelta(minutes=10)
"""Of the password, the code of the second factor must come."""
SEEN_EVERY = timedelta(minutes=1)
"""So often at most a click is written down: on SQLite each write waits for the one writer."""
KEPT_FOR = timedelta(days=30)
"""After its end."""


@dataclass(frozen=True, slots=True)
class SignInRow:
    """What a user is told of one of their log-ins."""

    public_id: str
    device: str
    created_at: datetime
    seen_at: datetime
    is_this: bool


def begin_sign_in(work: Work, user_id: int, device: str, *, awaits_code: bool = False) -> str:
    """Log a user in on a device, or half in where the code is still to come; return the token for its cookie."""
    token = secrets.token_urlsafe(32)
    values = {"user_id": user_id, "device": device, "awaits_code": awaits_code, "token_hash": _hashed(token)}
    work.connection.execute(
        insert(SignIn).values(public_id=new_public_id(), created_at=work.now, seen_at=work.now, **values)
    )
    return token


def exchange_token(work: Work, sign_in_id: int) -> str:
    """Give a log-in another token and return it; the one before stands for nothing any more."""
    token = secrets.token_urlsafe(32)
    work.connection.execute(update(SignIn).where(SignIn.id == sign_in_id).values(token_hash=_hashed(token)))
    return token


def find_sign_in(work: Work, token: str) -> tuple[SignIn, User] | None:
    """Return the log-in that a cookie's token stands for, and whose it is; None where it has ended."""
    found = work.session.execute(
        select(SignIn, User)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.token_hash == _hashed(token), SignIn.ended_at.is_(None), User.disabled_at.is_(None))
    ).one_or_none()
    return (found[0], found[1]) if found and _stands(found[0], work.now) else None


def still_standing(work: Work, sign_in_ids: Iterable[int]) -> frozenset[int]:
    """Return which of these log-ins have not ended, for whoever answers requests for long."""
    found = work.session.execute(
        select(SignIn)
        .join(User, User.id == SignIn.user_id)
        .where(SignIn.id.in_(sign_in_ids), SignIn.ended_at.is_(None), User.disabled_at.is_(None))
    ).scalars()
    return frozenset(each.id for each in found if _stands(each, work.now))


def _stands(sign_in: SignIn, now: datetime) -> bool:
    if sign_in.awaits_code:
        return now < sign_in.created_at + CODE_WITHIN
    return now < min(sign_in.created_at + LONGEST, sign_in.seen_at + IDLE)


def is_worth_noting(sign_in: SignIn, now: datetime) -> bool:
    """Tell whether a click is to be written down."""
    return now - sign_in.seen_at >= SEEN_EVERY


def note_use(work: Work, sign_in_id: int) -> None:
    """Write down that a log-in was used just now."""
    work.connection.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=work.now))


def list_sign_ins(work: Work, user_id: int, this_id: int) -> list[SignInRow]:
    """Return where a user is logged in, latest use first; *this_id* is the one that asks."""
    found = work.session.execute(
        select(SignIn).where(SignIn.user_id == user_id, ~SignIn.awaits_code, SignIn.ended_at.is_(None))
    ).scalars()
    rows = [each for each in found if _stands(each, work.now)]
    rows.sort(key=lambda each: (each.seen_at, each.id), reverse=True)
    return [SignInRow(each.public_id, each.device, each.created_at, each.seen_at, each.id == this_id) for each in rows]


def end_sign_in(work: Work, user_id: int, public_id: str) -> None:
    """End one log-in of that user. Raises `NotFound` where they have no such."""
    if not _end(work, SignIn.user_id == user_id, SignIn.public_id == public_id):
        raise NotFound(f"there is no log-in {public_id!r} of this user any more")


def end_sign_ins(work: Work, user_id: int, *, but: int | None = None, only: int | None = None) -> int:
    """End all log-ins of a user, *but* one or *only* one where it is named; return how many ended."""
    named = [SignIn.id != but] if but is not None else []
    named += [SignIn.id == only] if only is not None else []
    return _end(work, SignIn.user_id == user_id, *named)


def _end(work: Work, *which: ColumnElement[bool]) -> int:
    ended = work.connection.execute(
        update(SignIn).where(SignIn.ended_at.is_(None), *which).values(ended_at=work.now).returning(SignIn.id)
    )
    return len(ended.all())


def forget_old_sign_ins(work: Work) -> None:
    """Drop the log-ins that ended long ago, or can have been of no use since."""
    long_ago = work.now - KEPT_FOR
    work.connection.execute(
        delete(SignIn).where(or_(SignIn.ended_at <= long_ago, SignIn.created_at <= long_ago - LONGEST))
    )


def _hashed(token: str) -> str:
    """Return what is kept of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
