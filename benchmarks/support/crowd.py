"""A job with very many applications, in all stages, of all statuses; beside it one just like it, without any."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from benchmarks.support.conversation import CAMPAIGN
from benchmarks.support.filling import BASE, MESSAGES_EACH, fill, tidy
from benchmarks.support.installation import Installation
from bot.dialogue.bulk_moves import Action, start
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.models import Application, BulkKind, Conversation, Enrolment, Job, Stage, StageCampaign
from bot.work import Work, unit_of_work
from flows.flow import StageType
from flows.lifecycles import EnrolmentStatus

STAGES = [
    StagePlan("Applied", StageType.REVIEW),
    StagePlan("Screening", StageType.FORM, CAMPAIGN),
    StagePlan("Shortlist", StageType.REVIEW),
    StagePlan("Trial", StageType.FORM, CAMPAIGN),
    StagePlan("Offer", StageType.REVIEW),
    StagePlan("Talents", StageType.REVIEW),
]
SENDING_STAGE = 1
STATUSES = list(EnrolmentStatus)
PENDING = len(STAGES) - 1
"""So many are about to be moved: one of each stage but that into which they go."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The two jobs, by their public ids, and of the full one what a page may be asked for."""

    empty: str
    full: str
    stage: str
    """One with a campaign."""
    newest: str
    """The application that stands first in the table."""
    before_last: str
    """The last page of the table begins behind this application."""


def gather(installation: Installation, people: int, user_id: int, *, last_page: int) -> Crowd:
    """Make both jobs, and let so many people of years, each with messages, have applied for one of them."""
    fill(installation, people * MESSAGES_EACH)
    with unit_of_work(installation.runtime) as work:
        empty, _ = _job(work)
        full, stages = _job(work)
        _place(work, full, stages)
        _vary(work)
        to_move = range(BASE + 1, BASE + 1 + len(STAGES))
        start(work, full, to_move, Action(BulkKind.MOVE, stages[SENDING_STAGE]), user_id)
        sending = select(Stage.public_id).where(Stage.id == stages[SENDING_STAGE])
        crowd = Crowd(
            _public_id(work, Job, empty),
            _public_id(work, Job, full),
            work.connection.execute(sending).scalar_one(),
            _public_id(work, Application, BASE + people),
            _public_id(work, Application, BASE + 1 + last_page),
        )
    tidy(installation.runtime.database)
    return crowd


def _job(work: Work) -> tuple[int, list[int]]:
    job_id = create_job(work, JobPlan("Night shift", STAGES, default_country="US", channels=["whatsapp"]))
    stages = select(Stage.id).where(Stage.job_id == job_id).order_by(Stage.place)
    return job_id, list(work.connection.execute(stages).scalars())


def _public_id(work: Work, model: Any, key: int) -> str:
    found: str = work.connection.execute(select(model.public_id).where(model.id == key)).scalar_one()
    return found


def _place(work: Work, job_id: int, stages: list[int]) -> None:
    """Bring everybody into the job: stage after stage, a minute between two, the last just now."""
    ids = work.connection.execute(select(Application.id).where(Application.id > BASE).order_by(Application.id.desc()))
    rows = [_where(place, key, stages, work.now) for place, key in enumerate(ids.scalars())]
    at = {"moved_at": bindparam("since"), "created_at": bindparam("since"), "tags": bindparam("labels")}
    place = update(Application).where(Application.id == bindparam("key"))
    work.connection.execute(place.values(job_id=job_id, stage_id=bindparam("stage"), **at), rows)
    version = select(StageCampaign.published_version_id).where(StageCampaign.stage_id == stages[SENDING_STAGE])
    ran = {"job_id": job_id, "stage_id": stages[SENDING_STAGE], "version_id": version.scalar_subquery()}
    work.connection.execute(update(Enrolment).where(Enrolment.id > BASE).values(ran))


def _where(place: int, key: int, stages: list[int], now: datetime) -> dict[str, Any]:
    since = now - timedelta(minutes=place)
    labels = ["night"] if place % 10 == 0 else []
    return {"key": key, "stage": stages[place % len(stages)], "since": since, "labels": labels}


def _vary(work: Work) -> None:
    """Give each of the statuses to as many, and let a person be awaited by one in a hundred."""
    for number, status in enumerate(STATUSES):
        mine = update(Enrolment).where(Enrolment.id > BASE, Enrolment.id % len(STATUSES) == number)
        work.connection.execute(mine.values(status=status, **_of(status, work.now)))
    awaited = update(Conversation).where(Conversation.id > BASE, Conversation.id % 100 == 0)
    work.connection.execute(awaited.values(needs_person="asked", awaiting_since=work.now))


def _of(status: EnrolmentStatus, now: datetime) -> dict[str, Any]:
    """Return what else is so of an enrolment that has this status."""
    if status.is_final:
        reasons = {EnrolmentStatus.FAILED: "63016", EnrolmentStatus.CANCELLED: "superseded"}
        return {"reason": reasons.get(status)}
    soon = now + timedelta(days=2)
    position = {"state": "q:age"} if status is EnrolmentStatus.IN_PROGRESS else {}
    return {"ended_at": None, "expires_at": soon, "remind_at": soon, "position": position}
