"""Jobs and their stages: made from scratch, or from another job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select

from bot.errors import InvalidEvent, NotFound
from bot.intake.first_drafts import first_draft
from bot.intake.job_details import LONGEST, JobDetails
from bot.models import Job, JobState, Stage, StageCampaign, StageCampaignVersion, Topic, new_public_id
from bot.pipeline.publishing import add_stage_campaign, examine_for, put_in_force
from bot.work import Work
from flows.findings import Finding
from flows.flow import StageType

MOST_STAGES = 50


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage that is to be made; without a campaign it gets a default draft, which nobody has published."""

    name: str
    type: StageType
    campaign: Mapping[str, Any] | None = None
    """The draft."""
    publish: bool = True
    in_force: Mapping[str, Any] | None = None
    """What is published, where it is not the draft."""

    @property
    def published(self) -> Mapping[str, Any] | None:
        """What will be in force, None where nothing is."""
        return (self.in_force or self.campaign) if self.publish else None


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A job that is to be made."""

    title: str
    stages: Sequence[StagePlan]
    reference: str = ""
    location: str = ""
    hiring_manager: str = ""
    recruiter: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    default_country: str | None = None
    channels: Sequence[str] = ("whatsapp", "sms")
    state: JobState = JobState.OPEN
    owner_id: int | None = None
    hiring_manager_id: int | None = None
    is_template: bool = False


def check_stages(stages: Sequence[tuple[str, StageType]]) -> None:
    """Raise `InvalidEvent` unless these can be a job's stages, each with a name of its own.

    Rules propose a stage by its name, people and commands choose it by its name.
    """
    if not stages:
        raise InvalidEvent("a job needs a stage: add one", field="stages")
    if len(stages) > MOST_STAGES:
        raise InvalidEvent(f"a job has at most {MOST_STAGES} stages", field="stages")
    names: set[str] = set()
    for index, (name, _) in enumerate(stages):
        check_stage_name(name, f"stages[{index}].name")
        if name.casefold() in names:
            problem = f"another stage has the name {name!r} already: give each its own"
            raise InvalidEvent(problem, field=f"stages[{index}].name")
        names.add(name.casefold())


def check_stage_name(name: str, field: str = "name") -> None:
    """Raise `InvalidEvent` for what is no name of a stage."""
    if not name.strip() or len(name) > LONGEST:
        raise InvalidEvent(f"a stage has a name of 1 to {LONGEST} characters: write one", field=field)


def problems_of(work: Work, plan: JobPlan) -> tuple[Finding, ...]:
    """Return all that is wrong with the campaigns of a plan that are to be published, with their whole paths."""
    found: list[Finding] = []
    for index, stage in enumerate(plan.stages):
        if stage.published is not None:
            findings = examine_for(work, stage.published, stage.type, list(plan.channels))
            found += [finding.below(f"stages[{index}].campaign") for finding in findings]
    return tuple(found)


def create_job(work: Work, plan: JobPlan) -> int:
    """Make a job with its stages and campaigns; return its id. `problems_of` must have found no error."""
    values = {
        "public_id": new_public_id(),
        "title": plan.title,
        "reference": plan.reference,
        "location": plan.location,
        "hiring_manager": plan.hiring_manager,
        "recruiter": plan.recruiter,
        "language": plan.language,
        "time_zone": plan.time_zone,
        "default_country": plan.default_country,
        "channels": list(plan.channels),
        "state": JobState.DRAFT if plan.is_template else plan.state,
        "owner_id": plan.owner_id,
        "hiring_manager_id": plan.hiring_manager_id,
        "is_template": plan.is_template,
        "created_at": work.now,
    }
    job_id = work.connection.execute(insert(Job).values(values).returning(Job.id)).scalar_one()
    for place, stage in enumerate(plan.stages, start=1):
        insert_stage(work, job_id, place, stage, plan.language)
    work.changed(Topic.JOB, job_id)
    return job_id


def insert_stage(work: Work, job_id: int, place: int, stage: StagePlan, language: str) -> int:
    """Make a stage with its draft and what is in force; return its id."""
    values = {
        "public_id": new_public_id(), "job_id": job_id, "place": place, "name": stage.name, "type": stage.type,
    }  # fmt: skip
    stage_id = work.connection.execute(insert(Stage).values(values).returning(Stage.id)).scalar_one()
    if not stage.type.has_campaign:
        return stage_id
    add_stage_campaign(work, stage_id, dict(stage.campaign or first_draft(work, language, stage.type, stage.name)))
    if stage.published is not None:
        put_in_force(work, stage_id, dict(stage.published))
    return stage_id


def clone_plan(work: Work, job_id: int, title: str | None = None) -> JobPlan:
    """Return the plan of a job like another, or like a template: stages, drafts, what is in force; no applications."""
    job = work.session.get(Job, job_id)
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    rows = work.connection.execute(
        select(Stage.name, Stage.type, StageCampaign.draft, StageCampaignVersion.definition)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .outerjoin(StageCampaignVersion, StageCampaignVersion.id == StageCampaign.published_version_id)
        .where(Stage.job_id == job_id)
        .order_by(Stage.place)
    )
    stages = [
        StagePlan(row.name, StageType(row.type), row.draft, publish=row.definition is not None, in_force=row.definition)
        for row in rows
    ]
    return JobPlan(
        title=title or job.title,
        stages=stages,
        location=job.location,
        hiring_manager=job.hiring_manager,
        recruiter=job.recruiter,
        language=job.language,
        time_zone=job.time_zone,
        default_country=job.default_country,
        channels=job.channels,
        owner_id=job.owner_id,
        hiring_manager_id=job.hiring_manager_id,
    )


def plan_with(plan: JobPlan, details: JobDetails) -> JobPlan:
    """Return a plan whose job is as a person has filled it in; its stages stay."""
    return replace(plan, **details.columns())


def save_as_template(work: Work, job_id: int, name: str) -> int:
    """Make a template of a job, with its stages and campaigns; return its id. Raises `NotFound`, `InvalidEvent`."""
    if not name.strip() or len(name) > LONGEST:
        raise InvalidEvent(f"a template has a name of 1 to {LONGEST} characters: write one", field="title")
    return create_job(work, replace(clone_plan(work, job_id, name.strip()), is_template=True))
