"""Our words for what pydantic finds wrong with a field."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from flows.suggestions import nearest, suggestion

HINTED = 100
"""Unknown fields that are compared with what is missing, which takes long."""

Part = Mapping[str, Any]

_PLAIN = {
    "missing": "this is missing",
    "extra_forbidden": "there is no such field here",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "string_type": "this must be a text",
    "int_type": "this must be a whole number",
    "int_parsing": "this must be a whole number",
    "int_from_float": "this must be a whole number",
    "list_type": "this must be a list",
    "dict_type": "this must be an object",
    "model_type": "this must be an object",
    "model_attributes_type": "this must be an object",
    "datetime_type": "write a time such as 2026-03-01T09:00:00Z",
    "datetime_parsing": "write a time such as 2026-03-01T09:00:00Z",
    "datetime_from_date_parsing": "write a time such as 2026-03-01T09:00:00Z",
    "timezone_aware": "write the zone too, as in 2026-03-01T09:00:00Z",
    "enum": "write {expected}",
    "literal_error": "write {expected}",
    "greater_than_equal": "this must be at least {ge}",
    "less_than_equal": "this must be at most {le}",
    "string_too_long": "this may have at most {max_length} characters",
    "too_long": "this may have at most {max_length} entries",
}
"""By kind of error; the others speak for themselves."""


def message_of(part: Part) -> str:
    """Return what is wrong with one field, and where possible what to write."""
    context = part.get("ctx", {})
    if isinstance(cause := context.get("error"), ValueError):
        return str(cause)
    match part["type"], context.get("min_length"):
        case (("too_short" | "string_too_short"), 1):
            return "this is empty"
        case "too_short", least:
            return f"this must have at least {least} entries"
        case "string_too_short", least:
            return f"this must have at least {least} characters"
    if words := _PLAIN.get(part["type"]):
        return words.format_map(context)
    said = str(part["msg"])
    return said[:1].lower() + said[1:]


def without_what_follows(parts: Sequence[Part]) -> Iterator[tuple[Part, str]]:
    """Return each error with a hint; a field that is missing only because it is misspelt is told once, as that."""
    missing: dict[Any, list[str]] = {}
    for part in parts:
        if part["type"] == "missing":
            missing.setdefault(part["loc"][:-1], []).append(str(part["loc"][-1]))
    unknown = islice((part["loc"] for part in parts if part["type"] == "extra_forbidden"), HINTED)
    meant = {location: nearest(location[-1], missing.get(location[:-1], ())) for location in unknown}
    found = {(*location[:-1], name) for location, name in meant.items() if name}
    for part in parts:
        if part["type"] != "missing" or part["loc"] not in found:
            name = meant.get(part["loc"])
            yield part, f': did you mean "{name}"?' if name else ""


def unknown_parameter(name: str, known: Iterable[str], fields: Container[str] = ()) -> str:
    """Return what is wrong with a parameter of a query that is not known; *fields* are those of the body."""
    names = sorted(known)
    if name in fields:
        hint = "; it is a field: write it in the body"
    else:
        hint = suggestion(name, names) or (f"; known are {', '.join(names)}" if names else "; none is known")
    return f"there is no such parameter here{hint}"
