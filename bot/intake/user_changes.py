"""Changes of those who may log in. Somebody who can put things right always remains: the last admin stays one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.errors import Conflict, NotFound
from bot.intake.sign_ins import end_sign_ins
from bot.intake.users import NOT_UTF_8, account_of, forget_failures, hashed_password
from bot.models import Role, User
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
    """Give a user another role; they log in anew. Raises `NotFound`, `Conflict` (the last admin)."""
    user_id = _user_id(work, email)
    if role != Role.ADMIN:
        _keep_an_admin(work, user_id, email)
    if _change(work, user_id, User.role != role, role=role):
        end_sign_ins(work, user_id)


def set_password(work: Work, email: str, password: str) -> None:
    """Give a user another password; they are logged out everywhere. Raises `NotFound`, `InvalidEvent`.

    Wrong passwords before count no more: mostly they are why another one is set.
    """
    user_id = _user_id(work, email)
    _change(work, user_id, password_hash=hashed_password(password))
    end_sign_ins(work, user_id)
    forget_failures(work, account_of(email))


def disable_user(work: Work, email: str) -> None:
    """Log a user out everywhere and refuse their log-in. Raises `NotFound`, `Conflict` (the last admin)."""
    user_id = _user_id(work, email)
    _keep_an_admin(work, user_id, email)
    _change(work, user_id, User.disabled_at.is_(None), disabled_at=work.now)
    end_sign_ins(work, user_id)


def enable_user(work: Work, email: str) -> None:
    """Let a disabled user log in again, with the password and the role they had. Raises `NotFound`."""
    _change(work, _user_id(work, email), User.disabled_at.is_not(None), disabled_at=None)
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


def _change(work: Work, user_id: int, *conditions: Any, **values: Any) -> bool:
    """Change a user where the conditions hold, and tell whether they did."""
    changed = update(User).where(User.id == user_id, *conditions).values(values).returning(User.id)
    return work.connection.execute(changed).first() is not None
