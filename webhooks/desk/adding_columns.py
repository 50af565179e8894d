"""What may be chosen for the columns of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from phonenumbers import SUPPORTED_REGIONS

from bot.intake.columns import CUSTOM, FIELDS, IGNORED, MOST_NAME, plain
from bot.intake.judging import country_name

MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column as the page asks about it."""

    number: int
    name: str
    examples: tuple[str, ...]
    held: str
    options: tuple[tuple[str, str], ...]


def column_choices(imported: Any, rows: Sequence[Any], held: Sequence[str] | None = None) -> list[ColumnChoice]:
    """Return each column with what is in it and what it may hold; *rows* are the first of the table."""
    chosen = held if held and len(held) == imported.width else imported.columns
    return [
        ColumnChoice(
            index + 1,
            imported.header[index] if index < len(imported.header) else "",
            _examples(rows, index),
            chosen[index],
            _options(imported, index, chosen[index]),
        )
        for index in range(imported.width)
    ]


def _examples(rows: Sequence[Any], index: int) -> tuple[str, ...]:
    cells = [row.cells[index] for row in rows if index < len(row.cells) and row.cells[index]]
    return tuple(dict.fromkeys(cells))[:MOST_EXAMPLES]


def _options(imported: Any, index: int, held: str) -> tuple[tuple[str, str], ...]:
    own = _own_field(imported, index)
    others = {held} - {own, IGNORED, *FIELDS}
    custom = [(name, f"Field of your own: {name.removeprefix(CUSTOM)}") for name in (own, *sorted(others))]
    return ((IGNORED, "Leave out"), *FIELDS.items(), *custom)


def _own_field(imported: Any, index: int) -> str:
    """Return the name under which a column is kept as it is: campaigns find it as `candidate.fields.<name>`."""
    named = imported.header[index] if imported.has_header and index < len(imported.header) else ""
    name = plain(named).replace(" ", "_")[:MOST_NAME]
    return f"{CUSTOM}{name or f'column_{index + 1}'}"


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Return all countries that have numbers, by name."""
    named = ((code, country_name(code)) for code in SUPPORTED_REGIONS)
    return (("", "No country: each number has its code"), *sorted(named, key=lambda country: country[1]))
