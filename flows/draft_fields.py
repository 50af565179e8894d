"""What a form says of each field of a draft ↔ what the draft holds.

A value that cannot be read is kept as it was written, so that nothing is lost and the checks can tell what is wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from flows.durations import format_duration, parse_duration

Fields = Mapping[str, Sequence[str]]
"""A form: each field by its path, with all values that were sent for it."""

UNIT = ":unit"
"""Behind the path of a duration: the field that says what its number counts."""
WHERE, PEOPLE, OPERATOR = ":where", ":people", ":operator"
"""Behind the path of a place, of interviewers and of a comparison: the field that goes with it."""
MOST_CONDITIONS = 7
"""Comparisons of one rule: of each kind there can be one."""
UNITS = {"weeks": 7 * 86400, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
NEVER = "never"

Reader = Callable[[str, Fields], object]
"""From the path and the form to the value; None takes the field away."""


def read_field(path: str, form: Fields) -> object:
    """Return what a form says of the field at *path*; KeyError where there is no such field."""
    for pattern, reader in _FIELDS:
        if pattern.fullmatch(path):
            return reader(path, form)
    raise KeyError(path)


def is_field(path: str) -> bool:
    """Tell whether forms have a field of that path."""
    return any(pattern.fullmatch(path) for pattern, _ in _FIELDS)


def show_duration(value: object) -> tuple[str, str]:
    """Return number and unit of a duration as a form shows them: the largest unit that divides it."""
    if value is None:
        return "", "days"
    if value == NEVER:
        return "", NEVER
    try:
        seconds = int(parse_duration(str(value)).total_seconds())
    except (ValueError, OverflowError):
        return str(value), "days"
    known = (unit for unit, size in UNITS.items() if unit != "weeks" and seconds and seconds % size == 0)
    unit = next(known, "seconds")
    return str(seconds // UNITS[unit]), unit


def _last(path: str, form: Fields) -> str:
    values = form.get(path, ())
    return values[-1].replace("\r\n", "\n") if values else ""


def _text(path: str, form: Fields) -> str:
    return _last(path, form)


def _optional(path: str, form: Fields) -> str | None:
    return _last(path, form) or None


def _name(path: str, form: Fields) -> str | None:
    return _last(path, form).strip() or None


def _truth(*, usual: bool) -> Reader:
    def read(path: str, form: Fields) -> bool | None:
        checked = _last(path, form) == "true"
        return None if checked is usual else checked

    return read


def _number(usual: int | None = None, *, whole: bool = False) -> Reader:
    def read(path: str, form: Fields) -> int | float | str | None:
        text = _last(path, form).strip().replace(",", ".")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            return text
        if not number.is_finite() or abs(number) > 10**15 or (whole and number % 1):
            return text
        value = int(number) if number % 1 == 0 else float(number)
        return None if value == usual else value

    return read


def _duration(usual: timedelta | None = None) -> Reader:
    def read(path: str, form: Fields) -> str | None:
        text, unit = _last(path, form).strip(), _last(path + UNIT, form)
        if unit == NEVER:
            return NEVER
        if not text:
            return None
        try:
            seconds = Decimal(text.replace(",", ".")) * UNITS.get(unit, 86400)
            length = timedelta(seconds=int(seconds)) if seconds % 1 == 0 and seconds >= 0 else None
        except (InvalidOperation, OverflowError):
            length = None
        if length is None:
            return text
        return None if length == usual else format_duration(length)

    return read


def _lines(path: str, form: Fields) -> list[str]:
    return [line.strip() for line in _last(path, form).splitlines() if line.strip()]


def _line(path: str, form: Fields) -> str:
    return " ".join(_last(path, form).split())


def _several(path: str, form: Fields) -> list[str]:
    return [value for value in form.get(path, ()) if value]


def _kinds(path: str, form: Fields) -> list[str] | None:
    kinds = _several(path, form)
    return None if kinds == ["image", "pdf"] else kinds


def _place(path: str, form: Fields) -> dict[str, object]:
    kind = _last(path, form) or "phone"
    return {kind: True if kind == "phone" else _line(path + WHERE, form)}


def _staff(path: str, form: Fields) -> dict[str, object]:
    kind = _last(path, form) or "any_of"
    people = _lines(path + PEOPLE, form)
    return {kind: (people[0] if people else "") if kind == "one" else people}


def _conditions(path: str, form: Fields) -> dict[str, object] | None:
    """Read the comparisons of a rule, each a line of the form; of one kind the first counts."""
    found: dict[str, object] = {}
    for number in range(MOST_CONDITIONS):
        line = condition_at(path, number)
        operator = _last(line + OPERATOR, form)
        if operator and operator not in found:
            found[operator] = _operand(operator, line, form)
    return found or None


def _operand(operator: str, line: str, form: Fields) -> object:
    values = [text.strip() for value in form.get(line, ()) for text in value.splitlines() if text.strip()]
    match operator:
        case "answered":
            return values[-1:] != ["false"]
        case "any_of":
            return values
        case "at_least" | "at_most":
            return _number()(line, form) if values else ""
        case _:
            return values if len(values) > 1 else "".join(values)


_MODULE = r"modules\[\d+\]"
_QUESTION = rf"{_MODULE}\.questions\[\d+\]"
_DOCUMENT = rf"{_MODULE}\.documents\[\d+\]"
_BLOCK = rf"{_MODULE}\.blocks\[\d+\]"
_TEMPLATE = r"(?:welcome|reminders\[\d+\])\.template"

_TABLE: tuple[tuple[str, Reader], ...] = (
    ("name", _text),
    ("language", _name),
    ("expires_after", _duration()),
    ("reopen", _truth(usual=False)),
    (r"reminders\[\d+\]\.after", _duration()),
    (r"reminders\[\d+\]\.text", _text),
    (r"(?:welcome|conclusion)\.text", _text),
    (rf"{_TEMPLATE}\.name", _name),
    (rf"{_TEMPLATE}\.variables\.\d{{1,3}}", _optional),
    (rf"{_BLOCK}\.text", _text),
    (rf"{_BLOCK}\.(?:image|video|document)", _line),
    (rf"{_BLOCK}\.(?:caption|filename)", _optional),
    (rf"{_QUESTION}\.type", _text),
    (rf"{_QUESTION}\.text", _text),
    (rf"{_QUESTION}\.help", _optional),
    (rf"{_QUESTION}\.required", _truth(usual=True)),
    (rf"{_QUESTION}\.tries", _number(3, whole=True)),
    (rf"{_QUESTION}\.when_tries_run_out", _optional),
    (rf"{_QUESTION}\.maps_to", _name),
    (rf"{_QUESTION}\.(?:min|max)", _number()),
    (rf"{_QUESTION}\.unit", _name),
    (rf"{_QUESTION}\.past", _truth(usual=True)),
    (rf"{_QUESTION}\.options\[\d+\]", _line),
    (rf"{_QUESTION}\.think", _duration(timedelta(seconds=30))),
    (rf"{_QUESTION}\.limit", _duration(timedelta(minutes=2))),
    (rf"{_QUESTION}\.retakes", _number(2, whole=True)),
    (rf"{_MODULE}\.voice", _truth(usual=False)),
    (rf"{_DOCUMENT}\.label", _text),
    (rf"{_DOCUMENT}\.kinds", _kinds),
    (rf"{_DOCUMENT}\.(?:min|max)", _number(1, whole=True)),
    (rf"{_DOCUMENT}\.max_mb", _number(10, whole=True)),
    (rf"{_DOCUMENT}\.required", _truth(usual=True)),
    (rf"{_DOCUMENT}\.(?:help|example)", _optional),
    (rf"{_DOCUMENT}\.expires", _truth(usual=False)),
    (rf"{_MODULE}\.length", _duration()),
    (rf"{_MODULE}\.place", _place),
    (rf"{_MODULE}\.interviewers", _staff),
    (rf"{_MODULE}\.capacity", _number(1, whole=True)),
    (rf"{_MODULE}\.notice", _duration(timedelta(hours=4))),
    (rf"{_MODULE}\.horizon", _duration(timedelta(days=14))),
    (rf"{_MODULE}\.buffer", _duration(timedelta())),
    (rf"{_MODULE}\.step", _duration(timedelta(minutes=30))),
    (rf"{_MODULE}\.templates\.[a-z_0-9]+", _name),
    (r"rules\[\d+\]\.(?:after|go_to|else|tag|propose_stage)", _name),
    (r"rules\[\d+\]\.score", _number(whole=True)),
    (r"rules\[\d+\]\.if", _conditions),
)
_FIELDS = tuple((re.compile(pattern, re.ASCII), reader) for pattern, reader in _TABLE)


def condition_at(path: str, number: int) -> str:
    """Return the name under which a form has the comparison of that number of the rule whose `if` is at *path*."""
    return f"{path}#{number}"


def is_same(old: object, new: object) -> bool:
    """Tell whether a form that shows *old* and says *new* has left it as it was."""
    if old == new and type(old) is type(new):
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(is_same(old[name], new[name]) for name in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    if isinstance(old, str) and isinstance(new, str) and old.startswith("P"):
        return show_duration(old) == show_duration(new) and show_duration(old)[0] != old
    containers = isinstance(old, dict | list) or isinstance(new, dict | list)
    return not containers and old is not None and as_written(old) == as_written(new)


def as_written(value: Any) -> str:
    """Return a value of a draft as an input shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return "\n".join(str(each) for each in value)
        case dict():
            return ""
        case _:
            return str(value)
