"""The list of jobs: each with how many are in each stage, and what needs a person; asked at once for a whole page."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from bot.dialogue.naming import NAME_OF_USER
from bot.models import Application, ApplicationState, Conversation, Enrolment, Job, JobState, Stage, StageCampaign, User
from bot.work import Work
from flows.flow import StageType
from flows.lifecycles import EnrolmentStatus

AT_ONCE = 50
MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs are listed: the newest first, from *before* on."""

    search: str = ""
    state: JobState | None = None
    manager_id: int | None = None
    """Only the jobs of this hiring manager."""
    templates: bool = False
    before: int | None = None


@dataclass(frozen=True, slots=True)
class StageCount:
    """A stage, and how many who are in the running stand in it."""

    public_id: str
    name: str
    type: StageType
    applications: int
    is_ready: bool
    """Its campaign is published, or it has none."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job as the list shows it."""

    id: int
    public_id: str
    title: str
    reference: str
    location: str
    state: JobState
    owner: str
    hiring_manager: str
    language: str
    time_zone: str
    created_at: datetime
    stages: Sequence[StageCount] = field(default=())
    people: int = 0
    """Conversations that a person should look at."""
    proposals: int = 0
    """Applications for which the rules propose a stage."""
    waiting: int = 0
    """Campaigns that are queued."""

    @property
    def applications(self) -> int:
        return sum(stage.applications for stage in self.stages)

    @property
    def most(self) -> int:
        """How many stand in the fullest stage."""
        return max((stage.applications for stage in self.stages), default=0)

    @property
    def not_ready(self) -> tuple[str, ...]:
        """The names of the stages into which nobody can be moved with sending."""
        return tuple(stage.name for stage in self.stages if not stage.is_ready)


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of the jobs, and from where to go on where there are more."""

    items: Sequence[JobLine]
    next: int | None


def list_jobs(work: Work, query: JobQuery, most: int = AT_ONCE) -> JobPage:
    """Return a page of jobs, the newest first."""
    rows = work.connection.execute(_jobs(query).limit(most + 1)).all()
    lines = _lines(work, rows[:most])
    return JobPage(lines, lines[-1].id if len(rows) > most else None)


def job_line(work: Work, job_id: int) -> JobLine | None:
    """Return one job as the list shows it."""
    rows = work.connection.execute(_columns().where(Job.id == job_id)).all()
    return next(iter(_lines(work, rows)), None)


def state_counts(work: Work, manager_id: int | None = None) -> dict[JobState, int]:
    """Count the jobs by state."""
    counted = select(Job.state, func.count()).where(~Job.is_template).group_by(Job.state)
    if manager_id is not None:
        counted = counted.where(Job.hiring_manager_id == manager_id)
    found = {JobState(state): count for state, count in work.connection.execute(counted)}
    return {state: found.get(state, 0) for state in JobState}


def _columns() -> Select[*tuple[Any, ...]]:
    owner = select(NAME_OF_USER).where(User.id == Job.owner_id).scalar_subquery()
    return select(Job, func.coalesce(func.nullif(Job.recruiter, ""), owner, "").label("owner"))


def _jobs(query: JobQuery) -> Select[*tuple[Any, ...]]:
    found = _columns().where(Job.is_template if query.templates else ~Job.is_template).order_by(Job.id.desc())
    if query.search.strip():
        found = found.where(*(_says(word) for word in query.search.split()[:MOST_WORDS]))
    if query.state is not None:
        found = found.where(Job.state == query.state)
    if query.manager_id is not None:
        found = found.where(Job.hiring_manager_id == query.manager_id)
    return found if query.before is None else found.where(Job.id < query.before)


def _says(word: str) -> ColumnElement[bool]:
    """Compare in several spellings, as a database may know no capital letters but those of ASCII."""
    spellings = dict.fromkeys([word, word.lower(), word.upper(), word.capitalize()])
    columns = (Job.title, Job.reference, Job.location)
    return or_(*(column.icontains(each, autoescape=True) for column in columns for each in spellings))


def _lines(work: Work, rows: Sequence[Any]) -> list[JobLine]:
    ids = [row.id for row in rows]
    stages = _stages(work, ids)
    people, proposals, waiting = _people(work, ids), _proposals(work, ids), _waiting(work, ids)
    return [
        JobLine(
            row.id, row.public_id, row.title, row.reference, row.location, JobState(row.state), row.owner,
            row.hiring_manager, row.language, row.time_zone, row.created_at, stages.get(row.id, ()),
            people.get(row.id, 0), proposals.get(row.id, 0), waiting.get(row.id, 0),
        )
        for row in rows
    ]  # fmt: skip


def _stages(work: Work, job_ids: list[int]) -> dict[int, list[StageCount]]:
    in_stage = (
        select(func.count())
        .where(Application.stage_id == Stage.id, Application.state == ApplicationState.ACTIVE)
        .correlate(Stage)
        .scalar_subquery()
    )
    found = (
        select(Stage.job_id, Stage.public_id, Stage.name, Stage.type, in_stage, StageCampaign.published_version_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.job_id.in_(job_ids))
        .order_by(Stage.job_id, Stage.place)
    )
    stages: defaultdict[int, list[StageCount]] = defaultdict(list)
    for job_id, public_id, name, kind, count, version_id in work.connection.execute(found):
        ready = version_id is not None or not StageType(kind).has_campaign
        stages[job_id].append(StageCount(public_id, name, StageType(kind), count, ready))
    return stages


def _people(work: Work, job_ids: list[int]) -> dict[int, int]:
    """Begin with the few who need a person: by their job one would come to all who ever applied, hence the sum."""
    job = Application.job_id + 0
    needing = select(Conversation.candidate_id).where(Conversation.needs_person.is_not(None))
    counted = select(job, func.count()).where(
        Application.candidate_id.in_(needing), Application.state == ApplicationState.ACTIVE
    )
    return _by_job(work, counted, job, job_ids)


def _proposals(work: Work, job_ids: list[int]) -> dict[int, int]:
    proposed = (Application.proposed_stage.is_not(None), Application.state == ApplicationState.ACTIVE)
    counted = select(Application.job_id, func.count()).where(*proposed)
    return _by_job(work, counted, Application.job_id, job_ids)


def _waiting(work: Work, job_ids: list[int]) -> dict[int, int]:
    counted = select(Enrolment.job_id, func.count()).where(Enrolment.status == EnrolmentStatus.QUEUED)
    return _by_job(work, counted, Enrolment.job_id, job_ids)


def _by_job(work: Work, counted: Select[Any, Any], job: ColumnElement[Any] | Any, job_ids: list[int]) -> dict[int, int]:
    rows = work.connection.execute(counted.where(job.in_(job_ids)).group_by(job))
    return {job_id: count for job_id, count in rows}  # noqa: C416  rows are no pairs to mypy
