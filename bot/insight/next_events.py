"""What happens next with an enrolment, if nobody does anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.contact_window import next_open
from bot.messaging.thread import ASKED
from bot.pipeline.runs import flow_of
from bot.work import Work
from flows.lifecycles import OPEN, EnrolmentStatus


@dataclass(frozen=True, slots=True)
class NextEvent:
    """In words, and when, in the job's zone; None where that is in no clock's hands."""

    words: str
    at: datetime | None = None
    job_before: str = ""
    """For whose campaign it waits, which is not for everybody to know."""


def next_event(work: Work, row: Any, zone: ZoneInfo) -> NextEvent | None:
    """Return what is next for a row with an enrolment's columns, its candidate's and its conversation's."""
    if row.status == EnrolmentStatus.QUEUED:
        before = _before(row)
        return NextEvent("Waits for another campaign" if before else "Waits for its turn", job_before=before)
    if row.status not in OPEN or (row.expires_at is None and row.remind_at is None):
        return None
    if row.held_by:
        return NextEvent(f"Goes on when {row.held_by} hands the conversation back")
    remind_at = _reminded_at(work, row)
    if remind_at and (row.expires_at is None or remind_at < row.expires_at):
        reminders = len(flow_of(work, row.version_id).flow.reminders)
        return NextEvent(f"Reminder {row.reminders_sent + 1} of {reminders}", remind_at.astimezone(zone))
    return NextEvent("Expires", row.expires_at.astimezone(zone)) if row.expires_at else None


def _before(row: Any) -> str:
    return " · ".join(part for part in (row.job_before, row.location_before) if part)


def _reminded_at(work: Work, row: Any) -> datetime | None:
    """Return when the next reminder goes, in the hours in which one may write; nobody is reminded who awaits us."""
    waits = row.needs_person == ASKED or row.position.get("called")
    if row.remind_at is None or waits or row.opted_out_at is not None:
        return None
    hours = work.settings.contact_hours
    there = ZoneInfo(row.candidate_zone or row.time_zone)
    return next_open(max(row.remind_at, work.now), there, hours.opens, hours.closes)
