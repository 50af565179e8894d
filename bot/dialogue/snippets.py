"""Texts that people write often: private ones, and those that all share."""

from dataclasses import dataclass

from sqlalchemy import Select, delete, func, insert, or_, select, update

from bot.dialogue.naming import NAME_OF_USER, check_names, fill_in
from bot.errors import Conflict, InvalidEvent, NotAllowed, NotFound
from bot.messaging.thread import Thread
from bot.models import Snippet, User, new_public_id
from bot.work import Work
from flows.limits import TEXT

LONGEST_NAME = 60
MOST = 500
"""Of one user, private and shared."""


@dataclass(frozen=True, slots=True)
class KnownSnippet:
    """A snippet that a user may use."""

    id: str
    name: str
    text: str
    is_shared: bool
    is_own: bool
    author: str


def snippets_for(work: Work, user_id: int) -> list[KnownSnippet]:
    """Return the user's own snippets and those that are shared, by name."""
    rows = work.connection.execute(_visible(user_id).order_by(func.lower(Snippet.name), Snippet.id))
    return [
        KnownSnippet(row.public_id, row.name, row.text, row.is_shared, row.user_id == user_id, row.author)
        for row in rows
    ]


def filled_snippet(work: Work, thread: Thread, user_id: int, public_id: str, *, author: str) -> str:
    """Return a snippet's text with its variables filled for a candidate. Raises `NotFound`."""
    row = work.connection.execute(_visible(user_id).where(Snippet.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no snippet {public_id}")
    return fill_in(work, thread, row.text, author=author)


def add_snippet(work: Work, user_id: int, name: str, text: str, *, is_shared: bool) -> str:
    """Keep a snippet; return its public id. Raises `InvalidEvent` (name, text), `Conflict` for a name taken."""
    name, text = _checked(name, text)
    own = select(func.count()).select_from(Snippet).where(Snippet.user_id == user_id)
    if work.connection.execute(own).scalar_one() >= MOST:
        raise Conflict(f"You have {MOST} snippets; delete one first.")
    _check_free(work, user_id, name, is_shared=is_shared)
    public_id = new_public_id()
    moments = {"created_at": work.now, "updated_at": work.now}
    values = {"public_id": public_id, "user_id": user_id, "name": name, "text": text, "is_shared": is_shared}
    work.connection.execute(insert(Snippet).values(**values, **moments))
    return public_id


def change_snippet(
    work: Work, user_id: int, public_id: str, name: str, text: str, *, is_shared: bool, is_admin: bool
) -> None:
    """Change a snippet: one's own, or as an administrator a shared one. Raises as `add_snippet`, and `NotFound`."""
    name, text = _checked(name, text)
    snippet_id, owner_id = _changeable(work, user_id, public_id, is_admin=is_admin)
    _check_free(work, owner_id, name, is_shared=is_shared, besides=snippet_id)
    values = {"name": name, "text": text, "is_shared": is_shared, "updated_at": work.now}
    work.connection.execute(update(Snippet).where(Snippet.id == snippet_id).values(**values))


def delete_snippet(work: Work, user_id: int, public_id: str, *, is_admin: bool) -> None:
    """Delete a snippet; raises as `change_snippet`."""
    snippet_id, _ = _changeable(work, user_id, public_id, is_admin=is_admin)
    work.connection.execute(delete(Snippet).where(Snippet.id == snippet_id))


def _visible(user_id: int) -> Select[str, str, str, bool, int, str]:
    columns = (Snippet.public_id, Snippet.name, Snippet.text, Snippet.is_shared, Snippet.user_id)
    seen = or_(Snippet.user_id == user_id, Snippet.is_shared)
    return select(*columns, NAME_OF_USER.label("author")).join(User, User.id == Snippet.user_id).where(seen)


def _checked(name: str, text: str) -> tuple[str, str]:
    name, text = " ".join(name.split()).removeprefix("/"), text.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidEvent(f"Give the snippet a name of at most {LONGEST_NAME} characters.", field="name")
    if not text:
        raise InvalidEvent("Write the text of the snippet.", field="text")
    if len(text) > TEXT:
        raise InvalidEvent(f"The text has {len(text)} characters; at most {TEXT} can be sent.", field="text")
    check_names(text)
    return name, text


def _check_free(work: Work, user_id: int, name: str, *, is_shared: bool, besides: int = 0) -> None:
    """One name stands for one text, among those that are shared and among the private ones of a user."""
    same = (func.lower(Snippet.name) == name.lower(), Snippet.is_shared == is_shared, Snippet.id != besides)
    taken = select(Snippet.id).where(*same)
    if not is_shared:
        taken = taken.where(Snippet.user_id == user_id)
    if work.connection.execute(taken.limit(1)).first() is not None:
        raise Conflict(f"There is a snippet /{name} already. Choose another name, or change that one.")


def _changeable(work: Work, user_id: int, public_id: str, *, is_admin: bool) -> tuple[int, int]:
    which = select(Snippet.id, Snippet.user_id, Snippet.is_shared).where(Snippet.public_id == public_id)
    row = work.connection.execute(which).one_or_none()
    if row is None or (row.user_id != user_id and not row.is_shared):
        raise NotFound(f"there is no snippet {public_id}")
    if row.user_id != user_id and not is_admin:
        raise NotAllowed("A shared snippet can be changed by who made it, and by administrators.")
    return row.id, row.user_id
