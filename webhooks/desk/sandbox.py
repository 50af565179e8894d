"""The sandbox phone: play the candidate in the browser."""

import secrets
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot.channels.base import ChannelKind, InboundMessage
from bot.channels.sandbox import PHONES, SANDBOX
from bot.dialogue.inbox import receive
from bot.messaging.outbox import media_of, options_of
from bot.models import Candidate, Channel, Conversation, Enrolment, Message
from bot.work import Work, reading
from webhooks.desk import desk, runtime

LONGEST = 4096
MOST = 200


@desk.get("/sandbox")
def sandbox() -> str | tuple[str, int]:
    """Show the phone of one candidate, the latest by default."""
    if runtime().settings.twilio_connected:
        return render_template("sandbox_off.html"), 404
    with reading(runtime()) as work:
        people = _people(work)
        chosen = next(
            (p for p in people if p.public_id == request.args.get("candidate")), people[0] if people else None
        )
        messages = _messages(work, chosen.id) if chosen else []
        status = _status(work, chosen.id) if chosen else None
    return render_template("sandbox.html", people=people, chosen=chosen, messages=messages, status=status)


@desk.post("/sandbox")
def write() -> Response:
    """Let the candidate write, or tap."""
    if runtime().settings.twilio_connected:
        abort(404)
    public_id = request.form.get("candidate", "")
    with reading(runtime()) as work:
        row = work.connection.execute(
            select(Candidate.phone, Channel.kind)
            .join(Conversation, Conversation.candidate_id == Candidate.id)
            .outerjoin(Channel, Channel.id == Conversation.channel_id)
            .where(Candidate.public_id == public_id)
        ).one_or_none()
    if row is None or row.phone is None:
        abort(404)
    text = request.form.get("text", "")[:LONGEST]
    kind = ChannelKind(row.kind or ChannelKind.WHATSAPP)
    if text.strip():
        inbound = InboundMessage(
            provider_id=f"SB{secrets.token_hex(16)}",
            kind=kind,
            sender=row.phone,
            to=PHONES[kind],
            text=text,
            tapped=request.form.get("tapped", ""),
        )
        receive(runtime(), SANDBOX, inbound)
    return redirect(url_for("desk.sandbox", candidate=public_id, _anchor="last"), 303)


def _people(work: Work) -> list[Any]:
    return list(
        work.connection.execute(
            select(Candidate.id, Candidate.public_id, Candidate.first_name, Candidate.last_name, Candidate.phone)
            .order_by(Candidate.id.desc())
            .limit(MOST)
        )
    )


def _messages(work: Work, candidate_id: int) -> list[dict[str, object]]:
    rows = work.connection.execute(
        select(Message.id, Message.inbound, Message.text, Message.content, Message.status, Message.created_at)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.candidate_id == candidate_id)
        .order_by(Message.id.desc())
        .limit(MOST)
    ).all()
    shown = [_shown(row) for row in reversed(rows) if row.inbound or row.status not in ("queued", "cancelled")]
    for message in shown[:-1]:
        message["options"] = ()
    return shown


def _shown(row: Any) -> dict[str, object]:
    content = row.content
    return {
        "inbound": row.inbound,
        "text": row.text,
        "options": options_of(content) if content.get("tapped") is True else (),
        "media": None if row.inbound else media_of(content),
        "at": row.created_at,
    }


def _status(work: Work, candidate_id: int) -> str | None:
    latest = select(Enrolment.status).where(Enrolment.candidate_id == candidate_id).order_by(Enrolment.id.desc())
    return work.connection.execute(latest.limit(1)).scalar_one_or_none()
