"""Which day a day of a month, a weekday or a span of time comes to, seen from today."""

import calendar
from datetime import date, timedelta

EARLIEST = 1900
LATEST = 2200
_RECENT = 92  # days: within a quarter of a year, a day without a year may be one just past
_YEAR = 366
_AHEAD = 5  # years ahead that a two-digit year plainly may be
_FAR = 20


class NoSuchDateError(Exception):
    """The text names a day that no calendar has, or a year out of range."""


def make(year: int, month: int, day: int) -> date | None:
    """Return the date, or None where there is none from 1900 to 2200."""
    if not (EARLIEST <= year <= LATEST and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def occurrences(day: int, month: int, today: date) -> tuple[date, ...]:
    """Return the next such day from *today* on, and the last one too where it is just past or the next one far off.

    Raises NoSuchDateError for a day that the month never has.
    """
    years = range(today.year - 8, today.year + 9)  # at most eight years lie between two 29ths of February
    days = [found for year in years if (found := make(year, month, day))]
    coming = next((found for found in days if found >= today), None)
    if coming is None:
        raise NoSuchDateError
    gone = next((found for found in reversed(days) if found < today), None)
    recent = gone is not None and coming != today and (today - gone).days <= _RECENT
    far = (coming - today).days > _YEAR  # of the 29th of February that they mean, the year may be a slip
    return (coming, gone) if gone and (recent or far) else (coming,)


def full_years(digits: str, today: date) -> tuple[int, ...]:
    """Return the years that two digits may stand for, likeliest first."""
    year = 2000 + int(digits)
    if year <= today.year + _AHEAD:
        return (year,)
    return (year - 100, year) if year <= today.year + _FAR else (year - 100,)


def days_of_month(day: int, today: date) -> tuple[date, ...]:
    """Return the next such day of any month, and this month's where it is past."""
    months = [add_months(today.replace(day=1), ahead) for ahead in range(4)]
    days = [found for first in months if (found := make(first.year, first.month, day))]
    coming = tuple(found for found in days if found >= today)[:1]
    return (*coming, *(found for found in days if found < today))


def add_months(start: date, months: int) -> date:
    """Return the same day of a later month, or the last day of a month that is too short."""
    count = start.year * 12 + start.month - 1 + months
    year, month = min(max(count // 12, 1), 9998), count % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def month_end(start: date) -> date:
    """Return the last day of the month of *start*."""
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def later(start: date, days: int) -> date:
    """Return *start* and *days*. Raises NoSuchDateError beyond the years that are taken."""
    if abs(days) > (LATEST - EARLIEST) * 366:
        raise NoSuchDateError
    try:
        return start + timedelta(days)
    except OverflowError:
        raise NoSuchDateError from None


def coming_weekday(weekday: int, today: date) -> date:
    """Return the first such weekday after *today*."""
    return later(today, (weekday - today.weekday() - 1) % 7 + 1)


def week_start(today: date) -> date:
    """Return the Monday of the week of *today*."""
    return later(today, -today.weekday())
