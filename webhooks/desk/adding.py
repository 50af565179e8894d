"""Adding candidates to a job one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, flash, g, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from bot.audit import record
from bot.channels.base import ChannelKind
from bot.errors import BotError
from bot.insight.acquaintances import Acquaintance, who_has
from bot.intake.applications import AlreadyApplied, apply_for
from bot.intake.import_runs import applicant_of
from bot.intake.judging import MOST_LINE, Person, country_name, judge, phone_in, why_no_phone
from bot.models import Application, Job, Stage, StageCampaign
from bot.phones import example_number, regions_of, shown_number
from bot.pipeline.stages import find_target
from bot.work import Work, reading, unit_of_work
from flows.flow import StageType
from flows.wording import LOCALES
from webhooks.desk import desk, runtime
from webhooks.desk.rendering import page
from webhooks.desk.sight import job_in_sight
from webhooks.desk.signed_in import current_actor
from webhooks.desk.words import sentence

SOURCE = "recruiter"
COLUMNS = ("first_name", "last_name", "phone", "email", "language", "channel", "tags")
"""The fields of the form, which are read as those of a table."""
LANGUAGES = tuple(
    zip(LOCALES, ("English", "Spanish", "Portuguese", "French", "German", "Dutch", "Arabic"), strict=True)
)
CHANNELS = ((ChannelKind.WHATSAPP, "WhatsApp"), (ChannelKind.SMS, "SMS"))


@dataclass(frozen=True, slots=True)
class StageChoice:
    """A stage into which somebody can be added, and what that sends."""

    id: int
    public_id: str
    name: str
    sends: bool
    takes_without_sending_alone: bool

    @property
    def label(self) -> str:
        """Its name, with what it sends."""
        if self.takes_without_sending_alone:
            return f"{self.name} (its campaign is not published: nothing is sent)"
        return f"{self.name} ({'sends its campaign' if self.sends else 'sends nothing'})"


@dataclass(frozen=True, slots=True)
class AddForm:
    """What was written into the form."""

    values: Mapping[str, str] = field(default_factory=dict)
    consents: tuple[ChannelKind, ...] = ()
    consent_source: str = ""
    stage: str = ""
    sends: bool = True
    known: str = ""
    """The public id of somebody who was named before: they are meant."""


def stage_choices(work: Work, job_id: int) -> list[StageChoice]:
    """Return the stages of a job in their order."""
    rows = work.connection.execute(
        select(Stage.id, Stage.public_id, Stage.name, Stage.type, StageCampaign.published_version_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.job_id == job_id)
        .order_by(Stage.place)
    )
    choices = []
    for row in rows:
        has, published = StageType(row.type).has_campaign, row.published_version_id is not None
        choices.append(StageChoice(row.id, row.public_id, row.name, has and published, has and not published))
    return choices


@desk.get("/jobs/<public_id>/add")
def add_person(public_id: str) -> Response:
    """Show the empty form; the stage and the word of the one before stay, as people come one after the other."""
    given = AddForm(consent_source=request.args.get("source", "")[:MOST_LINE], stage=request.args.get("stage", ""))
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        return _form(work, job_id, given)


@desk.get("/jobs/<public_id>/add/number")
def look_up_number(public_id: str) -> Response:
    """Say how a number is read, and who has it."""
    text = request.args.get("phone", "")[:MOST_LINE]
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        given = AddForm({"phone": text})
        return _form(work, job_id, given, number=_number(work, job_id, text) if text.strip() else None)


@desk.post("/jobs/<public_id>/add")
def save_person(public_id: str) -> Response | AnyResponse:
    """Add somebody; where they are known they are named first, and where they are here already nothing happens."""
    given = _read_form()
    with reading(runtime()) as work:
        job_id = job_in_sight(work, g.user, public_id)
        country = work.connection.execute(select(Job.default_country).where(Job.id == job_id)).scalar_one()
        person = judge([given.values[name] for name in COLUMNS], COLUMNS, country)
        faults = _faults(work, job_id, given, person)
        known = who_has(work, person.phone, job_id) if person.phone else None
        if faults or (known is not None and (known.here or known.public_id != given.known)):
            return _form(work, job_id, given, faults=faults, known=known, status=422)
    return _save(public_id, job_id, given, person)


def _read_form() -> AddForm:
    form = request.form
    ticked = tuple(kind for kind, _ in CHANNELS if kind in form.getlist("consent"))
    return AddForm(
        {name: " ".join(form.get(name, "").split()) for name in COLUMNS},
        ticked,
        " ".join(form.get("consent_source", "").split()),
        form.get("stage", ""),
        form.get("sends", "yes") == "yes",
        form.get("known", ""),
    )


def _faults(work: Work, job_id: int, given: AddForm, person: Person) -> dict[str, str]:
    found = dict(person.problems)
    stage = next((choice for choice in stage_choices(work, job_id) if choice.public_id == given.stage), None)
    if stage is None:
        found["stage"] = "Choose a stage."
    elif given.sends and stage.takes_without_sending_alone:
        found["stage"] = "The campaign of this stage is not published. Publish it, or add them without sending."
    if given.consents and not given.consent_source:
        found["consent_source"] = "Say where they agreed, such as 'on the phone today': it is kept with the consent."
    if len(given.consent_source) > MOST_LINE:
        found["consent_source"] = f"Shorten this to {MOST_LINE} characters."
    if stage and stage.sends and given.sends and not given.consents and not given.known:
        found["consent"] = "Tick a channel on which they agreed to be written to, or add them without sending."
    return found


def _save(public_id: str, job_id: int, given: AddForm, person: Person) -> Response | AnyResponse:
    actor = current_actor()
    try:
        with unit_of_work(runtime()) as work:
            stage_id = next(choice.id for choice in stage_choices(work, job_id) if choice.public_id == given.stage)
            target = find_target(work, stage_id)
            applicant = applicant_of(person, list(given.consents), given.consent_source)
            to_whom = {"source": SOURCE, "external_id": None, "user_id": g.user.id}
            added = apply_for(work, target, applicant, sends=given.sends, **to_whom)
            ref = work.connection.execute(
                select(Application.public_id).where(Application.id == added.application_id)
            ).scalar_one()
            record(work, actor, "application.added", "application", ref)
    except (AlreadyApplied, IntegrityError):  # somebody else added them at this moment
        return _added_meanwhile(job_id, given, person)
    except BotError as error:
        with reading(runtime()) as work:
            return _form(work, job_id, given, faults={"stage": sentence(error)}, status=422)
    flash(f"{person.first_name} {person.last_name}".strip() + f" has been added to {target.name}.", "good")
    return redirect(_next_place(public_id, given, ref), 303)


def _added_meanwhile(job_id: int, given: AddForm, person: Person) -> Response:
    """Name who has the number by now, beside what was written."""
    with reading(runtime()) as work:
        known = who_has(work, person.phone, job_id) if person.phone else None
        faults = {} if known else {"phone": "Somebody was added at this very moment: save once more."}
        return _form(work, job_id, given, faults=faults, known=known, status=422)


def _next_place(public_id: str, given: AddForm, ref: str) -> str:
    if request.form.get("then") == "another":
        return url_for("desk.add_person", public_id=public_id, stage=given.stage, source=given.consent_source)
    return url_for("desk.job", public_id=public_id, application=ref)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was read, and who has it; or what is wrong with it."""

    shown: str = ""
    country: str = ""
    fault: str = ""
    known: Acquaintance | None = None


def _number(work: Work, job_id: int, text: str) -> Number:
    country = work.connection.execute(select(Job.default_country).where(Job.id == job_id)).scalar_one()
    phone = phone_in(text.strip(), country)
    if phone is None:
        return Number(fault=why_no_phone(text.strip(), country))
    regions = regions_of(phone)
    return Number(shown_number(phone), country_name(regions[0]) if regions else "", "", who_has(work, phone, job_id))


def _form(
    work: Work,
    job_id: int,
    given: AddForm,
    *,
    faults: Mapping[str, str] | None = None,
    known: Acquaintance | None = None,
    number: Number | None = None,
    status: int = 200,
) -> Response:
    job: Any = work.connection.execute(select(Job).where(Job.id == job_id)).one()
    shown = {
        "job": job,
        "given": given,
        "faults": faults or {},
        "known": known,
        "number": number,
        "stages": stage_choices(work, job_id),
        "languages": (("", "That of the campaign"), *LANGUAGES),
        "channels": CHANNELS,
        "example": example_number(job.default_country),
        "country": country_name(job.default_country) if job.default_country else "",
    }
    return page("adding/person.html", part="number", status=status, **shown)
