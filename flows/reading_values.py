"""One value of a document, read as what a field wants; what cannot be read raises `ValueError` with the reason."""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite

from flows.durations import parse_duration

LARGEST = 10**18
"""Numbers stay below it: a counter of 64 bits holds them, and so does every reader of JSON."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def shown(value: object) -> str:
    """Return a short form of a value for a message."""
    if isinstance(value, Mapping):
        return "fields with values"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and abs(value) >= LARGEST:
        return "a number that large"
    text = f'"{value}"' if isinstance(value, str) and value.isprintable() else json.dumps(value, default=repr)
    return text if len(text) <= 40 else f"{text[:37]}…"


def as_truth(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.casefold() in _TRUTH:
        return _TRUTH[value.casefold()]
    raise ValueError(f"this must be true or false, not {shown(value)}")


def as_whole(value: object) -> int:
    """Read a whole number."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST:
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    raise ValueError(f"this must be a whole number, not {shown(value)}")


def as_number(value: object) -> Decimal:
    """Read a number, which may be written as a text."""
    wrong = ValueError(f"this must be a number such as 3 or 2.5, not {shown(value)}")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong
    if isinstance(value, float) and not isfinite(value):
        raise wrong
    if isinstance(value, int) and abs(value) >= LARGEST:
        raise wrong
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite() or abs(number.adjusted()) > 18:
        raise wrong
    return number


def as_day(value: object) -> date:
    """Read a day."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"there is no day {value}") from None
    raise ValueError(f"this must be a day such as 2026-03-01, not {shown(value)}")


def as_duration(value: object) -> timedelta:
    """Read a length of time."""
    if not isinstance(value, str) or len(value) > 64:
        raise ValueError(f"this must be a duration such as P7D or PT4H, not {shown(value)}")
    return parse_duration(value)
