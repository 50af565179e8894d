"""Dates in digits alone, with the order of day and month that a locale uses."""

import re
from datetime import date
from enum import Enum
from functools import cache

from babel import Locale, UnknownLocaleError

from flows.understanding.day_arithmetic import NoSuchDateError, full_years, make, occurrences

_NEAR = 1  # years from now within which a short date may begin with its year


class Order(Enum):
    """Which of two numbers people take for the day."""

    DAY_FIRST = "day"
    MONTH_FIRST = "month"
    EITHER = "either"


@cache
def order(locale: str) -> Order:
    """Return the order that *locale* uses, from CLDR's short date.

    English without a region may be either. A pattern that begins with the year says nothing of short dates,
    and a language other than English with the month first is in doubt, since its neighbours put the day first.
    """
    tag = locale.replace("_", "-")
    lang, _, region = tag.partition("-")
    if lang.lower() == "en" and not region:
        return Order.EITHER
    for known in (tag, lang):
        try:
            first = re.sub(r"[^dMy]", "", Locale.parse(known, sep="-").date_formats["short"].pattern)[0]
        except (UnknownLocaleError, ValueError):
            continue
        if first == "M":
            return Order.MONTH_FIRST if lang.lower() == "en" and known == tag else Order.EITHER
        return Order.DAY_FIRST if first == "d" else Order.EITHER
    return Order.EITHER


def three_parts(parts: tuple[str, str, str], how: Order, today: date, sign: str) -> tuple[date, ...]:
    """Return the dates that three numbers may mean, likeliest first; none when they have no shape of a date.

    Raises NoSuchDateError when they have one but no calendar has the day.
    """
    sizes = tuple(map(len, parts))
    if sizes[0] == 4 and max(sizes[1:]) <= 2:
        return _iso(parts)
    if max(sizes[:2]) > 2 or sizes[2] not in {2, 4}:
        return ()
    first, second = int(parts[0]), int(parts[1])
    years = full_years(parts[2], today) if sizes[2] == 2 else (int(parts[2]),)
    found = [day for year in years for day in _both(first, second, year, how)]
    if sizes == (2, 2, 2) and (sign == "-" or not found):
        found += _year_first(parts, today, found)
    if not found:
        raise NoSuchDateError
    return tuple(dict.fromkeys(found))


def _iso(parts: tuple[str, str, str]) -> tuple[date, ...]:
    year, month, day = map(int, parts)
    if found := make(year, month, day):
        return (found,)
    raise NoSuchDateError


def _both(first: int, second: int, year: int, how: Order) -> list[date]:
    """Return the readings of two numbers as day and month; the other order only where the usual one is impossible."""
    day_first, month_first = make(year, second, first), make(year, first, second)
    usual, other = (month_first, day_first) if how is Order.MONTH_FIRST else (day_first, month_first)
    if how is Order.EITHER:
        return [found for found in (usual, other) if found]
    found = usual or other
    return [found] if found else []


def _year_first(parts: tuple[str, str, str], today: date, found: list[date]) -> list[date]:
    """Read 26-03-22 as the 22nd of March 2026 too, where only that is near today."""
    day = make(2000 + int(parts[0]), int(parts[1]), int(parts[2]))
    if day is None or abs(day.year - today.year) > _NEAR:
        return []
    return [] if any(abs(other.year - today.year) <= _NEAR for other in found) else [day]


def day_and_month(first: int, second: int, how: Order, today: date) -> tuple[tuple[date, ...], bool]:
    """Return the dates that "22/3" may mean, and whether day and month are told apart.

    Raises NoSuchDateError when there is none in either order.
    """
    readings = []
    pairs = [(first, second), (second, first)] if how is not Order.MONTH_FIRST else [(second, first), (first, second)]
    for day, month in dict.fromkeys(pairs):
        if not (1 <= month <= 12 and 1 <= day <= 31):
            continue
        try:
            readings.append(occurrences(day, month, today))
        except NoSuchDateError:
            continue
    if not readings:
        raise NoSuchDateError
    if how is not Order.EITHER or len(readings) == 1:
        return readings[0], True
    return tuple(dict.fromkeys(day for reading in readings for day in reading))[:3], False


def may_be_a_time(pair: tuple[int, int], day: date, how: Order) -> bool:
    """Tell whether "10.30" is a date only with the month first, which is not the usual order."""
    return how is not Order.MONTH_FIRST and pair == (day.month, day.day) and pair[0] != pair[1]


def run_of_digits(text: str) -> tuple[date, ...]:
    """Return the dates that eight digits may mean."""
    tries = (
        make(int(text[4:]), int(text[2:4]), int(text[:2])),
        make(int(text[:4]), int(text[4:6]), int(text[6:])),
        make(int(text[4:]), int(text[:2]), int(text[2:4])),
    )
    return tuple(dict.fromkeys(found for found in tries if found))
