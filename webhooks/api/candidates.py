"""`/candidates`: people, what they agreed to, and taking their conversation over."""

from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.dialogue import takeover
from bot.intake.people import candidate_by_phone
from bot.intake.people_changes import change_candidate, change_phone
from bot.messaging.thread import Thread, lock_thread
from bot.models import ApiKey, Application, ApplicationState, Candidate, Consent, Conversation
from bot.phones import to_e164
from bot.pipeline.closings import reject_everywhere
from bot.work import Work
from webhooks.api.applications import SOURCE, ConsentForm
from webhooks.api.finding import key_of
from webhooks.api.operations import Call, Result
from webhooks.api.paging import PageQuery, page
from webhooks.api.problems import wrong_field
from webhooks.api.texts import Changes, CustomFields, Email, Form, Language, Line, Name, PhoneText, Shape, TimeZone


class CandidateChanges(Changes):
    """What is to change; what is left out stays.

    `fields` is merged into what is there, and null takes a field away. `consents` are those that stand from
    now on: any other is withdrawn. One that says the same as what stands, or leaves it out, changes nothing; one of
    another source or moment takes its place. `opted_out` can only become true: to be written to again, the
    candidate sends START.
    """

    first_name: Name = ""
    last_name: Line = ""
    phone: PhoneText = Field("", description="With its country code. Messages go there from now on.")
    email: Email | None = None
    city: Line | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None
    channel: ChannelKind | None = None
    fields: CustomFields = Field(default_factory=dict)
    consents: list[ConsentForm] = Field(default_factory=list, max_length=20)
    opted_out: bool = False


class CandidateQuery(PageQuery):
    """Which candidates are listed."""

    phone: str | None = Field(None, max_length=50, description="A number with its country code; variants match.")


class HoldWish(Form):
    """Who takes the conversation; the name of the API key where it is left out."""

    person: Name | None = None


class ConsentShape(Shape):
    """A consent that stands."""

    channel: ChannelKind
    source: str
    at: datetime


class CandidateShape(Shape):
    """A person."""

    id: str
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    city: str | None
    language: str | None
    time_zone: str | None
    channel: ChannelKind | None
    fields: dict[str, Any]
    consents: list[ConsentShape]
    opted_out: bool
    opted_out_at: datetime | None
    held_by: str | None = Field(description="The person who holds the conversation: the bot is silent.")
    needs_person: str | None = Field(description="Why a person should look at the conversation.")
    created_at: datetime


class CandidatePage(Shape):
    """A page of candidates."""

    items: list[CandidateShape]
    next: str | None


class Rejected(Shape):
    """A person who was rejected everywhere, and the applications that this archived."""

    candidate: str
    applications: list[str]


def get_candidates(work: Work, call: Call) -> Result:
    """List candidates, newest first, or find the one with a phone number."""
    query: CandidateQuery = call.query
    statement = select(Candidate.id)
    if query.phone is not None:
        statement = statement.where(Candidate.id == _key_by_phone(work, query.phone))
    rows, following = page(work, statement, Candidate.id, query)
    items = [show_candidate(work, row.id) for row in rows]
    return Result(CandidatePage(items=items, next=following))


def get_candidate(work: Work, call: Call) -> Result:
    """Show a candidate."""
    return Result(show_candidate(work, key_of(work, Candidate, call.id)))


def patch_candidate(work: Work, call: Call) -> Result:
    """Change a candidate."""
    form: CandidateChanges = call.body
    thread = _thread(work, call)
    given = form.model_dump(exclude_unset=True, exclude={"consents"})
    if given.pop("opted_out", None) is False and thread.opted_out_at is not None:
        raise wrong_field("opted_out", "the candidate said STOP; only they can take that back, by writing START")
    consents = None
    if "consents" in form.model_fields_set:
        consents = [(each.channel, _source(each), each.at) for each in form.consents]
    if (phone := given.pop("phone", None)) is not None:
        change_phone(work, thread, _e164(phone))
    change_candidate(work, thread, given, consents=consents, source=SOURCE, opts_out=form.opted_out)
    return Result(show_candidate(work, thread.candidate_id))


def _source(form: ConsentForm) -> str | None:
    return form.source if "source" in form.model_fields_set else None


def hold(work: Work, call: Call) -> Result:
    """Let a person hold the conversation: the bot is silent until it is handed back."""
    form: HoldWish = call.body
    thread = _thread(work, call)
    name = select(ApiKey.name).where(ApiKey.id == call.caller.key_id)
    takeover.hold(work, thread, form.person or work.connection.execute(name).scalar_one())
    return Result(show_candidate(work, thread.candidate_id))


def hand_back(work: Work, call: Call) -> Result:
    """Let the bot go on."""
    thread = _thread(work, call)
    takeover.hand_back(work, thread)
    return Result(show_candidate(work, thread.candidate_id))


def reject(work: Work, call: Call) -> Result:
    """Archive all applications of a candidate; nothing that waits is sent on the way."""
    thread = _thread(work, call)
    running = select(Application.public_id).where(
        Application.candidate_id == thread.candidate_id, Application.state == ApplicationState.ACTIVE
    )
    archived = list(work.connection.execute(running.order_by(Application.id)).scalars())
    reject_everywhere(work, thread)
    return Result(Rejected(candidate=call.id, applications=archived))


def show_candidate(work: Work, candidate_id: int) -> CandidateShape:
    """Return a candidate as the API shows them."""
    same = [name for name in CandidateShape.model_fields if hasattr(Candidate, name) and name != "id"]
    row = work.connection.execute(
        select(
            Candidate.public_id,
            Conversation.held_by,
            Conversation.needs_person,
            *(getattr(Candidate, name) for name in same),
        )
        .join(Conversation, Conversation.candidate_id == Candidate.id)
        .where(Candidate.id == candidate_id)
    ).one()
    return CandidateShape(
        id=row.public_id,
        consents=_consents(work, candidate_id),
        opted_out=row.opted_out_at is not None,
        held_by=row.held_by,
        needs_person=row.needs_person,
        **{name: getattr(row, name) for name in same},
    )


def _consents(work: Work, candidate_id: int) -> list[ConsentShape]:
    rows = work.connection.execute(
        select(Consent.channel, Consent.source, Consent.given_at)
        .where(Consent.candidate_id == candidate_id, Consent.withdrawn_at.is_(None))
        .order_by(Consent.id)
    )
    return [ConsentShape(channel=row.channel, source=row.source, at=row.given_at) for row in rows]


def _thread(work: Work, call: Call) -> Thread:
    return lock_thread(work, key_of(work, Candidate, call.id))


def _key_by_phone(work: Work, phone: str) -> int:
    """Return the key of the person with that number, 0 for nobody. A plus comes out of a query as a blank."""
    digits = phone.strip()
    return candidate_by_phone(work, _e164(digits if digits.startswith("+") else f"+{digits}")) or 0


def _e164(text: str) -> str:
    number = to_e164(text, None)
    if number is None:
        raise wrong_field("phone", "this is not a phone number: write it with its country code, such as +351912345678")
    return number
