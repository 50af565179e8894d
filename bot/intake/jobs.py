"""Jobs and their stages: made from scratch, or from another job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from bot.errors import NotFound
from bot.models import Job, JobState, Stage, StageCampaign, StageCampaignVersion, new_public_id
from bot.pipeline.publishing import add_stage_campaign, examine_for, put_in_force
from bot.work import Work
from flows.defaults import default_draft
from flows.findings import Finding
from flows.flow import StageType


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
        "state": plan.state,
        "created_at": work.now,
    }
    job_id = work.connection.execute(insert(Job).values(values).returning(Job.id)).scalar_one()
    for place, stage in enumerate(plan.stages, start=1):
        _add_stage(work, job_id, place, stage, plan.language)
    return job_id


def _add_stage(work: Work, job_id: int, place: int, stage: StagePlan, language: str) -> None:
    values = {
        "public_id": new_public_id(), "job_id": job_id, "place": place, "name": stage.name, "type": stage.type,
    }  # fmt: skip
    stage_id = work.connection.execute(insert(Stage).values(values).returning(Stage.id)).scalar_one()
    if not stage.type.has_campaign:
        return
    add_stage_campaign(work, stage_id, dict(stage.campaign or default_draft(language, stage.type, stage.name)))
    if stage.published is not None:
        put_in_force(work, stage_id, dict(stage.published))


def clone_plan(work: Work, job_id: int, title: str | None = None) -> JobPlan:
    """Return the plan of a job like another: its stages, their drafts and what is in force; no applications."""
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
    )
