"""Changes of those who may log in. Somebody who can put things right always remains: the last admin stays one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.audit import COMMAND_LINE, Actor, record
from bot.errors import Conflict, NotFound
from bot.intake.passwords import NONE_YET, NOT_UTF_8, hashed_password
from bot.intake.sign_ins import end_sign_ins
from bot.intake.signed_links import revoke_links
from bot.intake.throttling import account_of, forget_failures
from bot.models import Role, SecondFactor, Topic, User
from bot.work import Work


@dataclass(frozen=True, slots=True)
class UserRow:
    """What can be told of a user."""

    public_id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    is_invited: bool
    """They have not chosen a password yet."""
    has_second_factor: bool


def list_users(work: Work) -> list[UserRow]:
    """Return all users, oldest first, disabled ones included."""
    return [_row(*each) for each in work.session.execute(_rows().order_by(User.id))]


def find_user(work: Work, public_id: str) -> UserRow:
    """Return one user. Raises `NotFound`."""
    found = work.session.execute(_rows().where(User.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound(f"there is no user {public_id!r}")
    return _row(*found)


def _rows() -> Any:
    confirmed = SecondFactor.confirmed_at.is_not(None)
    return select(User, SecondFactor.user_id).outerjoin(SecondFactor, (SecondFactor.user_id == User.id) & confirmed)


def _row(user: User, factor: int | None) -> UserRow:
    names = ("public_id", "email", "name", "created_at", "disabled_at")
    kept = {name: getattr(user, name) for name in names}
    is_invited = user.password_hash == NONE_YET
    return UserRow(**kept, role=Role(user.role), is_invited=is_invited, has_second_factor=factor is not None)


def set_role(work: Work, email: str, role: Role, *, by: Actor = COMMAND_LINE) -> None:
    """Give a user another role; they log in anew. Raises `NotFound`, `Conflict` (the last admin)."""
    user = user_of_email(work, email)
    if role != Role.ADMIN:
        _keep_an_admin(work, user)
    if _change(work, user, User.role != role, role=role):
        end_sign_ins(work, user.id)
        _record(work, by, "user.role_changed", user, {"from": user.role, "to": role})


def set_password(work: Work, email: str, password: str, *, by: Actor = COMMAND_LINE) -> None:
    """Give a user another password, see `keep_password`. Raises `NotFound`, `InvalidEvent`."""
    user = user_of_email(work, email)
    keep_password(work, user, hashed_password(password, user.email, user.name), by=by)


def keep_password(work: Work, user: User, password_hash: str, *, by: Actor, but: int | None = None) -> None:
    """Give a user another password; they are logged out everywhere *but* there.

    It comes as its hash, which takes long to make: on SQLite there is one writer. Wrong passwords before count no more:
    mostly they are why another one is set. Nor does any link to yet another one.
    """
    _change(work, user, password_hash=password_hash)
    revoke_links(work, user.id)
    end_sign_ins(work, user.id, but=but)
    forget_failures(work, account_of(user.email))
    _record(work, by, "user.password_changed", user)


def disable_user(work: Work, email: str, *, by: Actor = COMMAND_LINE) -> None:
    """Log a user out everywhere and refuse their log-in. Raises `NotFound`, `Conflict` (the last admin)."""
    user = user_of_email(work, email)
    _keep_an_admin(work, user)
    if _change(work, user, User.disabled_at.is_(None), disabled_at=work.now):
        _record(work, by, "user.disabled", user)
    end_sign_ins(work, user.id)


def enable_user(work: Work, email: str, *, by: Actor = COMMAND_LINE) -> None:
    """Let a disabled user log in again, with the password and the role they had. Raises `NotFound`."""
    user = user_of_email(work, email)
    if _change(work, user, User.disabled_at.is_not(None), disabled_at=None):
        _record(work, by, "user.enabled", user)
    forget_failures(work, account_of(email))


def user_of_email(work: Work, email: str) -> User:
    """Return the user with that e-mail. Raises `NotFound`."""
    address = email.strip().lower()
    found = select(User).where(User.email == address)
    user = work.session.execute(found).scalar_one_or_none() if not NOT_UTF_8.search(address) else None
    if user is None:
        raise NotFound(f"there is no user {email!r}: callboard users list shows all")
    return user


def _keep_an_admin(work: Work, user: User) -> None:
    """Refuse where this user is the only admin who may log in. The rows are locked: of two at once, one is refused."""
    active = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.password_hash != NONE_YET)
    if list(work.connection.execute(active.order_by(User.id).with_for_update()).scalars()) == [user.id]:
        raise Conflict(
            f"{user.email} is the last admin who may log in: first give another user that role "
            "(callboard users set-role EMAIL admin), or make one (callboard users create EMAIL --role admin)"
        )


def _change(work: Work, user: User, *conditions: Any, **values: Any) -> bool:
    """Change a user where the conditions hold, and tell whether they did; *user* stays as it was read."""
    changed = update(User).where(User.id == user.id, *conditions).values(values).returning(User.id)
    work.changed(Topic.USER, user.id)
    return work.connection.execute(changed).first() is not None


def _record(work: Work, by: Actor, action: str, user: User, details: dict[str, Any] | None = None) -> None:
    record(work, by, action, "user", user.public_id, details)
