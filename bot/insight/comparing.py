"""Two people side by side, for whoever has to say whether they are one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bot.errors import NotFound
from bot.models import Application, Candidate, Conversation, Job, Message, Stage
from bot.phones import shown_number
from bot.work import Work


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, with what would go over."""

    public_id: str
    name: str
    phone: str
    email: str
    city: str
    language: str
    created_at: datetime
    opted_out: bool
    under_way: bool
    """A campaign is under way with them."""
    messages: int
    applications: tuple[tuple[str, str, str], ...]
    """Job, stage and state."""


def compare(work: Work, first: str, second: str) -> tuple[Side, Side]:
    """Return two candidates, by their public ids, the one who was known first first. Raises `NotFound`."""
    rows = work.connection.execute(
        select(Candidate, Conversation.id.label("conversation"), Conversation.active_enrolment_id)
        .join(Conversation, Conversation.candidate_id == Candidate.id)
        .where(Candidate.public_id.in_([first, second]))
        .order_by(Candidate.id)
    ).all()
    if len(rows) != len((first, second)):
        raise NotFound("one of these people is not here any more: they may have been merged")
    sides = [_side(work, row) for row in rows]
    return sides[0], sides[1]


def _side(work: Work, row: Any) -> Side:
    person: Mapping[str, Any] = row._mapping  # noqa: SLF001  SQLAlchemy's public name
    applications = work.connection.execute(
        select(Job.title, Stage.name, Application.state)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .where(Application.candidate_id == person["id"])
        .order_by(Application.id.desc())
    )
    messages = select(func.count()).where(Message.conversation_id == person["conversation"])
    return Side(
        person["public_id"],
        f"{person['first_name']} {person['last_name']}".strip(),
        shown_number(person["phone"]) if person["phone"] else "",
        person["email"] or "",
        person["city"] or "",
        person["language"] or "",
        person["created_at"],
        person["opted_out_at"] is not None,
        person["active_enrolment_id"] is not None,
        work.connection.execute(messages).scalar_one(),
        tuple((each.title, each.name, each.state) for each in applications),
    )
