"""The sandbox phone: play the candidate in the browser."""

import secrets

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from bot.channels.base import ChannelKind, InboundMessage
from bot.channels.sandbox import PHONES, SANDBOX
from bot.dialogue.demonstration import set_up_demonstration
from bot.dialogue.inbox import receive
from bot.errors import BotError
from bot.models import Application, Candidate
from bot.work import Work, reading, unit_of_work
from webhooks.desk import desk, runtime
from webhooks.desk.newcomers import add_candidate, openings, start_again
from webhooks.desk.phones import people, person_of, phone_of
from webhooks.desk.standing import standings
from webhooks.desk.words import sentence

LONGEST = 4096
LONGEST_NAME = 80
MOST_APPLICATIONS = 5
FEW = 10
"""So many people are found in a list without looking for them by name."""


@desk.get("/sandbox")
def sandbox() -> str | tuple[str, int]:
    """Show one phone of one candidate, the latest by default."""
    if runtime().settings.twilio_connected:
        return render_template("sandbox_off.html"), 404
    with reading(runtime()) as work:
        find = request.args.get("find", "")[:LONGEST_NAME].strip()
        found = people(work, find)
        shown = found or people(work)
        wanted = request.args.get("candidate", "")
        chosen = next((person for person in shown if person.public_id == wanted), None)
        chosen = chosen or (person_of(work, wanted) if not find else None) or (shown[0] if shown else None)
        where = standings(work, Application.candidate_id == chosen.id, most=MOST_APPLICATIONS) if chosen else []
        return render_template(
            "sandbox.html",
            people=shown,
            many=len(shown) > FEW or bool(find),
            find=find,
            nobody_found=not found,
            chosen=chosen,
            phone=phone_of(work, chosen, request.args.get("phone", "")) if chosen else None,
            standings=where,
            openings=openings(work, [standing.job for standing in where]),
            longest=LONGEST,
        )


@desk.post("/sandbox")
def write() -> Response:
    """Let the candidate write, or tap."""
    candidate = _candidate()
    kind = _kind()
    text = request.form.get("text", "")[:LONGEST]
    if text.strip():
        inbound = InboundMessage(
            provider_id=f"SB{secrets.token_hex(16)}",
            kind=kind,
            sender=str(candidate.phone),
            to=PHONES[kind],
            text=text,
            tapped=request.form.get("tapped", ""),
        )
        receive(runtime(), SANDBOX, inbound)
    return _back(candidate.public_id, kind)


@desk.post("/sandbox/again")
def again() -> Response:
    """Send this candidate's campaign from the beginning."""
    candidate = _candidate()
    try:
        with unit_of_work(runtime()) as work:
            start_again(work, candidate.id)
    except BotError as error:
        flash(sentence(error))
    return _back(candidate.public_id)


@desk.post("/sandbox/candidates")
def newcomer() -> Response:
    """Let somebody new apply; where there is no job yet, set up the demonstration."""
    _only_in_the_sandbox()
    set_up_demonstration(runtime())
    candidate = None
    try:
        with unit_of_work(runtime()) as work:
            candidate = _add(work)
    except BotError as error:
        flash(sentence(error))
    return _back(candidate)


def _add(work: Work) -> str | None:
    stage = request.form.get("stage", "")
    if not stage:  # the demonstration has just brought its own candidate
        return None
    name = request.form.get("name", "")[:LONGEST_NAME]
    candidate_id = add_candidate(work, stage, name=name, channel=request.form.get("channel", ""))
    return work.connection.execute(select(Candidate.public_id).where(Candidate.id == candidate_id)).scalar_one()


def _candidate() -> Candidate:
    _only_in_the_sandbox()
    with reading(runtime()) as work:
        found = select(Candidate).where(Candidate.public_id == request.form.get("candidate", ""))
        candidate = work.session.execute(found).scalar_one_or_none()
    if candidate is None or candidate.phone is None:
        abort(404)
    return candidate


def _only_in_the_sandbox() -> None:
    if runtime().settings.twilio_connected:
        abort(404)


def _kind() -> ChannelKind:
    given = request.form.get("phone", "")
    return ChannelKind(given) if given in list(ChannelKind) else ChannelKind.WHATSAPP


def _back(candidate: str | None, kind: ChannelKind | None = None) -> Response:
    return redirect(url_for("desk.sandbox", candidate=candidate, phone=kind), 303)
