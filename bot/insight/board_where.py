"""A filter in SQL: the same conditions for the board, the table, the counts, bulk actions and the export."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, func, literal, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB

from bot.errors import NotFound
from bot.insight.board_filter import NEVER_SENT, NOBODY, BoardFilter
from bot.models import (
    Answer,
    Application,
    Candidate,
    Conversation,
    Enrolment,
    Job,
    Rating,
    Stage,
    User,
)
from bot.work import Work

_WORDS = {"yes": "true", "true": "true", "no": "false", "false": "false"}
EARLIEST = date(1970, 1, 2)
"""Before it a day has no beginning in some zones that all databases can hold."""


def where(work: Work, job_id: int, wanted: BoardFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on `Application` that choose what the filter wants of a job, of whatever stage.

    `Application` may be all that is selected from. Raises `NotFound` for a stage of another job.
    """
    found = [Application.stage_id.in_(stage_ids(work, job_id, wanted)), in_state(wanted.states)]
    if wanted.statuses:
        found.append(_in_status(wanted.statuses))
    found += [_tagged(work, tag) for tag in wanted.tags]
    found += [_answered(question, value) for question, value in wanted.answers]
    if wanted.rating:
        found.append(average_rating() >= wanted.rating)
    found += [*_of_conversation(wanted), *_says(wanted.text.split())]
    found += [*_since(work, job_id, Application.created_at, wanted.created_since)]
    return [*found, *_since(work, job_id, Application.moved_at, wanted.moved_since)]


def in_state(states: Sequence[str]) -> ColumnElement[bool]:
    """Written as an equation where it can be: then an index by it stays in the order of what follows."""
    return Application.state == states[0] if len(states) == 1 else Application.state.in_(states)


def stage_ids(work: Work, job_id: int, wanted: BoardFilter) -> list[int]:
    """Return the stages that are wanted, in their order. Raises `NotFound` for one of another job."""
    rows = work.connection.execute(
        select(Stage.public_id, Stage.id).where(Stage.job_id == job_id).order_by(Stage.place)
    ).all()
    if strangers := set(wanted.stages) - {row.public_id for row in rows}:
        raise NotFound(f"the job has no stage {min(strangers)}: it may have been removed")
    return [row.id for row in rows if not wanted.stages or row.public_id in wanted.stages]


def average_rating() -> ColumnElement[Any]:
    """Return the average of an application's stars; null without any."""
    stars = select(func.avg(Rating.stars)).where(Rating.application_id == Application.id)
    return stars.correlate(Application).scalar_subquery()


def _in_status(statuses: Sequence[str]) -> ColumnElement[bool]:
    known = [status for status in statuses if status != NEVER_SENT]
    latest = and_(Enrolment.id == Application.last_enrolment_id, Enrolment.status.in_(known))
    choices: list[ColumnElement[bool]] = [exists().where(latest).correlate(Application)] if known else []
    if NEVER_SENT in statuses:
        choices.append(Application.last_enrolment_id.is_(None))
    return or_(false(), *choices)


def _tagged(work: Work, tag: str) -> ColumnElement[bool]:
    if work.runtime.database.is_sqlite:
        each = func.json_each(Application.tags).table_valued("value")
        return exists(select(each.c.value).where(each.c.value == tag).correlate(Application))
    return type_coerce(Application.tags, JSONB).contains([tag])


def _answered(question: str, value: str) -> ColumnElement[bool]:
    """An answer that stands, as it was written or as it was read; of a choice of several, one of them."""
    written = spellings(value)
    quoted = {json.dumps(text, ensure_ascii=ascii_only) for text in written for ascii_only in (True, False)}
    exact = {*quoted, _WORDS.get(value.lower(), value)}
    stored = cast(type_coerce(Answer.value, Text), Text)
    both = ((Answer.raw, written), (stored, exact))
    fits: list[ColumnElement[bool]] = [_same(column, text) for column, texts in both for text in texts]
    fits += [stored.icontains(text, autoescape=True) & stored.startswith("[") for text in quoted]
    given = (
        select(Answer.id)
        .join(Enrolment, Enrolment.id == Answer.enrolment_id)
        .where(
            Enrolment.application_id == Application.id,
            Answer.question == question,
            Answer.replaced_at.is_(None),
            or_(*fits),
        )
        .correlate(Application)
    )
    return exists(given)


