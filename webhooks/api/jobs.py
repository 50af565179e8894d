"""`/jobs`: vacancies with their stages and campaigns."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.dialogue.template_news import learn_approvals
from bot.intake.job_changes import change_job, follow_job
from bot.intake.jobs import JobPlan, StagePlan, check_stages, clone_plan, create_job, problems_of
from bot.models import Job, JobState, Stage
from bot.runtime import Runtime
from bot.work import Work
from flows.findings import has_errors
from flows.flow import StageType
from webhooks.api.campaigns import unpublishable
from webhooks.api.finding import key_of
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.problems import wrong_field
from webhooks.api.stages import StageShape, show_stage
from webhooks.api.texts import Changes, Country, Form, Kinds, Language, Line, Name, Shape, TimeZone

MOST_STAGES = 50
COUNTRY = (
    "Two letters, such as PT. Numbers without a country code are read as numbers of this country, and messages go to "
    "no other unless CALLBOARD_COUNTRIES names it. Without it each number needs its country code, and may be of any."
)


class NewStage(Form):
    """A stage of a new job. Without a campaign it begins with a default draft, which is not published."""

    name: Name
    type: StageType
    campaign: dict[str, Any] | None = None
    publish: bool = True


class NewJob(Form):
    """A job that is to be made."""

    title: Name
    reference: Line = ""
    location: Line = ""
    hiring_manager: Line = ""
    recruiter: Line = Field("", description="The owner's name, as candidates read it.")
    language: Language = "en"
    time_zone: TimeZone = "UTC"
    default_country: Country | None = Field(None, description=COUNTRY)
    channels: Kinds = Field([ChannelKind.WHATSAPP, ChannelKind.SMS], min_length=1)
    state: Literal["draft", "open", "paused"] = "open"
    stages: list[NewStage] = Field(min_length=1, max_length=MOST_STAGES)


class JobChanges(Changes):
    """What is to change in a job; what is left out stays."""

    title: Name = ""
    reference: Line = ""
    location: Line = ""
    hiring_manager: Line = ""
    recruiter: Line = ""
    language: Language = "en"
    time_zone: TimeZone = "UTC"
    default_country: Country | None = Field(None, description=COUNTRY)
    channels: Kinds = Field([ChannelKind.WHATSAPP], min_length=1)
    state: JobState = JobState.OPEN


class CloneWish(Form):
    """How the copy is to differ."""

    title: Name | None = None


class JobQuery(PageQuery):
    """Which jobs are listed."""

    state: JobState | None = None


class StageName(Shape):
    """A stage without its campaign."""

    id: str
    name: str
    type: StageType


class JobFields(Shape):
    """What a job is, besides its stages."""

    id: str
    title: str
    reference: str
    location: str
    hiring_manager: str
    recruiter: str
    language: str
    time_zone: str
    default_country: str | None
    channels: list[ChannelKind]
    state: JobState
    created_at: datetime


class JobInList(JobFields):
    """A job as lists show it: stages without their campaigns."""

    stages: list[StageName]


class JobShape(JobFields):
    """A job with its stages and their campaigns."""

    stages: list[StageShape]


class JobPage(Shape):
    """A page of jobs."""

    items: list[JobInList]
    next: str | None


def learn(runtime: Runtime, call: Call) -> None:
    """Ask for approvals of templates that are not known as approved, before anything is published."""
    form: NewJob = call.body
    learn_approvals(runtime, [stage.campaign for stage in form.stages if stage.campaign and stage.publish])


def post_job(work: Work, call: Call) -> Result:
    """Make a job; a campaign with errors makes the whole call fail, and nothing is stored."""
    form: NewJob = call.body
    _refuse_campaigns_for_nothing(form)
    check_stages([(stage.name, stage.type) for stage in form.stages])
    values = form.model_dump(exclude={"stages", "state", "channels"})
    stages = [StagePlan(stage.name, stage.type, stage.campaign, stage.publish) for stage in form.stages]
    channels = [kind.value for kind in form.channels]
    plan = JobPlan(stages=stages, channels=channels, state=JobState(form.state), **values)
    findings = problems_of(work, plan)
    if has_errors(findings):
        raise unpublishable(findings)
    return Result(show_job(work, create_job(work, plan)), 201)


def get_jobs(work: Work, call: Call) -> Result:
    """List jobs, newest first."""
    query: JobQuery = call.query
    statement = select(Job.id, *_columns()).where(~Job.is_template)
    if query.state:
        statement = statement.where(Job.state == query.state)
    rows, following = page(work, statement, Job.id, query)
    stages = _stage_names(work, [row.key for row in rows])
    items = [JobInList(**_fields(row), stages=stages.get(row.key, [])) for row in rows]
    return Result(JobPage(items=items, next=following))


def get_job(work: Work, call: Call) -> Result:
    """Show a job."""
    return Result(show_job(work, key_of(work, Job, call.id)))


def patch_job(work: Work, call: Call) -> Result:
    """Change a job. A new state is followed for each of its candidates once it has been committed."""
    form: JobChanges = call.body
    job_id = key_of(work, Job, call.id)
    change_job(work, job_id, form.model_dump(mode="json", exclude_unset=True))

    def follow(runtime: Runtime) -> None:
        follow_job(runtime, job_id)

    # also for the state that it has already: whoever repeats a call that was cut short finishes its work
    afterwards = follow if "state" in form.model_fields_set else None
    return Result(show_job(work, job_id), afterwards=afterwards)


def clone_job(work: Work, call: Call) -> Result:
    """Make a job like another: its stages and campaigns, none of its applications."""
    form: CloneWish = call.body
    plan = clone_plan(work, key_of(work, Job, call.id), form.title)
    return Result(show_job(work, create_job(work, plan)), 201)


def show_job(work: Work, job_id: int) -> JobShape:
    """Return a job as the API shows it."""
    row = work.connection.execute(select(*_columns()).where(Job.id == job_id)).one()
    ids = work.connection.execute(select(Stage.id).where(Stage.job_id == job_id).order_by(Stage.place))
    return JobShape(**_fields(row), stages=[show_stage(work, stage_id) for stage_id in ids.scalars()])


def _refuse_campaigns_for_nothing(form: NewJob) -> None:
    for index, stage in enumerate(form.stages):
        if stage.campaign is not None and not stage.type.has_campaign:
            raise wrong_field(f"stages[{index}].campaign", "a review stage sends nothing: leave its campaign out")


def _columns() -> list[Any]:
    names = [name for name in JobFields.model_fields if name != "id"]
    return [Job.id.label("key"), Job.public_id.label("id_shown"), *(getattr(Job, name) for name in names)]


def _fields(row: Any) -> dict[str, Any]:
    names = [name for name in JobFields.model_fields if name != "id"]
    return {"id": row.id_shown} | {name: getattr(row, name) for name in names}


def _stage_names(work: Work, job_ids: list[int]) -> dict[int, list[StageName]]:
    found = work.connection.execute(
        select(Stage.job_id, Stage.public_id, Stage.name, Stage.type)
        .where(Stage.job_id.in_(job_ids))
        .order_by(Stage.job_id, Stage.place)
    )
    stages: dict[int, list[StageName]] = {}
    for row in found:
        stages.setdefault(row.job_id, []).append(StageName(id=row.public_id, name=row.name, type=row.type))
    return stages
