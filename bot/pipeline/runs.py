"""An enrolment as one value, with the job it is for and the flow it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from bot.engine import CompiledFlow, Position, compile_flow
from bot.errors import NotFound
from bot.messaging.thread import Thread
from bot.models import Enrolment, Job, StageCampaignVersion
from bot.rendering import InWords, Voice
from bot.statements import Prepared
from bot.work import Work
from flows.answers import AnswerValue
from flows.flow import Flow
from flows.lifecycles import EnrolmentStatus
from flows.question_types import Choice, LongText, QuestionType, Text, TrueFalse
from flows.reading import read_flow
from flows.wording import company_in, phrase, show_value


@dataclass(slots=True)
class Run:
    """An enrolment, and what of its job it needs. Changed in place as it goes on."""

    id: int
    public_id: str
    application_id: int
    candidate_id: int
    stage_id: int
    version_id: int
    status: EnrolmentStatus
    is_blast: bool
    place: int
    position: dict[str, Any]
    finished: bool
    reminders_sent: int
    expires_at: datetime | None
    job_id: int
    job_title: str
    job_reference: str
    job_location: str
    job_recruiter: str
    job_time_zone: str
    job_country: str | None
    job_channels: list[str]
    job_state: str

    def stands(self) -> Position:
        """Return where the conversation stands."""
        return Position.from_json(self.position)


RUN_COLUMNS = (
    Enrolment.id,
    Enrolment.public_id,
    Enrolment.application_id,
    Enrolment.candidate_id,
    Enrolment.stage_id,
    Enrolment.version_id,
    Enrolment.status,
    Enrolment.is_blast,
    Enrolment.place,
    Enrolment.position,
    Enrolment.finished,
    Enrolment.reminders_sent,
    Enrolment.expires_at,
    Job.id,
    Job.title,
    Job.reference,
    Job.location,
    Job.recruiter,
    Job.time_zone,
    Job.default_country,
    Job.channels,
    Job.state,
)
_SELECT = Prepared(
    lambda _: select(*RUN_COLUMNS).join(Job, Job.id == Enrolment.job_id).where(Enrolment.id == bindparam("key"))
)


def load_run(work: Work, enrolment_id: int) -> Run:
    """Read an enrolment; its candidate's thread is held by the caller. Raises `NotFound`."""
    row = _SELECT.first(work.connection, key=enrolment_id)
    if row is None:
        raise NotFound(f"there is no enrolment {enrolment_id}")
    return run_from(row)


def run_from(row: Sequence[Any]) -> Run:
    """Make a run of the values of `RUN_COLUMNS`."""
    values = list(row)
    values[6] = EnrolmentStatus(values[6])
    return Run(*values)


def flow_of(work: Work, version_id: int) -> CompiledFlow:
    """Return the compiled flow of a published version."""
    flows = work.runtime.flows
    if version_id not in flows:
        definition = work.connection.execute(
            select(StageCampaignVersion.definition).where(StageCampaignVersion.id == version_id)
        ).scalar_one()
        flow, findings = read_flow(definition)
        if flow is None:
            raise NotFound(f"version {version_id} cannot be read: {findings[0].message}")
        flows[version_id] = compile_flow(flow)
    return flows[version_id]


def voice_for(work: Work, thread: Thread, run: Run) -> Voice:
    """Return how the bot speaks to this candidate in this enrolment."""
    flow = flow_of(work, run.version_id).flow
    locale = thread.language or flow.language
    first, _, last = run.job_recruiter.partition(" ")
    return Voice(
        locale,
        {
            "candidate": {
                "first_name": thread.first_name,
                "last_name": thread.last_name,
                "full_name": f"{thread.first_name} {thread.last_name}".strip(),
                "email": thread.email,
                "phone": thread.phone,
                "city": thread.city,
                "fields": InWords(thread.fields, lambda name, value: _show_field(flow, name, value, locale)),
            },
            "job": {"title": run.job_title, "reference": run.job_reference, "location": run.job_location},
            "recruiter": {"first_name": first, "last_name": last, "full_name": run.job_recruiter},
            "company": {"name": company_in(work.settings.company, flow.language)},
            "answers": InWords(
                run.position.get("answers", {}),
                lambda key, value: _show_answer(flow.question(key).type, value, locale),
            ),
        },
    )


def _show_field(flow: Flow, name: str, value: AnswerValue, locale: str) -> str:
    """Write a field like the answer that fills it in this campaign; one from elsewhere is judged by its looks."""
    filled_by = (question for question in flow.questions() if question.maps_to == f"candidate.fields.{name}")
    question = next(filled_by, None)
    return show_value(value, locale) if question is None else _show_answer(question.type, value, locale)


def _show_answer(kind: QuestionType, value: AnswerValue, locale: str) -> str:
    """Write an answer as the candidate would; their own words stay as they are, even where they look like a date."""
    match kind:
        case Text() | LongText() | Choice():
            return str(value)
        case TrueFalse():
            return phrase("true" if value else "false", locale)
        case _:
            return show_value(value, locale)
