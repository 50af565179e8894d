"""Workbooks (.xlsx): read by a child process that has little memory, little time and nothing of ours."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any

from bot.errors import InvalidEvent
from bot.intake.tables import FIELD, Row, Table, clean_row, measured

SIGNATURE = b"PK"
"""With which a file begins that may be a workbook."""
LONGEST = 60.0
READING = BoundedSemaphore(1)
"""One workbook at a time in a process: a child may take a gigabyte and half a minute of ours."""
PATIENCE_SECONDS = 5.0
_CHILD = Path(__file__).with_name("workbook_child.py")
_TOO_MUCH = "it cannot be read, or is too large: delete what stands far away from the table, or save it as .csv"


@contextmanager
def open_workbook(content: bytes, sheet: str = "") -> Iterator[Table]:
    """Give the table of a workbook's first filled sheet, or of the one that is named. Raises `InvalidEvent`."""
    with tempfile.TemporaryFile() as kept:
        if not READING.acquire(timeout=PATIENCE_SECONDS):
            raise InvalidEvent("another workbook is being read just now: try again in a moment", field=FIELD)
        try:
            _run_child(content, sheet, kept)
        finally:
            READING.release()
        heading = _heading(kept)
        yield measured(lambda: _rows(kept), sheet=heading["sheet"], other_sheets=heading["others"])


def _run_child(content: bytes, sheet: str, output: IO[bytes]) -> None:
    """Let the child write into *output*. It gets no environment, so no secret of ours."""
    command = [sys.executable, "-I", str(_CHILD), sheet]
    try:
        ended = subprocess.run(  # noqa: S603  our own program; what is untrusted goes in as data
            command,
            input=content,
            stdout=output,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST,
            env={"PYTHONIOENCODING": "utf-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InvalidEvent(_TOO_MUCH, field=FIELD) from None
    if ended.returncode:
        raise InvalidEvent(_TOO_MUCH, field=FIELD)


def _heading(output: IO[bytes]) -> dict[str, Any]:
    output.seek(0)
    heading: dict[str, Any] = json.loads(output.readline() or b"{}")
    if "sheet" not in heading:
        raise InvalidEvent(heading.get("error", _TOO_MUCH), field=FIELD)
    return heading


def _rows(output: IO[bytes]) -> Iterator[Row]:
    output.seek(0)
    output.readline()
    for written in output:
        line = json.loads(written)
        if isinstance(line, dict):
            raise InvalidEvent(line.get("error", _TOO_MUCH), field=FIELD)
        number, cells = line
        if row := clean_row(number, cells):
            yield row
