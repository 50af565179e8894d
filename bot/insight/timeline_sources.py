"""The tables that know what happened to an application, each with how its rows read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from bot.channels.base import MessageStatus
from bot.channels.error_codes import explain
from bot.dialogue.naming import NAME_OF_USER
from bot.insight.enrolments import explain_cause
from bot.models import (
    Answer,
    Application,
    ApplicationChange,
    Conversation,
    Enrolment,
    EnrolmentEvent,
    Message,
    Note,
    Rating,
    Stage,
    StageMove,
    User,
)
from bot.pipeline.runs import flow_of
from bot.work import Work

Kind = Literal["move", "campaign", "answer", "failure", "change", "rating", "note"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: what, when (in the job's zone), and by whom where a person did it."""

    kind: Kind
    at: datetime
    words: str
    text: str = ""
    """What somebody wrote: not ours, so it may hold anything."""
    by: str = ""
    ref: str = ""
    """Of a note, its public id."""


@dataclass(frozen=True, slots=True)
class Source:
    """Rows with `id` and `at`, of one application."""

    select: Callable[[int], Select[Any]]
    at: Any
    key: Any
    show: Callable[[Work, Any, ZoneInfo], Entry]


_FROM, _TO, _SENT_IN = aliased(Stage), aliased(Stage), aliased(Stage)
_LOST = (MessageStatus.FAILED, MessageStatus.UNCONFIRMED)


def _of(*columns: Any) -> Select[Any]:
    return select(*columns)


def _moves(application_id: int) -> Select[Any]:
    columns = (
        StageMove.id,
        StageMove.created_at.label("at"),
        StageMove.source,
        _FROM.name.label("from_name"),
        _TO.name.label("to_name"),
        NAME_OF_USER.label("by"),
    )
    return (
        _of(*columns)
        .join(_TO, _TO.id == StageMove.to_stage_id)
        .outerjoin(_FROM, _FROM.id == StageMove.from_stage_id)
        .outerjoin(User, User.id == StageMove.user_id)
        .where(StageMove.application_id == application_id)
    )


def _show_move(_: Work, row: Any, zone: ZoneInfo) -> Entry:
    words = f"Moved from {row.from_name} to {row.to_name}" if row.from_name else f"Added to {row.to_name}"
    if row.from_name == row.to_name:
        words = f"Sent {row.to_name} again"
    return Entry("move", row.at.astimezone(zone), words, by=row.by or "")


def _events(application_id: int) -> Select[Any]:
    return (
        _of(
            EnrolmentEvent.id,
            EnrolmentEvent.at,
            EnrolmentEvent.status,
            EnrolmentEvent.cause,
            _SENT_IN.name.label("stage"),
        )
        .join(Enrolment, Enrolment.id == EnrolmentEvent.enrolment_id)
        .join(_SENT_IN, _SENT_IN.id == Enrolment.stage_id)
        .where(Enrolment.application_id == application_id)
    )


def _show_event(_: Work, row: Any, zone: ZoneInfo) -> Entry:
    status = row.status.replace("_", " ").title()
    return Entry("campaign", row.at.astimezone(zone), f"{row.stage}: {status}. {explain_cause(row.cause)}")


def _answers(application_id: int) -> Select[Any]:
    return (
        _of(
            Answer.id,
            Answer.answered_at.label("at"),
            Answer.version_id,
            Answer.question,
            Answer.raw,
            Answer.replaced_at,
        )
        .join(Enrolment, Enrolment.id == Answer.enrolment_id)
        .where(Enrolment.application_id == application_id)
    )


def _show_answer(work: Work, row: Any, zone: ZoneInfo) -> Entry:
    try:
        asked = flow_of(work, row.version_id).flow.question(row.question).text
    except KeyError:
        asked = row.question
    taken_back = " (changed later)" if row.replaced_at is not None else ""
    return Entry("answer", row.at.astimezone(zone), f"Answered “{asked}”{taken_back}", row.raw)


def _lost(application_id: int) -> Select[Any]:
    """By the index of the candidate's thread; a message by itself knows its enrolment only."""
    return (
        _of(Message.id, Message.created_at.label("at"), Message.status, Message.error_code, Message.text)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Application, Application.candidate_id == Conversation.candidate_id)
        .join(Enrolment, Enrolment.id == Message.enrolment_id)
        .where(
            Application.id == application_id,
            Enrolment.application_id == application_id,
            ~Message.inbound,
            Message.status.in_(_LOST),
        )
    )


def _show_lost(_: Work, row: Any, zone: ZoneInfo) -> Entry:
    code = "callboard_unconfirmed" if row.status == MessageStatus.UNCONFIRMED else row.error_code or ""
    return Entry("failure", row.at.astimezone(zone), f"A message may not have come. {explain(code).in_words}", row.text)


def _changes(application_id: int) -> Select[Any]:
    return (
        _of(
            ApplicationChange.id,
            ApplicationChange.at,
            ApplicationChange.kind,
            ApplicationChange.tag,
            NAME_OF_USER.label("by"),
        )
        .outerjoin(User, User.id == ApplicationChange.user_id)
        .where(ApplicationChange.application_id == application_id)
    )


_DONE = {
    "tagged": "Tagged",
    "untagged": "Tag taken off:",
    "archived": "Archived",
    "withdrawn": "Withdrawn",
    "active": "Taken back into the running",
}


def _show_change(_: Work, row: Any, zone: ZoneInfo) -> Entry:
    words = _DONE.get(row.kind, row.kind.replace("_", " ").capitalize())
    return Entry("change", row.at.astimezone(zone), words, row.tag or "", row.by or "")


def _ratings(application_id: int) -> Select[Any]:
    return (
        _of(Rating.id, Rating.rated_at.label("at"), Rating.stars, NAME_OF_USER.label("by"))
        .join(User, User.id == Rating.user_id)
        .where(Rating.application_id == application_id)
    )


def _show_rating(_: Work, row: Any, zone: ZoneInfo) -> Entry:
    return Entry("rating", row.at.astimezone(zone), f"Rated {row.stars} of 5", by=row.by)


def _notes(application_id: int) -> Select[Any]:
    return (
        _of(Note.id, Note.created_at.label("at"), Note.public_id, Note.text, Note.changed_at, NAME_OF_USER.label("by"))
        .join(User, User.id == Note.author_id)
        .where(Note.application_id == application_id, Note.deleted_at.is_(None))
    )


def _show_note(_: Work, row: Any, zone: ZoneInfo) -> Entry:
    words = "Note" if row.changed_at is None else "Note (changed since)"
    return Entry("note", row.at.astimezone(zone), words, row.text, row.by, row.public_id)


SOURCES = (
    Source(_moves, StageMove.created_at, StageMove.id, _show_move),
    Source(_events, EnrolmentEvent.at, EnrolmentEvent.id, _show_event),
    Source(_answers, Answer.answered_at, Answer.id, _show_answer),
    Source(_lost, Message.created_at, Message.id, _show_lost),
    Source(_changes, ApplicationChange.at, ApplicationChange.id, _show_change),
    Source(_ratings, Rating.rated_at, Rating.id, _show_rating),
    Source(_notes, Note.created_at, Note.id, _show_note),
)
"""In the order in which of one moment they are told: a move before what it sends."""
