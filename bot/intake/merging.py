"""Two candidates who are one person become one: everything goes over to the one who stays, nothing is lost.

A conversation is a candidate's lock and thread, and only one stage campaign talks to a person at a time. So both
conversations are taken, and where a campaign is under way in both, nobody is merged until one of them has ended.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select, update

from bot.audit import Actor, record
from bot.channels.base import MessageStatus
from bot.errors import Conflict, NotFound
from bot.intake.duplicates import keep_apart
from bot.intake.merged_applications import close_second_applications
from bot.intake.merged_conversations import merged_conversation, prefer_addresses
from bot.messaging.consent import opt_out
from bot.messaging.thread import Thread, change_thread, lock_thread
from bot.models import (
    Application,
    Base,
    Candidate,
    Consent,
    Conversation,
    ImportRow,
    Merge,
    Message,
    Presence,
    ReadMark,
    Topic,
)
from bot.pipeline import endings
from bot.work import Work
from flows.lifecycles import CancelReason

WITHDRAWN = "withdrawn by a person who turned out to be the same"
_FILLED = ("first_name", "last_name", "email", "city", "language", "time_zone", "channel")
"""What is taken from the other where nothing is known."""


def merge(work: Work, kept_ref: str, gone_ref: str, actor: Actor) -> None:
    """Take a candidate into another, by their public ids, in this one transaction.

    Raises `NotFound`; `Conflict` where both have a campaign under way, or two people hold their conversations, or a
    message is just leaving.
    """
    kept_id, gone_id = _find(work, kept_ref), _find(work, gone_ref)
    if kept_id == gone_id:
        raise Conflict("these are one already: choose two people")
    _hold_rows(work, gone_id)
    threads = {each: lock_thread(work, each) for each in sorted((kept_id, gone_id))}
    kept, gone = threads[kept_id], threads[gone_id]
    _refuse(work, kept, gone)
    close_second_applications(work, kept, gone, actor)
    opted_out_at = _earliest(kept.opted_out_at, gone.opted_out_at)
    _withdraw_what_one_withdrew(work, kept_id, gone_id)
    _join(work, kept, gone, actor)
    _follow(work, kept_id, opted_out_at)
    record(work, actor, "candidate.merged", "candidate", kept_ref, {"gone": gone_ref})


def _find(work: Work, public_id: str) -> int:
    found = work.connection.execute(select(Candidate.id).where(Candidate.public_id == public_id)).scalar_one_or_none()
    if found is None:
        raise NotFound("one of these people is not here any more: they may have been merged")
    return found


def _hold_rows(work: Work, gone_id: int) -> None:
    """Take the rows of imports first, as an import does it: else each could wait for what the other has."""
    rows = select(ImportRow.id).where(ImportRow.candidate_id == gone_id).order_by(ImportRow.id)
    work.connection.execute(rows.with_for_update()).all()


def _refuse(work: Work, kept: Thread, gone: Thread) -> None:
    if kept.active_enrolment_id is not None and gone.active_enrolment_id is not None:
        raise Conflict("a campaign is under way with both: wait until one has ended, or end it, then merge them")
    if kept.held_by and gone.held_by and kept.held_by != gone.held_by:
        raise Conflict(f"{kept.held_by} and {gone.held_by} hold their conversations: hand one back, then merge them")
    leaving = (Message.conversation_id.in_([kept.id, gone.id]), Message.status == MessageStatus.SENDING)
    if work.connection.execute(select(Message.id).where(*leaving).limit(1)).first() is not None:
        raise Conflict("a message to them is leaving at this moment: try again in a minute")


def _withdraw_what_one_withdrew(work: Work, kept_id: int, gone_id: int) -> None:
    """A consent that one of the two has withdrawn, and not given again, stands for neither."""
    rows = work.connection.execute(
        select(Consent.candidate_id, Consent.channel, Consent.withdrawn_at).where(
            Consent.candidate_id.in_([kept_id, gone_id])
        )
    ).all()
    standing = {(row.candidate_id, row.channel) for row in rows if row.withdrawn_at is None}
    withdrawn = {(row.candidate_id, row.channel) for row in rows} - standing
    for channel in {channel for _, channel in withdrawn}:
        of_channel = (Consent.candidate_id.in_([kept_id, gone_id]), Consent.channel == channel)
        stands = update(Consent).where(*of_channel, Consent.withdrawn_at.is_(None))
        work.connection.execute(stands.values(withdrawn_at=work.now, withdrawn_how=WITHDRAWN))


def _join(work: Work, kept: Thread, gone: Thread, actor: Actor) -> None:
    """Let everything refer to the one who stays, and take the other's two rows away."""
    candidates = _rows(work, Candidate, kept.candidate_id, gone.candidate_id)
    conversations = _rows(work, Conversation, kept.id, gone.id)
    _drop_marks(work, kept.candidate_id, gone)
    keep_apart(work, kept.candidate_id, gone.candidate_id)
    _repoint(work, Conversation, gone.id, kept.id)
    work.connection.execute(update(Conversation).where(Conversation.id == gone.id).values(active_enrolment_id=None))
    joined, prefers_gone = merged_conversation(*conversations)
    prefer_addresses(work, kept.candidate_id, gone.candidate_id, prefers_gone=prefers_gone)
    work.connection.execute(delete(Conversation).where(Conversation.id == gone.id))
    _repoint(work, Candidate, gone.candidate_id, kept.candidate_id)
    work.connection.execute(update(Conversation).where(Conversation.id == kept.id).values(joined))
    work.connection.execute(delete(Candidate).where(Candidate.id == gone.candidate_id))
    _keep_what_is_gone(work, *candidates, actor)
    for topic in (Topic.CONVERSATION, Topic.INBOX):
        work.changed(topic, kept.id)
    for row in work.connection.execute(
        select(Application.job_id).where(Application.candidate_id == kept.candidate_id).distinct()
    ):
        work.changed(Topic.JOB, row.job_id)


