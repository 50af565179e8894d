"""Tables written as text, from a file or pasted: which alphabet, which sign between the columns. Pure."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bot.errors import InvalidEvent
from bot.intake.tables import FIELD, LONGEST_CELL, Row, Table, clean_row, measured

DELIMITERS: Final = "\t;,|"
"""In the order in which they are preferred where several would do."""
_LOOKED_AT = 50
_WIDE = 8
_END = "\x1f end"
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_PROGRAMS = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls): save it as .xlsx or .csv"),
    (b"%PDF", "a PDF: export the table as .xlsx or .csv"),
    (b"{\\rtf", "a document (.rtf): export the table as .xlsx or .csv"),
    (b"\x89PNG", "a picture: export the table as .xlsx or .csv"),
    (b"\xff\xd8\xff", "a picture: export the table as .xlsx or .csv"),
    (b"\x1f\x8b", "a packed file (.gz): unpack it first"),
)


def decode(content: bytes) -> str:
    """Return a file's text: by its mark, else UTF-8, UTF-16 or Windows-1252. Raises `InvalidEvent` if it is none."""
    for signature, what in _PROGRAMS:
        if content.startswith(signature):
            raise InvalidEvent(f"this is {what}", field=FIELD)
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"line {line} holds signs of an unknown alphabet: save the file as CSV UTF-8"
        raise InvalidEvent(message, field=FIELD) from None
    if "\0" in text:
        raise InvalidEvent("this is no table: choose a .csv, .txt or .xlsx file", field=FIELD)
    return text


def _encoding(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    begun = content[:4_000]
    if begun.count(0) > len(begun) // 4:  # of each letter of ours, UTF-16 leaves one byte empty
        return "utf-16-le" if begun[1::2].count(0) > begun[::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def read_text(text: str) -> Table:
    """Return the table of a text. Raises `InvalidEvent` naming the line at fault and the remedy."""
    body, delimiter, first_line = _separated(text)
    return measured(lambda: _rows(body, delimiter, first_line))


def _separated(text: str) -> tuple[str, str, int]:
    """Return a text, the sign between its columns, and the line where it begins; Excel may name the sign first."""
    first, _, rest = text.partition("\n")
    named = first.strip().lower()
    if named.startswith("sep=") and len(named) == len("sep=;"):
        return rest, named[-1], 2
    return text, sniff(text), 1


def sniff(text: str) -> str:
    """Return the sign between the columns: the one that cuts the first rows into many cells, and equally many."""
    found = max(DELIMITERS, key=lambda delimiter: (_evenness(text, delimiter), -DELIMITERS.index(delimiter)))
    return found if _evenness(text, found) > 0 else DELIMITERS[0]


def _evenness(text: str, delimiter: str) -> float:
    begun = text[:200_000].splitlines(keepends=True)
    try:
        cut = [len(cells) for cells in islice(csv.reader(begun, delimiter=delimiter), _LOOKED_AT) if cells]
    except csv.Error:
        return 0.0
    if not cut or max(cut) < 2:
        return 0.0
    width, count = Counter(cut).most_common(1)[0]
    names_columns = 1.0 if cut[0] > 1 else 0.2
    return names_columns * (count / len(cut)) ** 2 * min(width - 1, _WIDE)


def _rows(text: str, delimiter: str, first_line: int) -> Iterator[Row]:
    """Yield the rows. A sign of ours is read after the last: a quote that is still open would swallow it."""
    lines = _lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    begins = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _unclosed(begins + first_line) from None
        if cells == [_END]:
            return
        if any(_END in cell or (cell.count("\n") and len(cell) > LONGEST_CELL) for cell in cells):
            raise _unclosed(begins + first_line)
        if row := clean_row(begins + first_line, cells):
            yield row
        begins = reader.line_num


def _unclosed(line: int) -> InvalidEvent:
    return InvalidEvent(f'line {line} opens a quote (") that is never closed: close it, or take it away', field=FIELD)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines without a copy of the whole; an old Mac ends them with a return alone."""
    ending = "\n" if "\n" in text else "\r"
    begin = 0
    while begin < len(text):
        end = text.find(ending, begin)
        end = len(text) if end < 0 else end + 1
        yield text[begin:end]
        begin = end
    yield _END
