"""Tables on the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from flows.one_line import in_one_line


def tabulated(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, each column as wide as its widest cell."""
    lines = [head, *([in_one_line(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def moment_cell(moment: datetime | None) -> str:
    """Return a time in UTC to the minute, a dash for none."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" if moment else "–"
