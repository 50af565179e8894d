"""The kinds of value that requests hold, each with its limits."""

import re
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints, WithJsonSchema

from bot.channels.base import ChannelKind
from flows.wording import LOCALES, language_of

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
CUSTOM_FIELDS = 100
CUSTOM_FIELD = 4096


class Form(BaseModel):
    """The root of all request bodies: nothing is guessed, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    """What is left out stays as it is, so no default must be sent in its place."""
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Changes(Form):
    """The root of bodies that change what is there: what is left out stays."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Nothing(Form):
    """A body that says nothing; it may be left out."""


class Shape(BaseModel):
    """The root of all answers."""

    model_config = ConfigDict(extra="forbid")


def _language(tag: str) -> str:
    base = tag.replace("_", "-").split("-")[0].lower()
    if not _TAG.fullmatch(tag.replace("_", "-")) or language_of(tag) != base:
        raise ValueError(f"there is no such language here: use {', '.join(LOCALES)}")
    return tag


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("there is no such time zone: write a name such as Europe/Lisbon")
    return name


def _country(code: str) -> str:
    if code.upper() not in SUPPORTED_REGIONS:
        raise ValueError("there is no such country: write its two letters, such as PT")
    return code.upper()


def _email(address: str) -> str:
    if not _EMAIL.fullmatch(address):
        raise ValueError("this is not an e-mail address")
    return address


def _different(kinds: list[ChannelKind]) -> list[ChannelKind]:
    if len(set(kinds)) < len(kinds):
        raise ValueError("name each channel once")
    return kinds


def _custom(fields: dict[str, Any]) -> dict[str, Any]:
    if len(fields) > CUSTOM_FIELDS:
        raise ValueError(f"at most {CUSTOM_FIELDS} fields")
    for name, value in fields.items():
        if not 1 <= len(name) <= 64:
            raise ValueError("the name of a field has 1 to 64 characters")
        if not _fits(value):
            raise ValueError(f"{name} must be a text of at most {CUSTOM_FIELD} characters, a number, true, false, "
                             "null, or a list of texts")  # fmt: skip
    return fields


def _fits(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= CUSTOM_FIELDS and all(isinstance(item, str) and _fits(item) for item in value)
    return len(value) <= CUSTOM_FIELD if isinstance(value, str) else not isinstance(value, dict)


def _moment(value: datetime) -> datetime:
    if not 1970 <= value.year < 2200:
        raise ValueError("this is no time of our day: write one such as 2026-03-01T09:00:00Z")
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(_email)]
PhoneText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Language = Annotated[str, StringConstraints(max_length=35), AfterValidator(_language)]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_time_zone)]
Country = Annotated[str, AfterValidator(_country), WithJsonSchema({"type": "string", "minLength": 2, "maxLength": 2})]
Kinds = Annotated[list[ChannelKind], AfterValidator(_different)]
CustomFields = Annotated[dict[str, Any], AfterValidator(_custom)]
Moment = Annotated[AwareDatetime, AfterValidator(_moment)]
Severity = Literal["error", "warning"]
