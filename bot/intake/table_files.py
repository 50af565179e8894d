"""A file or a pasted text as a table, whichever kind it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import InvalidEvent
from bot.intake.table_texts import decode, read_text
from bot.intake.tables import FIELD, MOST_BYTES, Table
from bot.intake.workbooks import SIGNATURE, open_workbook


@contextmanager
def open_file(content: bytes, sheet: str = "") -> Iterator[Table]:
    """Give the table of a file, told by its content and not by its name. Raises `InvalidEvent`."""
    if len(content) > MOST_BYTES:
        raise InvalidEvent(f"it is larger than {MOST_BYTES // 1024 // 1024} MB: split it", field=FIELD)
    if content.startswith(SIGNATURE):
        with open_workbook(content, sheet) as table:
            yield table
    else:
        yield read_text(decode(content))
