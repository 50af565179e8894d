"""What those who hire have said of an application: its notes and its stars."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.dialogue.naming import NAME_OF_USER
from bot.models import Note, Rating, User
from bot.work import Work


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A note. Times are in UTC."""

    id: str
    text: str
    by: str
    is_mine: bool
    created_at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stars:
    """The stars of an application: those of each user, and one's own (0 for none)."""

    average: float | None
    mine: int
    each: tuple[tuple[str, int], ...]


def notes_of(work: Work, application_id: int, user_id: int) -> list[NoteShown]:
    """Return the notes on an application, the newest first."""
    rows = work.connection.execute(
        select(Note.public_id, Note.text, Note.author_id, Note.created_at, Note.changed_at, NAME_OF_USER.label("by"))
        .join(User, User.id == Note.author_id)
        .where(Note.application_id == application_id, Note.deleted_at.is_(None))
        .order_by(Note.created_at.desc(), Note.id.desc())
    )
    return [
        NoteShown(row.public_id, row.text, row.by, row.author_id == user_id, row.created_at, row.changed_at)
        for row in rows
    ]


def stars_of(work: Work, application_id: int, user_id: int) -> Stars:
    """Return the stars of an application, those given last first."""
    rows = work.connection.execute(
        select(Rating.user_id, NAME_OF_USER.label("name"), Rating.stars)
        .join(User, User.id == Rating.user_id)
        .where(Rating.application_id == application_id)
        .order_by(Rating.rated_at.desc(), Rating.id.desc())
    ).all()
    mine = next((row.stars for row in rows if row.user_id == user_id), 0)
    average = sum(row.stars for row in rows) / len(rows) if rows else None
    return Stars(average, mine, tuple((row.name, row.stars) for row in rows))
