"""The hours in which one may write to somebody unasked, where they are."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = 24 * 60


def next_open(moment: datetime, zone: ZoneInfo, opens: int, closes: int) -> datetime:
    """Return *moment* if it lies within the hours of its day in *zone*, else the next opening, in UTC.

    *opens* and *closes* are minutes on the wall clock of *zone*, so a clock change moves them with the people;
    an opening that a clock change leaves out is the moment to which the clock jumps.
    """
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if opens <= minute < closes:
        return moment
    day = local.date() if minute < opens else local.date() + timedelta(days=1)
    opening = datetime.combine(day, time(opens % DAY // 60, opens % 60), zone)
    return opening.astimezone(UTC)


def closing(moment: datetime, zone: ZoneInfo, closes: int) -> datetime:
    """Return when the hours in which *moment* lies end on the wall clock of *zone*, in UTC; 24:00 is midnight."""
    day = moment.astimezone(zone).date() + timedelta(days=closes // DAY)
    return datetime.combine(day, time(closes % DAY // 60, closes % 60), zone).astimezone(UTC)
