"""Notes on an application, by those who hire, for one another; a candidate never sees them."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.errors import InvalidEvent, NotAllowed, NotFound
from bot.models import Note, Topic, new_public_id
from bot.work import Work

LONGEST = 5000
KEPT = timedelta(days=1)
"""So long a deleted note can be brought back."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def add_note(work: Work, application_id: int, author_id: int, text: str) -> str:
    """Write a note; return its public id. Raises `InvalidEvent`."""
    values = {"application_id": application_id, "author_id": author_id, "text": read_note(text), "created_at": work.now}
    public_id = new_public_id()
    work.connection.execute(insert(Note).values(public_id=public_id, **values))
    work.changed(Topic.APPLICATION, application_id)
    return public_id


def change_note(work: Work, application_id: int, ref: str, user_id: int, text: str) -> None:
    """Write one's own note anew. Raises `NotFound`, `NotAllowed`, `InvalidEvent`."""
    _mine(work, application_id, ref, user_id)
    _change(work, application_id, ref, text=read_note(text), changed_at=work.now)


def delete_note(work: Work, application_id: int, ref: str, user_id: int) -> None:
    """Delete one's own note; `restore_note` brings it back. Raises `NotFound`, `NotAllowed`."""
    _mine(work, application_id, ref, user_id)
    _change(work, application_id, ref, deleted_at=work.now)


def restore_note(work: Work, application_id: int, ref: str, user_id: int) -> None:
    """Bring back one's own note. Raises `NotFound`, also where it was deleted too long ago, and `NotAllowed`."""
    note = _mine(work, application_id, ref, user_id)
    if note.deleted_at is not None and note.deleted_at < work.now - KEPT:
        raise NotFound("the note was deleted too long ago")
    _change(work, application_id, ref, deleted_at=None)


def forget_deleted(work: Work) -> None:
    """Drop what was deleted too long ago to be brought back."""
    work.connection.execute(delete(Note).where(Note.deleted_at < work.now - KEPT))


def read_note(text: str) -> str:
    """Return a note as it is kept. Raises `InvalidEvent`: nothing is in it, or too much."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
    if not plain:
        raise InvalidEvent("write something into the note", field="text")
    if len(plain) > LONGEST:
        raise InvalidEvent(f"a note has at most {LONGEST} characters: shorten it", field="text")
    return plain


def _mine(work: Work, application_id: int, ref: str, user_id: int) -> Any:
    found = select(Note.author_id, Note.deleted_at)
    row = work.connection.execute(
        found.where(Note.public_id == ref, Note.application_id == application_id)
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such note")
    if row.author_id != user_id:
        raise NotAllowed("only who wrote a note can change it")
    return row


def _change(work: Work, application_id: int, ref: str, **changes: Any) -> None:
    work.connection.execute(update(Note).where(Note.public_id == ref).values(**changes))
    work.changed(Topic.APPLICATION, application_id)
