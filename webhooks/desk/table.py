"""The table of a job: reading its order and place from the address."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.errors import InvalidEvent, NotFound
from bot.insight.board_filter import BoardFilter
from bot.insight.board_table import FIRST_SORT, TablePage, table_page
from bot.work import Work

COLUMNS = (
    ("name", "Candidate"),
    ("stage", "Stage"),
    ("status", "Status"),
    ("since", "Since"),
    ("rating", "Rating"),
    ("created", "Applied"),
)
FALLING_FIRST = ("since", "rating", "created")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column, the address by which the table is sorted by it, and how it is sorted now."""

    text: str
    query: str
    sorted: str
    """As `aria-sort` says it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A page of the table with its headings."""

    page: TablePage
    headings: tuple[Heading, ...]
    sort: str

    @property
    def rows(self) -> Any:
        return self.page.rows


def table(work: Work, key: int, wanted: BoardFilter, given: Any) -> Table:
    """Return the page that an address asks for; the first, in the usual order, where it asks for none that there is."""
    sort = given.get("sort", "") or FIRST_SORT
    place = {"after": given.get("after", "")[:64], "before": given.get("before", "")[:64]}
    try:
        found = table_page(work, key, wanted, sort=sort, **place)
    except (InvalidEvent, NotFound):
        sort = FIRST_SORT
        found = table_page(work, key, wanted, sort=sort)
    return Table(found, tuple(_heading(name, text, sort) for name, text in COLUMNS), sort)


def _heading(name: str, text: str, sort: str) -> Heading:
    is_now, falls = sort.removeprefix("-") == name, sort.startswith("-")
    begins_falling = name in FALLING_FIRST
    turned = f"{'' if falls else '-'}{name}" if is_now else f"{'-' if begins_falling else ''}{name}"
    order = ("descending" if falls else "ascending") if is_now else ""
    return Heading(text, urlencode({"sort": turned}), order)
