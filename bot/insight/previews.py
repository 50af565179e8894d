"""What a move would send to whom: the move itself, in transactions that are never committed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.channels.error_codes import explain
from bot.errors import BotError
from bot.insight.enrolments import explain_enrolment
from bot.messaging.thread import lock_thread
from bot.models import Application, Delivery, Enrolment, Message
from bot.pipeline import enrolments
from bot.pipeline.runs import load_run
from bot.pipeline.stages import Target, move
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work
from flows.lifecycles import EnrolmentStatus

SOURCE = "preview"


class Outcome(StrEnum):
    """What a move would lead to for one application."""

    SENDS = "sends"
    WAITS = "waits"
    FAILS = "fails"
    MOVES = "moves"
    """It moves, and nothing is sent."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen to one application, and why it is not sent anything where it is not."""

    application_ref: str
    outcome: Outcome
    candidate_id: int | None = None
    channel: ChannelKind | None = None
    text: str | None = None
    template: str | None = None
    explanation: str | None = None


class _RolledBackError(Exception):
    """Ends a unit of work without a trace."""


def preview_moves(runtime: Runtime, refs: Sequence[str], target: Target, *, sends: bool) -> list[Preview]:
    """Return what a move of these applications would do, in the order given.

    One candidate at a time, because only applications of one candidate touch one another; in between, the
    database is free for others.
    """
    with reading(runtime) as work:
        rows = work.connection.execute(
            select(Application.public_id, Application.id, Application.candidate_id).where(
                Application.public_id.in_(refs)
            )
        )
        known = {row.public_id: (row.id, row.candidate_id) for row in rows}
    found: dict[str, Preview] = {}
    for group in _by_candidate(refs, known):
        with rolled_back(runtime) as work:
            for ref in group:
                found[ref] = _preview(work, ref, *known[ref], target, sends=sends)
    unknown = "there is no such application"
    return [found.get(ref) or Preview(ref, Outcome.SKIPPED, explanation=unknown) for ref in dict.fromkeys(refs)]


@contextmanager
def rolled_back(runtime: Runtime) -> Iterator[Work]:
    """Run one transaction of which nothing stays, and for which nobody is woken."""
    with suppress(_RolledBackError), unit_of_work(runtime) as work:
        yield work
        raise _RolledBackError


def _by_candidate(refs: Sequence[str], known: dict[str, tuple[int, int]]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for ref in dict.fromkeys(refs):
        if ref in known:
            groups.setdefault(known[ref][1], []).append(ref)
    return list(groups.values())


def _preview(work: Work, ref: str, application_id: int, candidate_id: int, target: Target, *, sends: bool) -> Preview:
    try:
        moved = move(work, application_id, target, source=SOURCE, external_id=None, sends=sends)
    except BotError as error:
        return Preview(ref, Outcome.SKIPPED, candidate_id, explanation=str(error))
    if moved.enrolment_id is None:
        return Preview(ref, Outcome.MOVES, candidate_id, explanation="nothing is sent")
    return preview_enrolment(work, ref, candidate_id, moved.enrolment_id)


def preview_enrolment(work: Work, ref: str, candidate_id: int, enrolment_id: int) -> Preview:
    """Return what an enrolment that was made in this transaction leads to."""
    status, reason = work.connection.execute(
        select(Enrolment.status, Enrolment.reason).where(Enrolment.id == enrolment_id)
    ).one()
    match EnrolmentStatus(status):
        case EnrolmentStatus.FAILED:
            return Preview(ref, Outcome.FAILS, candidate_id, explanation=explain(reason or "").in_words)
        case EnrolmentStatus.QUEUED:
            explanation = explain_enrolment(work, enrolment_id) or ""
            text = _welcome_of(work, enrolment_id)
            return Preview(ref, Outcome.WAITS, candidate_id, text=text, explanation=explanation)
    row = work.connection.execute(
        select(Delivery.kind, Message.text, Message.content)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.enrolment_id == enrolment_id)
        .order_by(Delivery.attempt.desc())
    ).first()
    if row is None:
        return Preview(ref, Outcome.SENDS, candidate_id, text=_welcome_of(work, enrolment_id))
    template = (row.content.get("template") or {}).get("name")
    held = explain_enrolment(work, enrolment_id)
    return Preview(ref, Outcome.SENDS, candidate_id, ChannelKind(row.kind), row.text, template, held)


def _welcome_of(work: Work, enrolment_id: int) -> str:
    """Return the welcome of an enrolment that waits, in the words of today."""
    run = load_run(work, enrolment_id)
    return enrolments.welcome_of(work, lock_thread(work, run.candidate_id), run).text
