"""`/applications`: candidates for jobs."""

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Select, select

from bot.channels.base import ChannelKind
from bot.errors import Conflict, NotAllowed
from bot.intake.applications import AlreadyApplied, Applicant, Applied, ConsentGiven, apply_for
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState, Candidate, Enrolment, Job, Stage
from bot.pipeline.closings import close_application
from bot.pipeline.stages import Target, find_target
from bot.work import Work
from webhooks.api.finding import key_in, key_of
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.problems import Problem, wrong_field
from webhooks.api.texts import (
    CustomFields,
    Email,
    ExternalId,
    Form,
    Id,
    Language,
    Line,
    Moment,
    Name,
    PhoneText,
    Shape,
    TimeZone,
)

SOURCE = "api"


class ConsentForm(Form):
    """A consent that was given elsewhere."""

    channel: ChannelKind
    source: Name = SOURCE
    at: Moment | None = Field(None, description="When it was given; now, where it is left out.")


class CandidateForm(Form):
    """The person of an application. Somebody with this phone number who is known already is updated."""

    first_name: Name
    last_name: Line
    phone: PhoneText
    email: Email | None = None
    city: Line | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    channel: ChannelKind | None = Field(None, description="The channel to try first.")
    consents: list[ConsentForm] | None = Field(None, max_length=20)
    fields: CustomFields = Field(default_factory=dict)


class NewApplication(Form):
    """An application that is to be made, and sent the campaign of its stage."""

    job: Id
    stage: Id
    send: bool = True
    external_id: ExternalId | None = None
    candidate: CandidateForm


class ApplicationQuery(PageQuery):
    """Which applications are listed."""

    job: Id | None = None
    stage: Id | None = None
    candidate: Id | None = None
    state: ApplicationState | None = None


class MadeApplication(Shape):
    """An application that was made, now or before, and the enrolment that it began."""

    id: str
    candidate: str
    job: str
    stage: str
    enrolment: str | None


class ApplicationShape(MadeApplication):
    """An application; `enrolment` is its latest."""

    state: ApplicationState
    external_id: str | None
    score: int
    tags: list[str]
    proposed_stage: str | None
    created_at: datetime


class ApplicationPage(Shape):
    """A page of applications."""

    items: list[ApplicationShape]
    next: str | None


def post_application(work: Work, call: Call) -> Result:
    """Make an application; 200 with the first one where the `external_id` was used before."""
    form: NewApplication = call.body
    job_id = key_in(work, Job, form.job, "job")
    stage_id = key_in(work, Stage, form.stage, "stage")
    target = find_target(work, stage_id)
    if target.job_id != job_id:
        raise wrong_field("stage", "this stage belongs to another job")
    try:
        made = _apply(work, target, form)
    except NotAllowed as error:
        raise wrong_field("stage", str(error)) from None
    except AlreadyApplied as error:
        existing = show_application(work, error.application_id)
        raise Problem(409, str(error), members={"application": existing.id}) from None
    return Result(_show_made(work, made), 200 if made.repeated else 201)


def _apply(work: Work, target: Target, form: NewApplication) -> Applied:
    """Apply; where the same call was made at this moment elsewhere, take what it made for ours."""
    person = _person(form.candidate)
    try:
        return apply_for(work, target, person, source=SOURCE, external_id=form.external_id, sends=form.send)
    except AlreadyApplied as error:
        if form.external_id is None or show_application(work, error.application_id).external_id != form.external_id:
            raise
    return apply_for(work, target, person, source=SOURCE, external_id=form.external_id, sends=form.send)


def get_applications(work: Work, call: Call) -> Result:
    """List applications, newest first."""
    query: ApplicationQuery = call.query
    statement = _statement()
    if query.job:
        statement = statement.where(Application.job_id == key_in(work, Job, query.job, "job"))
    if query.stage:
        statement = statement.where(Application.stage_id == key_in(work, Stage, query.stage, "stage"))
    if query.candidate:
        key = key_in(work, Candidate, query.candidate, "candidate")
        statement = statement.where(Application.candidate_id == key)
    if query.state:
        statement = statement.where(Application.state == query.state)
    rows, following = page(work, statement, Application.id, query)
    return Result(ApplicationPage(items=[_shape(row) for row in rows], next=following))


def get_application(work: Work, call: Call) -> Result:
    """Show an application."""
    return Result(show_application(work, key_of(work, Application, call.id)))


def withdraw(work: Work, call: Call) -> Result:
    """The candidate has withdrawn: the campaign ends, and the next in their queue is released."""
    return _close(work, call, ApplicationState.WITHDRAWN)


def archive(work: Work, call: Call) -> Result:
    """Take an application out of the running: the campaign ends, and the next in the queue is released."""
    return _close(work, call, ApplicationState.ARCHIVED)


def show_application(work: Work, application_id: int) -> ApplicationShape:
    """Return an application as the API shows it."""
    return _shape(work.connection.execute(_statement().where(Application.id == application_id)).one())


def _close(work: Work, call: Call, state: ApplicationState) -> Result:
    """Close an application; to do it again changes nothing."""
    application_id = key_of(work, Application, call.id)
    found = select(Application.candidate_id, Application.state).where(Application.id == application_id)
    thread = lock_thread(work, work.connection.execute(found).one().candidate_id)
    now = work.connection.execute(found).one().state
    if now not in (state, ApplicationState.ACTIVE):
        raise Conflict(f"the application is {now} already")
    if now == ApplicationState.ACTIVE:
        close_application(work, thread, application_id, state)
    return Result(show_application(work, application_id))


def _person(form: CandidateForm) -> Applicant:
    values = form.model_dump(exclude={"consents"})
    consents = None
    if form.consents is not None:
        consents = [ConsentGiven(consent.channel, consent.source, consent.at) for consent in form.consents]
    return Applicant(**values, consents=consents)


def _show_made(work: Work, made: Applied) -> MadeApplication:
    shown = show_application(work, made.application_id)
    values = {name: getattr(shown, name) for name in ("id", "candidate", "job", "stage")}
    return MadeApplication(**values, enrolment=enrolment_ref(work, made.enrolment_id))


def enrolment_ref(work: Work, enrolment_id: int | None) -> str | None:
    """Return the public id of an enrolment."""
    if enrolment_id is None:
        return None
    found = select(Enrolment.public_id).where(Enrolment.id == enrolment_id)
    return work.connection.execute(found).scalar_one()


def _statement() -> Select[Any]:
    latest = (
        select(Enrolment.public_id)
        .where(Enrolment.application_id == Application.id)
        .order_by(Enrolment.id.desc())
        .limit(1)
        .correlate(Application)
        .scalar_subquery()
    )
    return (
        select(
            Application.id.label("key"),
            Application.public_id.label("id_shown"),
            Candidate.public_id.label("candidate"),
            Job.public_id.label("job"),
            Stage.public_id.label("stage"),
            latest.label("enrolment"),
            Application.state,
            Application.external_id,
            Application.score,
            Application.tags,
            Application.proposed_stage,
            Application.created_at,
        )
        .join(Candidate, Candidate.id == Application.candidate_id)
        .join(Job, Job.id == Application.job_id)
        .join(Stage, Stage.id == Application.stage_id)
    )


def _shape(row: Any) -> ApplicationShape:
    names = [name for name in ApplicationShape.model_fields if name != "id"]
    return ApplicationShape(id=row.id_shown, **{name: getattr(row, name) for name in names})
