"""Lines of a CSV file that a spreadsheet opens without running anything that is written in them."""

import csv
import io
from collections.abc import Iterable

BYTE_ORDER_MARK = "\ufeff"
"""At the beginning of a file: without it Excel takes UTF-8 for something else."""
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_line(cells: Iterable[object]) -> str:
    """Return one line; a cell that would be a formula is text, as is a number with its plus."""
    written = io.StringIO()
    csv.writer(written).writerow([_as_text("" if cell is None else str(cell)) for cell in cells])
    return written.getvalue()


def _as_text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_BEGINS_A_FORMULA) else cell
