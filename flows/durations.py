"""Lengths of time as ISO 8601 writes them: `P7D`, `PT4H`, `P1DT30M`. Whole numbers only."""

import re
from datetime import timedelta

_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,6})Y)?(?:(?P<months>\d{1,6})M)?(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,6})S)?)?",
    re.ASCII,
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")


def parse_duration(text: str) -> timedelta:
    """Read weeks, days, hours, minutes and seconds. Raises `ValueError`; its sentence says what to write."""
    text = text.strip()
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError(f"{text!r} is no duration: write one such as P7D, PT4H or P1DT12H")
    if match["years"] or match["months"]:
        raise ValueError(f"{text!r}: months and years differ in length; count in weeks or days, such as P30D")
    return timedelta(**{unit: int(match[unit] or 0) for unit in _UNITS})


def format_duration(duration: timedelta) -> str:
    """Write *duration* so that `parse_duration` gives it back.

    Raises `ValueError` for what is below zero or not whole seconds.
    """
    if duration < timedelta() or duration.microseconds:
        raise ValueError(f"{duration} cannot be written: only whole seconds from zero up can")
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{duration.days}D" if duration.days else ""
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{count}{unit}" for count, unit in parts if count)
    if not days and not clock:
        return "PT0S"
    return f"P{days}T{clock}" if clock else f"P{days}"
