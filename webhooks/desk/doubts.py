"""Messages of which nobody can tell whether they went: the job page shows them, and a recruiter says what is so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import literal, select
from werkzeug.wrappers import Response

from bot.audit import record
from bot.channels.base import MessageStatus
from bot.dialogue.deciding import decide
from bot.errors import Conflict
from bot.models import Application, Candidate, Conversation, Message
from bot.work import Work, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.signed_in import current_actor

OUTCOMES = {"sent": True, "not_sent": False}
MOST = 500
"""Of all jobs: more than anybody decides on one page."""
SHOWN = 80
"""So much of a message tells which it is."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message of which nobody can tell whether it went."""

    id: str
    text: str


def doubts(work: Work, job_id: int) -> Mapping[str, list[Doubt]]:
    """Return the unconfirmed messages to the candidates of a job, by the candidate's id, oldest first."""
    unsure = (
        select(Message.id, Message.public_id, Message.text, Message.conversation_id)
        .where(Message.status == literal(MessageStatus.UNCONFIRMED.value, literal_execute=True))
        .order_by(Message.id)
        .limit(MOST)
    )
    messages = work.connection.execute(unsure).all()  # nearly always none: their index is asked, not the job's people
    if not messages:
        return {}
    whose = (
        select(Conversation.id, Candidate.public_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .join(Application, Application.candidate_id == Candidate.id)
        .where(Conversation.id.in_({row.conversation_id for row in messages}), Application.job_id == job_id)
    )
    candidates = dict(work.connection.execute(whose).all())
    rows = [row for row in messages if row.conversation_id in candidates]
    found: dict[str, list[Doubt]] = {}
    for row in rows:
        text = row.text if len(row.text) <= SHOWN else f"{row.text[: SHOWN - 1]}…"
        found.setdefault(candidates[row.conversation_id], []).append(Doubt(row.public_id, text))
    return found


@desk.post("/messages/<public_id>/settle")
def settle(public_id: str) -> Response:
    """Say whether a message was sent, and go back to the job's page."""
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    try:
        with unit_of_work(runtime()) as work:
            message = _find(work, public_id)
            decide(work, message.id, was_sent=OUTCOMES[outcome])
            record(work, current_actor(), "message.settled", "candidate", message.candidate)
    except Conflict:
        flash("Nothing to decide any more: it is known by now what became of that message.")
    return redirect(url_for("desk.job", public_id=request.form.get("job", "")[:64] or "-"), 303)


def _find(work: Work, public_id: str) -> Any:
    """Return the id of a message, and the public id of its candidate."""
    found = (
        select(Message.id, Candidate.public_id.label("candidate"))
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .where(Message.public_id == public_id)
    )
    return work.connection.execute(found).one_or_none() or abort(404)