def _same(column: Any, text: str) -> ColumnElement[bool]:
    return func.lower(column) == func.lower(text)


def _of_conversation(wanted: BoardFilter) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if wanted.needs_person:
        asked.append(Conversation.needs_person.is_not(None))
    if wanted.owner == NOBODY:
        asked.append(Conversation.assigned_to_id.is_(None))
    elif wanted.owner:
        user = select(User.id).where(User.public_id == wanted.owner).scalar_subquery()
        asked.append(Conversation.assigned_to_id == user)
    theirs = exists().where(Conversation.candidate_id == Application.candidate_id, *asked)
    return [theirs.correlate(Application)] if asked else []


def spellings(text: str) -> list[str]:
    """Return how it may be written, to be tried one by one: SQLite knows no small and capital letters but ASCII's."""
    if text.isascii():
        return [text]
    return list(dict.fromkeys([text, text.lower(), text.upper(), text.capitalize(), text.title()]))


def _says(words: Sequence[str]) -> list[ColumnElement[bool]]:
    """All words are looked for in one go: apart, each would be looked for in all candidates there are."""
    theirs = (Candidate.id == Application.candidate_id, *(_has(word) for word in words))
    return [exists().where(*theirs).correlate(Application)] if words else []


def _has(word: str) -> ColumnElement[bool]:
    columns = (Candidate.first_name, Candidate.last_name, Candidate.email, Application.external_id)
    found = [column.icontains(spelling, autoescape=True) for column in columns for spelling in spellings(word)]
    digits = "".join(char for char in word if char.isdecimal())
    if digits and all(char.isdecimal() or char in "+-()./" for char in word):
        found.append(Candidate.phone.contains(digits, autoescape=True))
    return or_(*found)


def _since(work: Work, job_id: int, column: Any, day: date | None) -> list[ColumnElement[bool]]:
    if day is None:
        return []
    zone = work.connection.execute(select(Job.time_zone).where(Job.id == job_id)).scalar_one()
    begins = datetime.combine(max(day, EARLIEST), time(), ZoneInfo(zone))
    return [column >= literal(begins.astimezone(UTC), column.type)]


def count_by_stage(work: Work, job_id: int, wanted: BoardFilter) -> dict[int, int]:
    """Return how many fit the filter, by stage; stages without any are left out."""
    return count_chosen(work, where(work, job_id, wanted))


def count_chosen(work: Work, chosen: Sequence[ColumnElement[bool]]) -> dict[int, int]:
    """Return how many there are of what `where` has chosen, by stage."""
    counted = select(Application.stage_id, func.count()).where(*chosen).group_by(Application.stage_id)
    return dict(work.connection.execute(counted).all())


def count_by_status(work: Work, job_id: int, wanted: BoardFilter) -> dict[str, int]:
    """Return how many fit the filter, by the status of their latest enrolment, `none` without one."""
    status = func.coalesce(Enrolment.status, NEVER_SENT)
    counted = (
        select(status, func.count())
        .select_from(Application)
        .outerjoin(Enrolment, Enrolment.id == Application.last_enrolment_id)
        .where(*where(work, job_id, wanted))
        .group_by(status)
    )
    return dict(work.connection.execute(counted).all())


def matching_ids(work: Work, job_id: int, wanted: BoardFilter) -> list[int]:
    """Return all applications that fit, the oldest first, for a bulk action on all of them."""
    chosen = where(work, job_id, wanted)
    return list(work.connection.execute(select(Application.id).where(*chosen).order_by(Application.id)).scalars())


def ids_of(work: Work, job_id: int, refs: Sequence[str]) -> list[int]:
    """Return the applications of a job with these public ids, in the order given. Raises `NotFound`."""
    found: dict[str, int] = {}
    for begin in range(0, len(refs), 1000):
        chosen = (Application.job_id == job_id, Application.public_id.in_(refs[begin : begin + 1000]))
        found |= dict(work.connection.execute(select(Application.public_id, Application.id).where(*chosen)).all())
    if strangers := [ref for ref in refs if ref not in found]:
        raise NotFound(f"the job has no application {strangers[0]}")
    return [found[ref] for ref in dict.fromkeys(refs)]
