"""Tags of applications, put on and taken off by people; the rules of stage campaigns have theirs in `assessments`."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, true, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from bot.errors import InvalidEvent, NotFound
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationChange, Topic
from bot.statements import change_row, note_row
from bot.work import Work

LONGEST = 40
MOST = 30
TAGGED = "tagged"
UNTAGGED = "untagged"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def normal_tag(text: str) -> str:
    """Return a tag as it is kept: one form of each letter, single blanks, nothing that cannot be seen.

    Raises `InvalidEvent`.
    """
    plain = " ".join(_CONTROL.sub("", unicodedata.normalize("NFC", text)).split())
    if not plain:
        raise InvalidEvent("write a tag", field="tag")
    if len(plain) > LONGEST:
        raise InvalidEvent(f"a tag has at most {LONGEST} characters: shorten it", field="tag")
    return plain


def tag(work: Work, application_id: int, text: str, user_id: int | None) -> bool:
    """Put a tag on an application, spelled as the job spells it already. False: it has it.

    Raises `NotFound`, `InvalidEvent`.
    """
    row = _lock(work, application_id)
    return put_on(work, application_id, as_spelled(work, row.job_id, normal_tag(text)), user_id)


def put_on(work: Work, application_id: int, wanted: str, user_id: int | None) -> bool:
    """Do as `tag`, for a tag that is spelled already as it is to be."""
    row = _lock(work, application_id)
    if wanted.casefold() in {str(known).casefold() for known in row.tags}:
        return False
    if len(row.tags) >= MOST:
        raise InvalidEvent(f"an application has at most {MOST} tags: take one off first", field="tag")
    _keep(work, application_id, [*row.tags, wanted], TAGGED, wanted, user_id)
    return True


def untag(work: Work, application_id: int, text: str, user_id: int | None) -> bool:
    """Take a tag off an application, however it is spelled. False: it does not have it. Raises `NotFound`."""
    row = _lock(work, application_id)
    unwanted = normal_tag(text).casefold()
    kept = [known for known in row.tags if str(known).casefold() != unwanted]
    if len(kept) == len(row.tags):
        return False
    _keep(work, application_id, kept, UNTAGGED, normal_tag(text), user_id)
    return True


def tags_of_job(work: Work, job_id: int, beginning: str = "", *, most: int = 20) -> list[str]:
    """Return the tags in use in a job that begin like this, those used most often first."""
    each = _each_tag(work)
    used = (
        select(each.c.value, func.count().label("times"))
        .select_from(Application)
        .join(each, true())
        .where(Application.job_id == job_id)
        .group_by(each.c.value)
        .order_by(func.count().desc(), each.c.value)
    )
    begins = beginning.strip().casefold()
    found = (str(row[0]) for row in work.connection.execute(used))
    return [text for text in found if text.casefold().startswith(begins)][:most]


def _each_tag(work: Work) -> Any:
    if work.runtime.database.is_sqlite:
        return func.json_each(Application.tags).table_valued("value")
    return func.jsonb_array_elements_text(type_coerce(Application.tags, JSONB)).table_valued("value")


def as_spelled(work: Work, job_id: int, wanted: str) -> str:
    """Return a tag as the job has it already, whatever its capital letters."""
    return next((known for known in tags_of_job(work, job_id, wanted) if known.casefold() == wanted.casefold()), wanted)


def _lock(work: Work, application_id: int) -> Any:
    """Read an application with its candidate's conversation taken: in a turn the rules put tags on it too."""
    found = select(Application.candidate_id).where(Application.id == application_id)
    candidate_id = work.connection.execute(found).scalar_one_or_none()
    if candidate_id is None:
        raise NotFound(f"there is no application {application_id}")
    lock_thread(work, candidate_id)
    columns = select(Application.job_id, Application.tags).where(Application.id == application_id)
    return work.connection.execute(columns).one()


def _keep(work: Work, application_id: int, tags: Sequence[Any], kind: str, text: str, user_id: int | None) -> None:
    change_row(work.connection, Application, application_id, tags=list(tags))
    changed = {"application_id": application_id, "user_id": user_id, "kind": kind, "tag": text, "at": work.now}
    note_row(work.connection, ApplicationChange, **changed)
    work.changed(Topic.APPLICATION, application_id)
