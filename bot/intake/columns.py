"""Which column of a table holds what: guessed by its name in seven languages or by what is in it. Pure."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from bot.errors import InvalidEvent
from bot.phones import to_e164
from flows.understanding.email_addresses import valid

FIELDS: Mapping[str, str] = {
    "first_name": "First name",
    "last_name": "Last name",
    "full_name": "Full name",
    "phone": "Phone",
    "email": "E-mail",
    "language": "Language",
    "city": "City",
    "external_id": "External ID",
    "channel": "Channel to try first",
    "tags": "Tags",
}
"""What a column may hold, in the words of the pages; a custom field besides, and nothing."""
CUSTOM = "field:"
IGNORED = ""
MOST_NAME = 64
_LOOKED_AT = 20
_MOSTLY = 0.6
_FEWEST_DIGITS = 6
_NOT_A_LETTER = re.compile(r"[^\w]+")


def guess_header(rows: Sequence[Sequence[str]], country: str | None) -> bool:
    """Say whether the first row names the columns: it holds a name that we know, and neither number nor address."""
    if not rows or any(_is_phone(cell, country) or valid(cell) for cell in rows[0]):
        return False
    return len(rows) > 1 or any(_named(cell) for cell in rows[0])


def guess_columns(
    rows: Sequence[Sequence[str]], width: int, country: str | None, *, has_header: bool
) -> tuple[str, ...]:
    """Return what each column holds, by the first rows of a table; each field once, nothing where none is likely."""
    found = [IGNORED] * width
    if has_header and rows:
        for index, cell in enumerate(rows[0]):
            if (field := _named(cell)) and field not in found:
                found[index] = field
    _guess_by_content(found, rows[1 if has_header else 0 :][:_LOOKED_AT], country)
    return tuple(_full_or_parts(found))


def _named(cell: str) -> str | None:
    return _names().get(plain(cell))


def plain(text: str) -> str:
    """Return a name of a column without accents, signs and capitals."""
    marked = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    bare = "".join(sign for sign in marked if not unicodedata.combining(sign)).replace("أ", "ا").replace("إ", "ا")
    return _NOT_A_LETTER.sub(" ", bare.replace("_", " ")).strip()


@cache
def _names() -> dict[str, str]:
    text = resources.files("bot.intake").joinpath("words", "column_names.toml").read_text("utf-8")
    return {plain(name): field for field, names in tomllib.loads(text).items() for name in names}


def _guess_by_content(found: list[str], rows: Sequence[Sequence[str]], country: str | None) -> None:
    """Fill what no name has told: a column of addresses, one of numbers, and before anything the first of words."""
    columns = [[row[index] for row in rows if index < len(row) and row[index]] for index in range(len(found))]
    for field, fits in (("email", valid), ("phone", lambda cell: _is_phone(cell, country))):
        if field in found:
            continue
        for index, cells in enumerate(columns):
            if found[index] == IGNORED and cells and sum(map(bool, map(fits, cells))) >= _MOSTLY * len(cells):
                found[index] = field
                break
    if not {"first_name", "last_name", "full_name"} & set(found):
        for index, cells in enumerate(columns):
            words = [cell for cell in cells if not any(sign.isdigit() for sign in cell) and "@" not in cell]
            if found[index] == IGNORED and cells and len(words) >= _MOSTLY * len(cells):
                found[index] = "full_name"
                break


def _is_phone(cell: str, country: str | None) -> bool:
    if sum(sign.isdigit() for sign in cell) < _FEWEST_DIGITS:
        return False
    return to_e164(cell, country) is not None or to_e164(f"+{cell}", None) is not None


def _full_or_parts(found: list[str]) -> list[str]:
    """A first name alone, such as Spanish "nombre", is the whole name; a whole name beside a last one is the first."""
    held = set(found)
    if "full_name" in held and "last_name" in held and "first_name" not in held:
        return ["first_name" if field == "full_name" else field for field in found]
    if "first_name" in held and not {"last_name", "full_name"} & held:
        return ["full_name" if field == "first_name" else field for field in found]
    if {"first_name", "last_name"} <= held:
        return [IGNORED if field == "full_name" else field for field in found]
    if "last_name" in held and not {"first_name", "full_name"} & held:  # French "nom" alone
        return ["full_name" if field == "last_name" else field for field in found]
    return found


def check_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Return what the columns hold as somebody has chosen it. Raises `InvalidEvent` naming what does not go."""
    chosen = [_checked(column) for column in columns]
    for column in chosen:
        if column and chosen.count(column) > 1:
            raise InvalidEvent(f"two columns cannot both be {label(column)!r}: choose one of them", field="columns")
    if "phone" not in chosen:
        raise InvalidEvent("say which column holds the phone number", field="columns")
    if not {"first_name", "last_name", "full_name"} & set(chosen):
        raise InvalidEvent("say which column holds the name", field="columns")
    if "full_name" in chosen and {"first_name", "last_name"} & set(chosen):
        raise InvalidEvent("choose either a full name, or first and last name", field="columns")
    return tuple(chosen)


def _checked(column: str) -> str:
    if column == IGNORED or column in FIELDS:
        return column
    name = column.removeprefix(CUSTOM).strip()
    if not column.startswith(CUSTOM):
        raise InvalidEvent(f"there is no field {column!r}", field="columns")
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise InvalidEvent(f"the name of a field of your own has 1 to {MOST_NAME} characters", field="columns")
    return f"{CUSTOM}{name}"


def label(column: str) -> str:
    """Return the name of a field as people read it."""
    return FIELDS.get(column, column.removeprefix(CUSTOM))
