"""A job to look at on the first day, with a candidate whose phone is the sandbox."""

from importlib.resources import files

from sqlalchemy import select

from bot.intake.applications import Applicant, apply_for
from bot.intake.jobs import JobPlan, StagePlan, create_job
from bot.models import Job, Stage
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import unit_of_work
from flows.flow import StageType
from flows.parsing import parse_text

PHONE = "+15550100001"


def set_up_demonstration(runtime: Runtime) -> None:
    """Make the demonstration job and its applicant, in an installation without any job and without Twilio."""
    if runtime.settings.twilio_connected:
        return
    with unit_of_work(runtime) as work:
        if work.connection.execute(select(Job.id).limit(1)).first():
            return
        job_id = create_job(work, _plan())
        stage_id = work.connection.execute(
            select(Stage.id).where(Stage.job_id == job_id, Stage.type == StageType.FORM)
        ).scalar_one()
        person = Applicant(PHONE, "Ann", "Silva", time_zone="Europe/Lisbon")
        target = find_target(work, stage_id)
        apply_for(work, target, person, source="demonstration", external_id="demonstration", sends=True)


def _plan() -> JobPlan:
    text = files("bot").joinpath("dialogue", "demonstration.yaml").read_text(encoding="utf-8")
    screening = parse_text(text)
    if not isinstance(screening, dict):
        raise TypeError("the demonstration campaign is not a mapping")
    sorry = {
        "callboard": 1,
        "name": "Not this time",
        "language": "en",
        "welcome": {
            "text": "Dear {{ candidate.first_name }}, we chose somebody else as {{ job.title }}. All the best."
        },
    }
    return JobPlan(
        title="Barista",
        reference="DEMO-1",
        location="Lisbon",
        recruiter="Maria Costa",
        time_zone="Europe/Lisbon",
        default_country="US",
        stages=[
            StagePlan("Applied", StageType.REVIEW),
            StagePlan("Screening", StageType.FORM, screening),
            StagePlan("Rejected", StageType.REJECT, sorry),
        ],
    )
