"""Who has a number already: named before anybody is added a second time."""

from dataclasses import dataclass

from sqlalchemy import select

from bot.intake.people import candidate_by_phone
from bot.models import Application, ApplicationState, Candidate, Job, Stage
from bot.work import Work

MOST_JOBS = 5


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """A candidate who is known, and where from."""

    public_id: str
    name: str
    opted_out: bool
    here: str | None
    """Their active application for this job, by its public id."""
    elsewhere: tuple[tuple[str, str], ...]
    """Other jobs for which they applied, and the stages they are in; the latest first."""


def who_has(work: Work, e164: str, job_id: int) -> Acquaintance | None:
    """Return who has a number or a variant of it, as far as it matters for a job."""
    candidate_id = candidate_by_phone(work, e164)
    if candidate_id is None:
        return None
    person = work.connection.execute(select(Candidate).where(Candidate.id == candidate_id)).one()
    applications = work.connection.execute(
        select(Application.public_id, Application.job_id, Application.state, Job.title, Stage.name)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
        .where(Application.candidate_id == candidate_id)
        .order_by(Application.id.desc())
    ).all()
    here = [row.public_id for row in applications if row.job_id == job_id and row.state == ApplicationState.ACTIVE]
    elsewhere = [(row.title, row.name) for row in applications if row.public_id not in here]
    name = f"{person.first_name} {person.last_name}".strip() or "Somebody without a name"
    opted_out = person.opted_out_at is not None
    return Acquaintance(person.public_id, name, opted_out, here[0] if here else None, tuple(elsewhere[:MOST_JOBS]))
