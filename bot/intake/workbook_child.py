"""Read a workbook (.xlsx) from the standard input and write its rows as JSON lines, in a process that may be killed.

Run as a file of its own by `bot.intake.workbooks`: it knows nothing of this installation, and limits itself before it
looks at a byte. The first line tells of the sheets, or is `{"error": ...}`.
"""

import io
import json
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MOST_MEMBERS = 2_000
MOST_UNPACKED = 100 * 1024 * 1024
MOST_RATIO = 100
SMALL = 1024 * 1024
"""What unpacks to less is harmless whatever its ratio."""
MEMORY = 1024 * 1024 * 1024
SECONDS = 30
WRITTEN = 300 * 1024 * 1024
COLUMNS = 201
CHARACTERS = 4_001
"""Of a row, and of a cell, so much is written: one more than is taken, so that whoever reads sees what is too much.

A text that a thousand cells share is in the file once, and would be in each of them here.
"""
PROTECTED = b"\xd0\xcf\x11\xe0"


class Refused(Exception):
    """A workbook that is not read, and why."""


def limit() -> None:
    """Take no more than a file of that size can need."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def check_archive(content: bytes) -> None:
    """Refuse an archive that unpacks to more than it should, or lies about it. Raises `Refused`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_members(archive, len(content))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise Refused("it is damaged or protected by a password: save it again without one") from None


def _check_members(archive: zipfile.ZipFile, size: int) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Refused("it holds more parts than a workbook has: save the table alone as .xlsx or .csv")
    unpacked = 0
    for member in members:
        with archive.open(member) as part:
            while piece := part.read(1024 * 1024):
                unpacked += len(piece)
                if unpacked > MOST_UNPACKED or (unpacked > SMALL and unpacked > MOST_RATIO * size):
                    raise Refused("it unpacks to far more than a table of people is: save the table alone as .csv")


def read(content: bytes, wanted: str) -> Iterator[Any]:
    """Yield the heading, then line number and cells of each row that holds something. Raises `Refused`."""
    check_archive(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            filled = {name: sheet for name in _visible(workbook) if (sheet := workbook.get_sheet_by_name(name)).start}
            name = _chosen(filled, wanted)
            yield {"sheet": name, "others": [other for other in filled if other != name]}
            first = (filled[name].start or (0, 0))[0]
            for line, cells in enumerate(filled[name].iter_rows(), first + 1):
                texts = [as_text(cell)[:CHARACTERS] for cell in cells[:COLUMNS]]
                if any(texts):
                    yield [line, texts]
    except CalamineError:
        raise Refused("this is no workbook that can be read: save it again as .xlsx, or as .csv") from None


def _visible(workbook: CalamineWorkbook) -> list[str]:
    tables = [each for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    return [each.name for each in tables if each.visible == SheetVisibleEnum.Visible]


def _chosen(filled: dict[str, Any], wanted: str) -> str:
    if not filled:
        raise Refused("there is nothing in its sheets: choose a table with a row for each person")
    if not wanted:
        return next(iter(filled))
    found = next((name for name in filled if name.casefold() == wanted.casefold()), None)
    if found is None:
        raise Refused(f"it has no sheet {wanted!r} with anything in it, but: {', '.join(filled)}")
    return found


def as_text(value: object) -> str:
    """Write a cell as a person would: whole numbers whole, since telephone numbers are often kept as such."""
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
        case timedelta():
            minutes = int(value.total_seconds()) // 60
            return f"{minutes // 60}:{minutes % 60:02}"
        case _:
            return str(value)


def main() -> None:
    """Read what comes in, and write what is in it."""
    limit()
    try:
        for line in read(sys.stdin.buffer.read(), sys.argv[1] if len(sys.argv) > 1 else ""):
            sys.stdout.write(json.dumps(line) + "\n")
    except Refused as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")


if __name__ == "__main__":
    main()
