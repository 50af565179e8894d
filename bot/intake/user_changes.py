"""Changes of those who may log in. Somebody who can put things right always remains: the last admin stays one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.errors import Conflict, NotFound
from bot.intake.users import NOT_UTF_8, account_of, forget_failures, hashed_password
from bot.models import Role, User, new_public_id
from bot.work import Work


@dataclass(frozen=True, slots=True)
class UserRow:
    """What can be told of a user."""

    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None


def list_users(work: Work) -> list[UserRow]:
    """Return all users, oldest first, disabled ones included."""
    columns = (User.email, User.name, User.role, User.created_at, User.disabled_at)
    rows = work.connection.execute(select(*columns).order_by(User.id))
    return [UserRow(row.email, row.name, Role(row.role), row.created_at, row.disabled_at) for row in rows]


def set_role(work: Work, email: str, role: Role) -> None:
    """Give a user another role, in force from their next click on. Raises `NotFound`, `Conflict` (the last admin)."""
    user_id = _user_id(work, email)
    if role != Role.ADMIN:
        _keep_an_admin(work, user_id, email)
    _change(work, user_id, role=role)


def set_password(work: Work, email: str, password: str) -> None:
    """Give a user another password; sessions begun with the old one end. Raises `NotFound`, `InvalidEvent`.

    Wrong passwords before count no more: mostly they are why another one is set.
    """
    _change(work, _user_id(work, email), password_hash=hashed_password(password))
    forget_failures(work, account_of(email))


def disable_user(work: Work, email: str) -> None:
    """End a user's sessions and refuse their log-in. Raises `NotFound`, `Conflict` (the last admin)."""
    user_id = _user_id(work, email)
    _keep_an_admin(work, user_id, email)
    _change(work, user_id, User.disabled_at.is_(None), disabled_at=work.now)


def enable_user(work: Work, email: str) -> None:
    """Let a disabled user log in again, with the password and the role they had. Raises `NotFound`.

    They get another public id, by which sessions name them, so that those begun before stay ended.
    """
    disabled = User.disabled_at.is_not(None)
    _change(work, _user_id(work, email), disabled, disabled_at=None, public_id=new_public_id())
    forget_failures(work, account_of(email))


def _user_id(work: Work, email: str) -> int:
    address = email.strip().lower()
    found = select(User.id).where(User.email == address)
    user_id = work.connection.execute(found).scalar_one_or_none() if not NOT_UTF_8.search(address) else None
    if user_id is None:
        raise NotFound(f"there is no user {email!r}: callboard users list shows all")
    return user_id


def _keep_an_admin(work: Work, user_id: int, email: str) -> None:
    """Refuse where this user is the only admin who may log in. The rows are locked: of two at once, one is refused."""
    active = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).order_by(User.id)
    if list(work.connection.execute(active.with_for_update()).scalars()) == [user_id]:
        raise Conflict(
            f"{email} is the last admin who may log in: first give another user that role "
            "(callboard users set-role EMAIL admin), or make one (callboard users create EMAIL --role admin)"
        )


def _change(work: Work, user_id: int, *conditions: Any, **values: Any) -> None:
    work.connection.execute(update(User).where(User.id == user_id, *conditions).values(values))
