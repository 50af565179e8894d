"""Private notes of people within a conversation. No candidate ever sees one."""

from sqlalchemy import insert, select, update

from bot.errors import InvalidEvent, NotAllowed, NotFound
from bot.models import ConversationNote, Topic, new_public_id
from bot.work import Work

LONGEST = 10_000


def note(work: Work, conversation_id: int, user_id: int, text: str) -> str:
    """Keep a note; return its public id. Raises as `read_note` does."""
    text = read_note(text)
    public_id = new_public_id()
    work.connection.execute(
        insert(ConversationNote).values(
            public_id=public_id, conversation_id=conversation_id, user_id=user_id, text=text, created_at=work.now
        )
    )
    work.changed(Topic.CONVERSATION, conversation_id)
    return public_id


def read_note(text: str) -> str:
    """Return a note as it is kept, each end of a line one character. Raises `InvalidEvent`: it is empty or endless."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidEvent("Write the note first.", field="note")
    if len(text) > LONGEST:
        raise InvalidEvent(f"The note has {len(text)} characters; at most {LONGEST} are kept.", field="note")
    return text


def delete_note(work: Work, public_id: str, user_id: int) -> None:
    """Take a note of one's own back. Raises `NotFound`, and `NotAllowed` for somebody else's."""
    _mark(work, public_id, user_id, deleted=True)


def restore_note(work: Work, public_id: str, user_id: int) -> None:
    """Undo a deletion. Raises as `delete_note` does."""
    _mark(work, public_id, user_id, deleted=False)


def _mark(work: Work, public_id: str, user_id: int, *, deleted: bool) -> None:
    row = work.connection.execute(
        select(ConversationNote.id, ConversationNote.user_id, ConversationNote.conversation_id).where(
            ConversationNote.public_id == public_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no note {public_id}")
    if row.user_id != user_id:
        raise NotAllowed("A note can only be deleted by who wrote it.")
    changing = update(ConversationNote).where(ConversationNote.id == row.id)
    work.connection.execute(changing.values(deleted_at=work.now if deleted else None))
    work.changed(Topic.CONVERSATION, row.conversation_id)
