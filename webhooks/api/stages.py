"""`/stages`: the steps of a job's process, and their campaigns."""

from typing import Any

from pydantic import RootModel
from sqlalchemy import select

from bot.dialogue.template_news import learn_approvals
from bot.errors import NotFound
from bot.models import Job, Stage, StageCampaign
from bot.pipeline.publishing import StageCampaignState, keep_draft, publish, stage_campaign_of
from bot.runtime import Runtime
from bot.work import Work, reading
from flows.flow import StageType
from webhooks.api.campaigns import CampaignShape, FindingShape, show_campaign, show_finding, unpublishable
from webhooks.api.finding import key_of
from webhooks.api.operations import Call, Result
from webhooks.api.texts import Shape


class Draft(RootModel[dict[str, Any]]):
    """A campaign in the form of a stage campaign file; it is stored right or wrong."""


class StageShape(Shape):
    """A stage; the campaign of a review stage is null."""

    id: str
    name: str
    type: StageType
    campaign: CampaignShape | None


class StageAlone(StageShape):
    """A stage with the job to which it belongs."""

    job: str


class Published(Shape):
    """The version that was made, and what the checks had to say besides."""

    version: int
    findings: list[FindingShape]


def learn(runtime: Runtime, call: Call) -> None:
    """Ask for approvals of templates that are not known as approved, before the draft is published."""
    with reading(runtime) as work:
        drafts = work.connection.execute(
            select(StageCampaign.draft)
            .join(Stage, Stage.id == StageCampaign.stage_id)
            .where(Stage.public_id == call.id)
        ).scalars()
        found = list(drafts)
    learn_approvals(runtime, found)


def get_stage(work: Work, call: Call) -> Result:
    """Show a stage."""
    stage_id = key_of(work, Stage, call.id)
    job = work.connection.execute(
        select(Job.public_id).join(Stage, Stage.job_id == Job.id).where(Stage.id == stage_id)
    ).scalar_one()
    return Result(StageAlone(**dict(show_stage(work, stage_id)), job=job))


def get_campaign(work: Work, call: Call) -> Result:
    """Show the campaign of a stage; as YAML, its draft alone, as the file that it is."""
    state = _campaign(work, key_of(work, Stage, call.id))
    return Result(show_campaign(state), file=state.draft)


def put_campaign(work: Work, call: Call) -> Result:
    """Store a draft, right or wrong; the answer holds what the checks say of it."""
    form: Draft = call.body
    stage_id = key_of(work, Stage, call.id)
    keep_draft(work, stage_id, form.root)
    return Result(show_campaign(_campaign(work, stage_id)))


def publish_campaign(work: Work, call: Call) -> Result:
    """Freeze the draft as the next version, which new enrolments begin on."""
    number, findings = publish(work, key_of(work, Stage, call.id))
    if number is None:
        raise unpublishable(findings)
    return Result(Published(version=number, findings=[show_finding(finding) for finding in findings]), 201)


def show_stage(work: Work, stage_id: int) -> StageShape:
    """Return a stage as the API shows it."""
    row = work.connection.execute(select(Stage.public_id, Stage.name, Stage.type).where(Stage.id == stage_id)).one()
    state = stage_campaign_of(work, stage_id)
    campaign = show_campaign(state) if state else None
    return StageShape(id=row.public_id, name=row.name, type=row.type, campaign=campaign)


def _campaign(work: Work, stage_id: int) -> StageCampaignState:
    state = stage_campaign_of(work, stage_id)
    if state is None:
        raise NotFound("this stage has no campaign: a review stage sends nothing")
    return state
