"""What wants somebody today, job by job: what failed, what waits, what cannot be sent, what is under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from bot.dialogue.naming import NAME_OF_USER
from bot.models import Application, ApplicationState, BulkMove, Enrolment, Job, JobState, Stage, StageCampaign, User
from bot.work import Work
from flows.flow import StageType
from flows.lifecycles import EnrolmentStatus

RECENT = timedelta(days=7)
MOST = 8
"""Lines of each kind; more are to be found in the jobs."""
WITHOUT_CAMPAIGN = (StageType.REVIEW,)


@dataclass(frozen=True, slots=True)
class JobCount:
    """So many applications of one job."""

    job: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A stage in which people stand and from which nothing can be sent."""

    job: str
    title: str
    stage: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Running:
    """Something that was asked for many applications and is not finished."""

    bulk: str
    kind: str
    stage: str
    job: str
    by: str
    at: datetime
    paused: bool


@dataclass(frozen=True, slots=True)
class Today:
    """All of it."""

    failed: tuple[JobCount, ...]
    queued: tuple[JobCount, ...]
    unpublished: tuple[Unpublished, ...]
    running: tuple[Running, ...]

    @property
    def is_calm(self) -> bool:
        """Nothing of it wants anybody."""
        return not (self.failed or self.queued or self.unpublished or self.running)


def today(work: Work) -> Today:
    """Return what wants somebody."""
    return Today(
        failed=_jobs_with(work, EnrolmentStatus.FAILED, Enrolment.ended_at >= work.now - RECENT),
        queued=_jobs_with(work, EnrolmentStatus.QUEUED),
        unpublished=_unpublished(work),
        running=_running(work),
    )


def _jobs_with(work: Work, status: EnrolmentStatus, *more: ColumnElement[bool]) -> tuple[JobCount, ...]:
    """Count applications whose latest enrolment has that status, in jobs that go on."""
    counted = (
        select(Job.public_id, Job.title, func.count().label("count"))
        .select_from(Enrolment)
        .join(Application, Application.last_enrolment_id == Enrolment.id)
        .join(Job, Job.id == Application.job_id)
        .where(Enrolment.status == status, Application.state == ApplicationState.ACTIVE, *more)
        .where(Job.state != JobState.CLOSED)
        .group_by(Job.id)
        .order_by(func.count().desc(), Job.id)
        .limit(MOST)
    )
    return tuple(JobCount(row.public_id, row.title, row[2]) for row in work.connection.execute(counted))


def _unpublished(work: Work) -> tuple[Unpublished, ...]:
    columns = (Job.public_id.label("job"), Job.title, Stage.public_id.label("stage"), Stage.name)
    found = (
        select(*columns, func.count(Application.id).label("count"))
        .select_from(Stage)
        .join(Job, Job.id == Stage.job_id)
        .join(StageCampaign, StageCampaign.stage_id == Stage.id)
        .join(Application, Application.stage_id == Stage.id)
        .where(StageCampaign.published_version_id.is_(None), Stage.type.not_in(WITHOUT_CAMPAIGN))
        .where(Job.state == JobState.OPEN, ~Job.is_template, Application.state == ApplicationState.ACTIVE)
        .group_by(Stage.id, Job.id)
        .order_by(Job.id.desc(), Stage.place)
        .limit(MOST)
    )
    return tuple(Unpublished(row.job, row.title, row.stage, row.name, row[4]) for row in _rows(work, found))


def _running(work: Work) -> tuple[Running, ...]:
    columns = (BulkMove.public_id, BulkMove.kind, BulkMove.created_at, BulkMove.paused_at)
    found = (
        select(*columns, Stage.name.label("stage"), Job.title, NAME_OF_USER.label("by"))
        .join(Job, Job.id == BulkMove.job_id)
        .outerjoin(Stage, Stage.id == BulkMove.stage_id)
        .outerjoin(User, User.id == BulkMove.user_id)
        .where(BulkMove.finished_at.is_(None), BulkMove.cancelled_at.is_(None))
        .order_by(BulkMove.id.desc())
        .limit(MOST)
    )
    return tuple(
        Running(
            row.public_id,
            row.kind,
            row.stage or "",
            row.title,
            row.by or "",
            row.created_at,
            paused=row.paused_at is not None,
        )
        for row in _rows(work, found)
    )


def _rows(work: Work, statement: Any) -> Sequence[Any]:
    return work.connection.execute(statement).all()
