"""Tables of people as somebody uploads or pastes them: rows of texts, whatever they came in."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.errors import InvalidEvent

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
LONGEST_CELL = 4_000
FIELD = "file"
"""What an error about a table names as its field."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds something; `line` is where it begins, as a spreadsheet or an editor counts."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table within the limits, measured once. `rows` reads it again from its beginning, a row at a time."""

    width: int
    height: int
    rows: Callable[[], Iterator[Row]]
    sheet: str = ""
    """The sheet of a workbook that was read."""
    other_sheets: tuple[str, ...] = ()
    """Those that hold something too, and were not."""


def measured(rows: Callable[[], Iterator[Row]], *, sheet: str = "", other_sheets: Sequence[str] = ()) -> Table:
    """Return the table of *rows* after a look at all of them. Raises `InvalidEvent` for what is beyond the limits."""
    width = height = 0
    for row in rows():
        height += 1
        width = max(width, len(row.cells))
        _check(row, height)
    if not height:
        raise InvalidEvent("there is nothing in it: choose a table with a row for each person", field=FIELD)
    return Table(width, height, rows, sheet, tuple(other_sheets))


def _check(row: Row, height: int) -> None:
    if height > MOST_ROWS + 1:  # the first may be the names of the columns
        raise InvalidEvent(f"it has more than {MOST_ROWS:,} rows: split it and import one part at a time", field=FIELD)
    if len(row.cells) > MOST_COLUMNS:
        message = f"line {row.line} has more than {MOST_COLUMNS} columns: take away those that nobody needs"
        raise InvalidEvent(message, field=FIELD)
    for number, cell in enumerate(row.cells, 1):
        if len(cell) > LONGEST_CELL:
            message = f"line {row.line}, column {number} has more than {LONGEST_CELL:,} characters: shorten it"
            raise InvalidEvent(message, field=FIELD)


def clean_row(line: int, cells: Sequence[str]) -> Row | None:
    """Return a row without signs that nobody can see, and without empty cells at its end; None if nothing is left."""
    cleaned = [clean_cell(cell) for cell in cells]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    return Row(line, tuple(cleaned)) if cleaned else None


def clean_cell(text: str) -> str:
    """Return a text on one line, without control characters, and without blanks around it."""
    if text.isascii() and text.isprintable():
        return text.strip()
    shown = (" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs") else sign for sign in text)
    return "".join(shown).strip().strip("\u200b\u200e\u200f\ufeff\u202a\u202c\u2060").strip()