def _rows(work: Work, model: type[Base], kept_id: int, gone_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    table = model.__table__
    found = work.connection.execute(select(table).where(table.c.id.in_([kept_id, gone_id]))).mappings()
    by_id = {row["id"]: dict(row) for row in found}
    return by_id[kept_id], by_id[gone_id]


def _drop_marks(work: Work, kept_id: int, gone: Thread) -> None:
    """What users have read and look at is of no use in a thread that is another now."""
    for marks in (ReadMark, Presence):
        work.connection.execute(delete(marks).where(marks.conversation_id == gone.id))
    unread = ReadMark.conversation_id.in_(select(Conversation.id).where(Conversation.candidate_id == kept_id))
    work.connection.execute(delete(ReadMark).where(unread))


def _repoint(work: Work, model: type[Base], gone_id: int, kept_id: int) -> None:
    """Change every reference to a row, in whatever table: one that is added later is not forgotten."""
    for table, column in references_to(model):
        if table is Conversation.__table__:
            continue  # one for each candidate: that of the one who goes is gone by then
        work.connection.execute(update(table).where(column == gone_id).values({column.name: kept_id}))


def references_to(model: type[Base]) -> list[tuple[Table, Column[Any]]]:
    """Return the columns of all tables that refer to the rows of a model."""
    key = model.__table__.c.id
    return [
        (table, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(reference.column is key for reference in column.foreign_keys)
    ]


def _keep_what_is_gone(work: Work, kept: dict[str, Any], gone: dict[str, Any], actor: Actor) -> None:
    """Fill what was not known, and keep the whole of the other row: where they differ, nothing is lost."""
    values = {name: gone[name] for name in _FILLED if not kept[name] and gone[name]}
    values["fields"] = {**gone["fields"], **kept["fields"]}
    values["created_at"] = min(kept["created_at"], gone["created_at"])
    values["opted_in_at"] = max(filter(None, (kept["opted_in_at"], gone["opted_in_at"])), default=None)
    values["opted_out_at"] = None  # until `_follow`, which does all that an opt-out of either asks for
    takes_number = kept["phone"] is None
    if takes_number:
        values |= {"phone": gone["phone"], "phone_key": gone["phone_key"]}
    work.connection.execute(update(Candidate).where(Candidate.id == kept["id"]).values(values))
    was = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in gone.items()}
    merged = {"kept_id": kept["id"], "gone_public_id": gone["public_id"], "gone": was}
    merged |= {"phone_key": None if takes_number else gone["phone_key"], "user_id": actor.user_id, "at": work.now}
    work.connection.execute(insert(Merge).values(merged))


def _follow(work: Work, kept_id: int, opted_out_at: datetime | None) -> None:
    """Do what the joined thread asks for: an opt-out of either holds for both; else the next in the queue may go."""
    thread = lock_thread(work, kept_id)
    if opted_out_at is None:
        endings.release_next(work, thread)
        return
    opt_out(work, thread)
    endings.cancel_all(work, thread, CancelReason.OPTED_OUT)
    change_thread(work, thread, pending=None)
    work.connection.execute(update(Candidate).where(Candidate.id == kept_id).values(opted_out_at=opted_out_at))


def _earliest(*moments: datetime | None) -> datetime | None:
    return min(filter(None, moments), default=None)
