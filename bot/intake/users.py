"""Who may log in."""

import re

from sqlalchemy import insert, select

from bot.audit import COMMAND_LINE, Actor, record
from bot.errors import Conflict, InvalidEvent
from bot.intake.passwords import NONE_YET, hashed_password
from bot.models import Role, User, new_public_id
from bot.work import Work

LONGEST_ADDRESS = 254
LONGEST_NAME = 200

_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]]{1,64}@[^@\s<>\"(),:;\\\[\]]+")
_NO_NAME = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def create_user(work: Work, email: str, role: Role, password: str, name: str = "", *, by: Actor = COMMAND_LINE) -> str:
    """Make a user; return their public id. Raises `InvalidEvent` (e-mail, name, password), `Conflict` (the e-mail)."""
    address = checked_address(email)
    check_name(name)
    return _insert(work, address, role, hashed_password(password, address, name), name, by)


def create_invited_user(work: Work, email: str, role: Role, name: str, by: Actor) -> str:
    """Make a user who has no password yet. As `create_user`."""
    address = checked_address(email)
    check_name(name)
    return _insert(work, address, role, NONE_YET, name, by)


def _insert(work: Work, address: str, role: Role, password_hash: str, name: str, by: Actor) -> str:
    if work.connection.execute(select(User.id).where(User.email == address)).first():
        raise Conflict(f"there is a user {address} already")
    public_id = new_public_id()
    values = {"email": address, "role": role, "name": name, "password_hash": password_hash}
    work.connection.execute(insert(User).values(public_id=public_id, created_at=work.now, **values))
    record(work, by, "user.created" if password_hash else "user.invited", "user", public_id, {"role": role})
    return public_id


def checked_address(email: str) -> str:
    """Return an e-mail as it is kept. Raises `InvalidEvent` for what is no address of one mailbox."""
    address = email.strip().lower()
    if not _ADDRESS.fullmatch(address) or _NO_NAME.search(address) or len(address) > LONGEST_ADDRESS:
        raise InvalidEvent(f"{email!r} is not an e-mail address", field="email")
    return address


def check_name(name: str) -> None:
    """Raise `InvalidEvent` for what is no name of a person or a thing."""
    if _NO_NAME.search(name):
        raise InvalidEvent(f"{name!r} is not a name: it holds a control character, or is not UTF-8", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidEvent(f"a name has at most {LONGEST_NAME} characters", field="name")
