"""Lists a page at a time, with an opaque cursor."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute

from bot.work import Work
from webhooks.api.problems import wrong_field

T = TypeVar("T")
MOST = 200
_MARK = "after:"


class PageQuery(BaseModel):
    """What every list can be asked."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=200, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=MOST, description="Items on a page.")


def page(
    work: Work,
    statement: Select[Any],
    column: InstrumentedAttribute[int],
    query: PageQuery,
    *,
    order: Literal["newest", "oldest"] = "newest",
) -> tuple[Sequence[Row[Any]], str | None]:
    """Return the rows of one page and the cursor of the next. The first column of *statement* must be *column*."""
    newest = order == "newest"
    if query.cursor:
        last = read_cursor(query.cursor)
        statement = statement.where(column < last if newest else column > last)
    ordered = statement.order_by(column.desc() if newest else column.asc()).limit(query.limit + 1)
    rows = work.connection.execute(ordered).all()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return rows, write_cursor(rows[-1][0]) if more else None


def write_cursor(last: int) -> str:
    """Return the cursor that stands behind the row with that id."""
    return base64.urlsafe_b64encode(f"{_MARK}{last}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    """Return the id behind which a cursor stands. Raises `Problem` for one that is not ours."""
    try:
        text = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    digits = text.removeprefix(_MARK)
    if not text.startswith(_MARK) or not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise wrong_field("cursor", "this is no cursor of this list: take `next` of the page before")
    return int(digits)
