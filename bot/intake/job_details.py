"""What a job is besides its stages, as a person fills it in: each field checked, the remedy named."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS
from sqlalchemy import select

from bot.channels.base import ChannelKind
from bot.errors import InvalidEvent
from bot.models import User
from bot.work import Work
from flows.wording import LOCALES, language_of

LONGEST = 200
_LINES = {
    "title": "title",
    "reference": "reference",
    "location": "location",
    "recruiter": "name that candidates read",
    "hiring_manager": "name of the hiring manager",
}


@dataclass(frozen=True, slots=True)
class JobDetails:
    """The fields of a job that people edit."""

    title: str
    reference: str = ""
    location: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    default_country: str | None = None
    channels: tuple[str, ...] = ("whatsapp", "sms")
    recruiter: str = ""
    """The owner's name, as candidates read it."""
    hiring_manager: str = ""
    owner_id: int | None = None
    hiring_manager_id: int | None = None

    def columns(self) -> dict[str, Any]:
        """Return the values by column of the table."""
        return asdict(self) | {"channels": list(self.channels)}


def faults_in(details: JobDetails) -> Mapping[str, str]:
    """Return what is wrong, by field, each with its remedy."""
    found = {
        name: f"the {label} has at most {LONGEST} characters: shorten it"
        for name, label in _LINES.items()
        if len(getattr(details, name)) > LONGEST
    }
    if not details.title.strip():
        found["title"] = "a job needs a title: write the one that candidates read"
    if language_of(details.language) != details.language[:2].lower():
        found["language"] = f"this is none of the languages that are spoken: {', '.join(LOCALES)}"
    if details.time_zone not in time_zones():
        found["time_zone"] = "there is no such time zone: choose one such as Europe/Lisbon"
    if details.default_country is not None and details.default_country not in SUPPORTED_REGIONS:
        found["default_country"] = "there is no such country: write its two letters, such as PT"
    if problem := _fault_in_channels(details.channels):
        found["channels"] = problem
    return found


def check_details(work: Work, details: JobDetails) -> None:
    """Raise `InvalidEvent` for the first field that cannot be so."""
    for field, problem in faults_in(details).items():
        raise InvalidEvent(problem, field=field)
    people = {"owner_id": details.owner_id, "hiring_manager_id": details.hiring_manager_id}
    wanted = {user_id for user_id in people.values() if user_id is not None}
    known = set(work.connection.execute(select(User.id).where(User.id.in_(wanted))).scalars()) if wanted else set()
    for field, user_id in people.items():
        if user_id is not None and user_id not in known:
            raise InvalidEvent("there is no such user: choose one of the list", field=field)


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of the time zones that there are."""
    return tuple(sorted(available_timezones()))


@cache
def places_with_a_zone() -> tuple[str, ...]:
    """Return each time zone by one name: those of the table of countries in the tz database, and UTC."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines()
    named = {line.split("\t")[2] for line in lines if not line.startswith("#")}
    return ("UTC", *sorted(named & set(time_zones())))


@cache
def countries() -> tuple[str, ...]:
    """Return the two letters of each country that has telephone numbers."""
    return tuple(sorted(SUPPORTED_REGIONS))


def _fault_in_channels(channels: Collection[str]) -> str:
    if not channels:
        return "a job needs a channel: choose WhatsApp, SMS or both"
    if len(set(channels)) < len(channels) or not set(channels) <= {kind.value for kind in ChannelKind}:
        return "each channel stands once in the order in which they are tried: whatsapp, sms"
    return ""
