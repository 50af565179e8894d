"""Where one enrolment stands in its campaign, what has been understood so far, and what comes next."""

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from sqlalchemy import select

from bot.insight.answers import StandingAnswer, standing_answers
from bot.insight.enrolments import explain_enrolment, stands_at
from bot.models import Enrolment, EnrolmentEvent
from bot.pipeline.runs import flow_of, load_run
from bot.work import Work
from flows.lifecycles import OPEN
from flows.modules.questions import Question


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One enrolment as it stands; times are in UTC, and None where nothing is due."""

    status: str
    why: str
    """Why it has this status, in words where there are any, else what led to it."""
    at_welcome: bool
    module: str | None
    question: Question | None
    attempt: int
    called: bool
    """A person was called for the question, which is not asked again."""
    answers: tuple[StandingAnswer, ...]
    reminder: int
    """The number of the next reminder, of *reminders*."""
    reminders: int
    remind_at: datetime | None
    expires_at: datetime | None


def whereabouts(work: Work, enrolment_id: int) -> Whereabouts:
    """Return where an enrolment stands. Raises `NotFound`."""
    run = load_run(work, enrolment_id)
    compiled, position = flow_of(work, run.version_id), run.stands()
    is_open = run.status in OPEN
    module, _ = stands_at(compiled, run.position) if is_open else (None, None)
    key = position.question if is_open else None
    times = select(Enrolment.remind_at, Enrolment.expires_at).where(Enrolment.id == enrolment_id)
    remind_at, expires_at = work.connection.execute(times).one() if is_open else (None, None)
    return Whereabouts(
        status=run.status,
        why=explain_enrolment(work, enrolment_id) or _cause(work, enrolment_id, run.status),
        at_welcome=is_open and position.state in ("welcome", "declined"),
        module=module,
        question=compiled.flow.question(key) if key else None,
        attempt=position.tries + 1,
        called=position.called,
        answers=tuple(standing_answers(work, enrolment_id)),
        reminder=run.reminders_sent + 1,
        reminders=len(compiled.flow.reminders),
        remind_at=remind_at,
        expires_at=expires_at,
    )


def _cause(work: Work, enrolment_id: int, status: str) -> str:
    """Return what led to the status; what happened in it since, such as a reminder, did not."""
    events = work.connection.execute(
        select(EnrolmentEvent.status, EnrolmentEvent.cause)
        .where(EnrolmentEvent.enrolment_id == enrolment_id)
        .order_by(EnrolmentEvent.id.desc())
    )
    latest = list(takewhile(lambda event: event.status == status, events))
    return str(latest[-1].cause) if latest else ""
