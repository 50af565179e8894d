"""Messages of which nobody can tell whether they went: the job page shows them, and a recruiter says what is so."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot.channels.base import MessageStatus
from bot.dialogue.deciding import decide
from bot.errors import Conflict
from bot.models import Application, Candidate, Conversation, Message
from bot.work import Work, unit_of_work
from webhooks.desk import desk, runtime

OUTCOMES = {"sent": True, "not_sent": False}
SHOWN = 80
"""So much of a message tells which it is."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message of which nobody can tell whether it went."""

    id: str
    text: str


def doubts(work: Work, job_id: int) -> Mapping[str, list[Doubt]]:
    """Return the unconfirmed messages to the candidates of a job, by the candidate's id, oldest first."""
    rows = work.connection.execute(
        select(Candidate.public_id.label("candidate"), Message.id, Message.public_id, Message.text)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Candidate, Candidate.id == Conversation.candidate_id)
        .join(Application, Application.candidate_id == Candidate.id)
        .where(Message.status == MessageStatus.UNCONFIRMED, Application.job_id == job_id)
        .order_by(Message.id)
        .distinct()
    )
    found: dict[str, list[Doubt]] = {}
    for row in rows:
        text = row.text if len(row.text) <= SHOWN else f"{row.text[: SHOWN - 1]}…"
        found.setdefault(row.candidate, []).append(Doubt(row.public_id, text))
    return found


@desk.post("/messages/<public_id>/settle")
def settle(public_id: str) -> Response:
    """Say whether a message was sent, and go back to the job's page."""
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        abort(400, "This form is not complete. Go back, reload the page and try again.")
    try:
        with unit_of_work(runtime()) as work:
            decide(work, _key_of(work, public_id), was_sent=OUTCOMES[outcome])
    except Conflict:
        flash("Nothing to decide any more: it is known by now what became of that message.")
    return redirect(url_for("desk.job", public_id=request.form.get("job", "")[:64] or "-"), 303)


def _key_of(work: Work, public_id: str) -> int:
    found = work.connection.execute(select(Message.id).where(Message.public_id == public_id)).scalar_one_or_none()
    return abort(404) if found is None else found
