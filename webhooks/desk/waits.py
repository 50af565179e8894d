"""How long ago, and how long still, in a few letters."""

from datetime import datetime, timedelta

_STEPS = ((timedelta(days=2), timedelta(days=1), "d"), (timedelta(hours=1), timedelta(hours=1), "h"))


def short(span: timedelta) -> str:
    """Write a time as `now`, `5 min`, `3 h`, `2 d`."""
    for least, unit, name in _STEPS:
        if span >= least:
            return f"{span // unit} {name}"
    minutes = span // timedelta(minutes=1)
    return f"{minutes} min" if minutes >= 1 else "now"


def left(until: datetime, now: datetime) -> str:
    """Write what is left until a moment, to the minute: `3 h 12 min`."""
    minutes = max(0, (until - now) // timedelta(minutes=1))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
