"""Who has a conversation open, who is writing in it, and how far each user has read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

from bot.dialogue.naming import NAME_OF_USER
from bot.models import Presence, ReadMark, Topic, User
from bot.work import Work

GONE_AFTER = timedelta(seconds=15)
"""A page says every few seconds that it is there."""
KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Another user at the same conversation."""

    name: str
    typing: bool


def attend(work: Work, conversation_id: int, user_id: int, *, typing: bool) -> None:
    """Note that a user has the conversation open. Others are told where that is news: not at every beat."""
    mine = (Presence.conversation_id == conversation_id, Presence.user_id == user_id)
    before = work.connection.execute(select(Presence.typing, Presence.at).where(*mine)).one_or_none()
    key = {"conversation_id": conversation_id, "user_id": user_id}
    _put(work, Presence, key, {"typing": typing, "at": work.now})
    if before is None or before.typing != typing or before.at <= work.now - GONE_AFTER:
        work.changed(Topic.CONVERSATION, conversation_id)


def leave(work: Work, conversation_id: int, user_id: int) -> None:
    """Note that a user has gone from the conversation."""
    mine = (Presence.conversation_id == conversation_id, Presence.user_id == user_id)
    if work.connection.execute(delete(Presence).where(*mine)).rowcount:
        work.changed(Topic.CONVERSATION, conversation_id)


def onlookers(work: Work, conversation_id: int, user_id: int) -> list[Onlooker]:
    """Return the other users who have the conversation open now, those who write first."""
    there = (Presence.conversation_id == conversation_id, Presence.user_id != user_id)
    rows = work.connection.execute(
        select(NAME_OF_USER.label("name"), Presence.typing)
        .join(User, User.id == Presence.user_id)
        .where(*there, Presence.at > work.now - GONE_AFTER)
        .order_by(Presence.typing.desc(), User.id)
    )
    return [Onlooker(row.name, row.typing) for row in rows]


def mark_read(work: Work, conversation_id: int, user_id: int, message_id: int) -> None:
    """Note that a user has read up to a message; it never goes back."""
    mine = (ReadMark.conversation_id == conversation_id, ReadMark.user_id == user_id)
    before = work.connection.execute(select(ReadMark.message_id).where(*mine)).scalar_one_or_none()
    if before is None or before < message_id:
        key = {"conversation_id": conversation_id, "user_id": user_id}
        _put(work, ReadMark, key, {"message_id": message_id, "at": work.now})


def forget_gone(work: Work) -> None:
    """Drop what pages said long ago."""
    work.connection.execute(delete(Presence).where(Presence.at < work.now - KEPT))


def _put(work: Work, model: type[DeclarativeBase], key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert or change a row; two pages of one user may do so at once."""
    dialect = sqlite if work.runtime.database.is_sqlite else postgresql
    columns: Sequence[str] = tuple(key)
    statement = dialect.insert(model).values(**key, **values)
    work.connection.execute(statement.on_conflict_do_update(index_elements=columns, set_=values))
