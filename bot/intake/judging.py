"""One row of a table as a person: what is in it, and what must be put right first. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from babel import Locale

from bot.channels.base import ChannelKind
from bot.errors import InvalidEvent
from bot.intake.columns import CUSTOM
from bot.intake.tags import LONGEST, normal_tag
from bot.phones import example_number, phone_key, to_e164
from flows.understanding.email_addresses import addresses_in
from flows.wording import LOCALES

MOST_LINE = 200
MOST_EMAIL = 254
MOST_TAGS = 20
_ROUNDED = re.compile(r"\d[.,]\d+e\+?\d+", re.IGNORECASE)
_TAG_OF_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*", re.ASCII | re.IGNORECASE)
_BETWEEN_TAGS = re.compile(r"[,;|]")
_CHANNELS = {
    "whatsapp": ChannelKind.WHATSAPP,
    "wa": ChannelKind.WHATSAPP,
    "واتساب": ChannelKind.WHATSAPP,
    "sms": ChannelKind.SMS,
    "text": ChannelKind.SMS,
    "text message": ChannelKind.SMS,
}


@dataclass(slots=True)
class Person:
    """Somebody as a row or a form describes them. `problems` are pairs of a field and what to do about it."""

    first_name: str = ""
    last_name: str = ""
    phone: str | None = None
    phone_key: str | None = None
    email: str | None = None
    language: str | None = None
    city: str | None = None
    external_id: str | None = None
    channel: ChannelKind | None = None
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def judge(cells: Sequence[str], columns: Sequence[str], country: str | None) -> Person:
    """Read a row. Where it has problems, it is nobody to be added yet."""
    given = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
    person = Person(
        fields={name.removeprefix(CUSTOM): value for name, value in given.items() if name.startswith(CUSTOM) and value}
    )
    _read_name(person, given)
    _read_phone(person, given.get("phone", ""), country)
    _read_email(person, given.get("email", ""))
    _read_language(person, given.get("language", ""))
    _read_channel(person, given.get("channel", ""))
    _read_tags(person, given.get("tags", ""))
    person.city = _line(person, "city", given) or None
    person.external_id = _line(person, "external_id", given) or None
    return person


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name: "Silva, Ann" is turned, else the first word is the first name."""
    last, comma, first = name.partition(",")
    if comma and first.strip() and last.strip():
        return first.strip(), last.strip()
    first, _, last = name.strip(" ,").partition(" ")
    return first, last.strip()


def _read_name(person: Person, given: dict[str, str]) -> None:
    if "full_name" in given:
        full = _line(person, "full_name", given)
        person.first_name, person.last_name = split_name(full)
    else:
        person.first_name, person.last_name = _line(person, "first_name", given), _line(person, "last_name", given)
    if not person.first_name and not person.last_name:
        wanted = "full_name" if "full_name" in given else "first_name" if "first_name" in given else "last_name"
        person.problems.append((wanted, "Write a name."))


def _line(person: Person, column: str, given: dict[str, str]) -> str:
    text = given.get(column, "")
    if len(text) > MOST_LINE:
        person.problems.append((column, f"Shorten this to {MOST_LINE} characters."))
    return text


def _read_phone(person: Person, text: str, country: str | None) -> None:
    person.phone = phone_in(text, country)
    if person.phone is None:
        person.problems.append(("phone", why_no_phone(text, country)))
    else:
        person.phone_key = phone_key(person.phone)


def phone_in(text: str, country: str | None) -> str | None:
    """Return a number as E.164. Spreadsheets drop the plus of a number, so one with a country code may lack it."""
    if not text or len(text) > MOST_LINE or _ROUNDED.fullmatch(text):
        return None
    return to_e164(text, country) or (to_e164(f"+{text}", None) if text.isdecimal() and len(text) > 9 else None)


def why_no_phone(text: str, country: str | None) -> str:
    """Return what is wrong with something that is no number, and how one is written."""
    example = example_number(country)
    if not text:
        return f"Write a phone number, such as {example}."
    if _ROUNDED.fullmatch(text):
        return "A spreadsheet has rounded this number. Write all of it."
    of_country = f" of this country ({country_name(country)}), nor one" if country else ""
    return f"This is no number{of_country} with a country code. Write it like {example}."


@cache
def country_name(code: str) -> str:
    """Return a country in English, such as "Portugal"."""
    return str(Locale("en").territories.get(code, code))


def _read_email(person: Person, text: str) -> None:
    if not text:
        return
    found = addresses_in(text) if len(text) <= MOST_LINE else ()
    if len(found) == 1 and len(found[0]) <= MOST_EMAIL:
        person.email = found[0]
    else:
        several = "Write one e-mail address alone." if found else "This is no e-mail address. Correct it, or empty it."
        person.problems.append(("email", several))


def _read_language(person: Person, text: str) -> None:
    if not text:
        return
    person.language = language_in(text)
    if person.language is None:
        person.problems.append(("language", f"Write one of {', '.join(LOCALES)}, or empty it."))


def language_in(text: str) -> str | None:
    """Return the tag of a language that we speak, written as a tag or by its name in any of them."""
    if _TAG_OF_LANGUAGE.fullmatch(text) and text.replace("_", "-").split("-")[0].lower() in LOCALES:
        base, *rest = text.replace("_", "-").split("-")
        return "-".join([base.lower(), *rest])
    return _language_names().get(text.casefold())


@cache
def _language_names() -> dict[str, str]:
    """Return each language's name in each language."""
    spoken = {code: Locale(code).languages for code in LOCALES}
    return {str(names[code]).casefold(): code for names in spoken.values() for code in LOCALES if code in names}


def _read_channel(person: Person, text: str) -> None:
    if not text:
        return
    person.channel = _CHANNELS.get(text.casefold())
    if person.channel is None:
        person.problems.append(("channel", "Write WhatsApp or SMS, or empty it."))


def _read_tags(person: Person, text: str) -> None:
    parts = [part for part in _BETWEEN_TAGS.split(text) if part.strip()]
    try:
        tags = {tag.casefold(): tag for tag in map(normal_tag, parts)}
    except InvalidEvent:
        tags = {}
    person.tags = list(tags.values())
    if (parts and not tags) or len(tags) > MOST_TAGS:
        person.problems.append(("tags", f"Leave at most {MOST_TAGS} tags of up to {LONGEST} characters."))
