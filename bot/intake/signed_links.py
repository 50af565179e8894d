"""Links that let whoever has them do one thing, once: made, looked at, used, revoked. Looking uses nothing up."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql import Select

from bot.errors import NotFound
from bot.models import LinkPurpose, SignedLink, User
from bot.work import Work

LASTS = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.PASSWORD_RESET: timedelta(hours=1)}
KEPT_FOR = timedelta(days=30)
"""After it has expired."""


def make_link(work: Work, purpose: LinkPurpose, user_id: int) -> str:
    """Make a link for a user and return its token; the one before it for the same purpose counts no more."""
    revoke_links(work, user_id, purpose)
    token = secrets.token_urlsafe(32)
    values = {"purpose": purpose, "token_hash": _hashed(token), "user_id": user_id}
    work.connection.execute(
        insert(SignedLink).values(created_at=work.now, expires_at=work.now + LASTS[purpose], **values)
    )
    return token


def find_link(work: Work, purpose: LinkPurpose, token: str) -> User:
    """Return for whom a link is that can still be used. Raises `NotFound`, whatever is wrong with it."""
    found = work.session.execute(_usable(work, purpose, token)).scalar_one_or_none()
    if found is None:
        raise NotFound("this link is not valid: it may be old, used already, or cut off")
    return found


def use_link(work: Work, purpose: LinkPurpose, token: str) -> User:
    """Use a link up and return for whom it is. Of two at once, one is refused. Raises `NotFound`."""
    user = find_link(work, purpose, token)
    unused = update(SignedLink).where(SignedLink.token_hash == _hashed(token), SignedLink.used_at.is_(None))
    if not work.connection.execute(unused.values(used_at=work.now).returning(SignedLink.id)).first():
        raise NotFound("this link is used already")
    return user


def revoke_links(work: Work, user_id: int, purpose: LinkPurpose | None = None) -> None:
    """Let no link of a user count any more; of that purpose, where one is named."""
    named = [SignedLink.purpose == purpose] if purpose else []
    standing = (SignedLink.user_id == user_id, SignedLink.used_at.is_(None), SignedLink.revoked_at.is_(None))
    work.connection.execute(update(SignedLink).where(*standing, *named).values(revoked_at=work.now))


def forget_old_links(work: Work) -> None:
    """Drop the links that expired long ago."""
    work.connection.execute(delete(SignedLink).where(SignedLink.expires_at <= work.now - KEPT_FOR))


def _usable(work: Work, purpose: LinkPurpose, token: str) -> Select[User]:
    return (
        select(User)
        .join(SignedLink, SignedLink.user_id == User.id)
        .where(
            SignedLink.token_hash == _hashed(token),
            SignedLink.purpose == purpose,
            SignedLink.used_at.is_(None),
            SignedLink.revoked_at.is_(None),
            SignedLink.expires_at > work.now,
            User.disabled_at.is_(None),
        )
    )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
