"""The mentions of days in a text: what each may mean, and how the rules that find them see the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from flows.understanding.date_items import Piece
from flows.understanding.date_shapes import Order
from flows.understanding.day_arithmetic import EARLIEST, LATEST, full_years

NOWHERE = Piece("")


class Kind(Enum):
    """How firmly a mention names a day."""

    DATE = 0  # a day and a month
    WEEKDAY = 1
    RELATIVE = 2  # "tomorrow", "in two weeks"
    BARE = 3  # a day of an unnamed month
    LOOSE = 4  # a month, a span, "as soon as possible": it gives way to any firmer mention
    TIME = 5  # a time of day, which says nothing


@dataclass(frozen=True, slots=True)
class Mention:
    """The days that a phrase may mean, likeliest first; *sure* when it is plainly the first."""

    kind: Kind
    days: tuple[date, ...]
    sure: bool = True
    weekday: int | None = None


Found = tuple[Mention, int] | None  # with the position after the phrase


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule needs to know."""

    pieces: Sequence[Piece]
    today: date
    order: Order
    lang: str

    def at(self, i: int) -> Piece:
        """Return the piece at *i*, or an empty one beyond the ends."""
        return self.pieces[i] if 0 <= i < len(self.pieces) else NOWHERE

    def skip(self, i: int, *roles: str) -> int:
        """Return the first position from *i* on whose piece can play none of *roles*."""
        while i < len(self.pieces) and self.pieces[i].has(*roles):
            i += 1
        return i

    def day(self, i: int) -> int | None:
        """Return the day of a month that stands at *i*."""
        number = self.at(i).number
        return number if number is not None and 1 <= number <= 31 else None

    def months(self, i: int) -> tuple[int, ...]:
        """Return the months that the piece at *i* may name."""
        return self.at(i).details("month")

    def year(self, i: int) -> tuple[tuple[int, ...], int]:
        """Return the years that may be meant after a month at *i*, and the position after; none if there is none."""
        start = self.skip(i, "of", "comma", "mark", "filler_year") if not self.months(i) else i
        piece = self.at(start)
        if piece.number is None or piece.ordinal:
            return (), i
        if EARLIEST <= piece.number <= LATEST or (piece.text.isdecimal() and len(piece.text) == 4):
            return (piece.number,), start + 1
        following = self.at(start + 1)
        short = piece.text.isdecimal() and len(piece.text) == 2
        if not short or following.has("time", "or", "to", "and", "unit_day") or self.months(start + 1):
            return (), i
        return full_years(piece.text, self.today), start + 1
