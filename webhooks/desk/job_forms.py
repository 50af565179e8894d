"""What the pages of a job read from forms, and what they offer there."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from babel import Locale
from flask import abort, g, request
from sqlalchemy import select

from bot.audit import Actor
from bot.errors import InvalidEvent
from bot.intake.job_details import JobDetails, countries, places_with_a_zone
from bot.models import Role, User
from bot.modules import RUNNABLE
from bot.work import Work
from flows.flow import StageType
from flows.wording import LOCALES

FIELDS = (
    "title", "reference", "location", "language", "time_zone", "default_country", "channels", "recruiter",
    "hiring_manager", "owner_id", "hiring_manager_id",
)  # fmt: skip
CHOSEN_OF = {
    "language": "languages", "time_zone": "zones", "default_country": "countries", "channels": "orders",
    "owner_id": "owners", "hiring_manager_id": "managers",
}  # fmt: skip
"""Fields that are chosen, and under which name `choices` has what they offer."""
LONGEST = 200
ROWS = 8
"""Stages that the form of a new job has room for; more are added later."""
LANGUAGES = {
    "en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French", "de": "German", "nl": "Dutch",
    "ar": "Arabic",
}  # fmt: skip
ORDERS = {
    "whatsapp,sms": "WhatsApp, then SMS where it does not arrive",
    "whatsapp": "WhatsApp alone",
    "sms,whatsapp": "SMS, then WhatsApp",
    "sms": "SMS alone",
}
TYPES = (
    (StageType.REVIEW.value, "Review", "A place to hold people. Nothing is sent."),
    (StageType.FORM.value, "Form", "Questions, with texts, pictures and documents between them."),
    (StageType.ASSESSMENT.value, "Assessment", "The same, named for what it is for."),
    (StageType.SCHEDULE.value, "Schedule", "An interview is booked at its end."),
    (StageType.OFFER.value, "Offer", "The same as a form, named for what it is for."),
    (StageType.REJECT.value, "Reject", "One message, which no queue holds back."),
)
"""Each type of stage, its name, and what it does."""
OFFERED = tuple(each for each in TYPES if each[0] != StageType.SCHEDULE or "schedule" in RUNNABLE)
"""Those of which a campaign can be published today."""
FIRST_STAGES = (
    ("Applied", StageType.REVIEW),
    ("Screening", StageType.FORM),
    ("Interview", StageType.REVIEW),
    ("Offer", StageType.OFFER),
    ("Rejected", StageType.REJECT),
)


def actor() -> Actor:
    """Return who acts, for the audit log."""
    return Actor(g.user.id, address=request.remote_addr or "")


def text_of(name: str) -> str:
    """Return a line of the form, as it was sent."""
    return request.form.get(name, "")[: 10 * LONGEST].strip()


def seen() -> int | None:
    """Return the revision of the job that the form was made from."""
    given = request.form.get("seen", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def details_of(work: Work) -> JobDetails:
    """Read the fields of a job. Raises `InvalidEvent` for a user who is not there."""
    return JobDetails(
        title=text_of("title"),
        reference=text_of("reference"),
        location=text_of("location"),
        language=text_of("language"),
        time_zone=text_of("time_zone"),
        default_country=text_of("default_country") or None,
        channels=tuple(part for part in text_of("channels").split(",") if part),
        recruiter=text_of("recruiter"),
        hiring_manager=text_of("hiring_manager"),
        owner_id=_user(work, "owner_id"),
        hiring_manager_id=_user(work, "hiring_manager_id"),
    )


def _user(work: Work, field: str) -> int | None:
    given = text_of(field)
    if not given:
        return None
    found = work.connection.execute(select(User.id).where(User.public_id == given)).scalar_one_or_none()
    if found is None:
        raise InvalidEvent("there is no such user: choose one of the list", field=field)
    return found


def stages_of() -> list[tuple[str, StageType]]:
    """Read the rows of stages; rows without a name are none. Aborts (400) for a type that is none."""
    names, kinds = request.form.getlist("stage_name")[:50], request.form.getlist("stage_type")[:50]
    rows = [(name.strip(), kind) for name, kind in zip(names, kinds, strict=False) if name.strip()]
    return [(name, stage_type(kind)) for name, kind in rows]


def stage_type(given: str) -> StageType:
    """Return a type of stage. Aborts (400) for what is none."""
    if given not in list(StageType):
        abort(400, "There is no such type of stage. Go back, reload the page and choose one.")
    return StageType(given)


def choices(work: Work) -> Mapping[str, Any]:
    """Return what the fields of a job offer."""
    users = work.connection.execute(
        select(User.public_id, User.name, User.email, User.role).where(User.disabled_at.is_(None)).order_by(User.email)
    ).all()
    people = [(row.public_id, f"{row.name} ({row.email})" if row.name else row.email, row.role) for row in users]
    nobody = ("", "Nobody")
    return {
        "languages": [(code, LANGUAGES[code]) for code in LOCALES],
        "zones": [(name, name) for name in places_with_a_zone()],
        "countries": [("", "No country: numbers need their code"), *_countries()],
        "orders": list(ORDERS.items()),
        "owners": [nobody, *((key, label) for key, label, role in people if role in (Role.ADMIN, Role.RECRUITER))],
        "managers": [nobody, *((key, label) for key, label, _ in people)],
        "types": OFFERED,
    }


@cache
def _countries() -> tuple[tuple[str, str], ...]:
    names = Locale("en").territories
    return tuple(
        sorted(((code, f"{names.get(code, code)} ({code})") for code in countries()), key=lambda each: each[1])
    )


def values_of(work: Work, details: JobDetails) -> dict[str, str]:
    """Return the values of the fields as a form shows them."""
    shown = {name: str(value or "") for name, value in details.columns().items()}
    for field in ("owner_id", "hiring_manager_id"):
        chosen = select(User.public_id).where(User.id == getattr(details, field))
        shown[field] = work.connection.execute(chosen).scalar_one_or_none() or ""
    shown["channels"] = ",".join(details.channels)
    return shown


def values_given() -> dict[str, str]:
    """Return the fields as they were sent, to be shown again."""
    return {name: text_of(name) for name in FIELDS}


def values_were() -> dict[str, str]:
    """Return the fields as the form was made from them; those that it does not tell are missing."""
    return {name: text_of(f"was_{name}") for name in FIELDS if f"was_{name}" in request.form}


def reconcile(work: Work, now: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what to show where others have made the details what they are *now*, and what to say at which field.

    What was filled in here is kept; a field that was not touched takes what they have put.
    """
    given, were, offered = values_given(), values_were(), choices(work)
    others = [name for name in FIELDS if now[name] != were.get(name, given[name])]
    shown = given | {name: now[name] for name in others if given[name] == were.get(name)}
    told = {}
    for name in others:
        theirs = dict(offered[CHOSEN_OF[name]]).get(now[name], now[name]) if name in CHOSEN_OF else now[name]
        kept = "it is shown here" if shown[name] == now[name] else "to put yours in its place, save again"
        told[name] = f"Somebody has changed this to “{theirs}” meanwhile: {kept}."
    return shown, told
