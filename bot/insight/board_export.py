"""The applications that fit a filter as a table for a spreadsheet, some at a time, so that any number can go out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.insight.board_cards import Card, cards
from bot.insight.board_filter import BoardFilter
from bot.insight.board_where import where
from bot.models import Answer, Application, Candidate, Enrolment, Job, Stage
from bot.runtime import Runtime
from bot.work import Work, reading

AT_ONCE = 500
HEADER = ("Application", "External id", "First name", "Last name", "Phone", "E-mail", "City", "Language", "Stage",
          "In stage since", "State", "Status", "Status since", "Cause", "Needs a person", "Held by", "Owner", "Rating",
          "Score", "Tags", "Proposed stage", "Applied", "Opted out")  # fmt: skip
Questions = tuple[tuple[int, str], ...]


def export(runtime: Runtime, job_id: int, wanted: BoardFilter) -> Iterator[list[str]]:
    """Yield the header, then a row for each application that fits, the oldest first. Raises as `where` does.

    Times are in the job's zone, with their offset. Cells hold what people wrote: whoever makes a file of them sees to
    it that a spreadsheet takes none for a formula.
    """
    with reading(runtime) as work:
        questions, names = _questions(work, job_id)
        part, after = _part(work, job_id, wanted, questions, 0)
    yield [*HEADER, *names]
    while part:
        yield from part
        with reading(runtime) as work:
            part, after = _part(work, job_id, wanted, questions, after)


def _questions(work: Work, job_id: int) -> tuple[Questions, list[str]]:
    """Return what was asked in the job and answered by anybody, by stage, with a name for its column."""
    asked = (
        select(Stage.place, Stage.name, Enrolment.stage_id, Answer.question)
        .join(Enrolment, Enrolment.id == Answer.enrolment_id)
        .join(Stage, Stage.id == Enrolment.stage_id)
        .where(Enrolment.job_id == job_id)
        .distinct()
    )
    rows = sorted(work.connection.execute(asked), key=lambda row: (row.place, row.question))
    return tuple((row.stage_id, row.question) for row in rows), [f"{row.name}: {row.question}" for row in rows]


@dataclass(frozen=True, slots=True)
class _More:
    """What a card does not show."""

    facts: dict[int, Any]
    answers: dict[int, dict[tuple[int, str], str]]


def _part(
    work: Work, job_id: int, wanted: BoardFilter, questions: Questions, after: int
) -> tuple[list[list[str]], int]:
    found = select(Application.id).where(
        Application.job_id == job_id, Application.id > after, *where(work, job_id, wanted)
    )
    ids = [row.id for row in work.connection.execute(found.order_by(Application.id).limit(AT_ONCE))]
    more = _More(_facts(work, ids), _answers(work, ids))
    rows = [_row(card, more, questions) for card in cards(work, ids)]
    return rows, ids[-1] if ids else after


def _facts(work: Work, ids: Sequence[int]) -> dict[int, Any]:
    columns: tuple[Any, ...] = (
        Application.id,
        Application.external_id,
        Application.score,
        Candidate.first_name,
        Candidate.last_name,
        Candidate.email,
        Candidate.city,
        Candidate.language,
        Candidate.opted_out_at,
        Job.language.label("job_language"),
    )
    found = (
        select(*columns)
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Job, Job.id == Application.job_id)
        .where(Application.id.in_(ids))
    )
    return {row.id: row for row in work.connection.execute(found)}


def _answers(work: Work, ids: Sequence[int]) -> dict[int, dict[tuple[int, str], str]]:
    """Return the answers that stand; of a stage that was sent twice, the last to each question."""
    given = (
        select(Enrolment.application_id, Enrolment.stage_id, Answer.question, Answer.raw, Answer.value)
        .join(Enrolment, Enrolment.id == Answer.enrolment_id)
        .where(Enrolment.application_id.in_(ids), Answer.replaced_at.is_(None))
        .order_by(Answer.id)
    )
    found: dict[int, dict[tuple[int, str], str]] = {}
    for key, stage_id, question, raw, value in work.connection.execute(given):
        found.setdefault(key, {})[stage_id, question] = _as_read(value, raw)
    return found


def _as_read(value: Any, raw: str) -> str:
    """Write an answer as it was understood; as it was written where it is more than a word or a list of them."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(str(part) for part in value)
        case str() | int() | float():
            return str(value)
    return raw


def _row(card: Card, more: _More, questions: Questions) -> list[str]:
    facts, answers = more.facts[card.key], more.answers.get(card.key, {})
    cells = (
        card.id, facts.external_id, facts.first_name, facts.last_name, card.phone, facts.email, facts.city,
        facts.language or facts.job_language, card.stage_name, card.moved_at.isoformat(timespec="minutes"), card.state,
        card.label, card.since.isoformat(timespec="minutes") if card.since else None, card.cause, card.needs_person,
        card.held_by, card.owner, f"{card.rating:.1f}" if card.rating is not None else None, facts.score,
        "; ".join(card.tags), card.proposed_stage, card.created_at.isoformat(timespec="minutes"),
        "yes" if facts.opted_out_at is not None else "no",
    )  # fmt: skip
    return ["" if cell is None else str(cell) for cell in (*cells, *(answers.get(asked) for asked in questions))]
