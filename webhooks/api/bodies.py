"""A request's body and query, from bytes to the form that an operation asks for."""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from flask import Request
from pydantic import BaseModel

from flows.parsing import UnreadableFlow, parse_text
from flows.remedies import json_remedy
from webhooks.api.field_words import unknown_parameter
from webhooks.api.problems import MOST_FIELDS, Problem, path_of

DEEPEST = 60
"""Lists and objects inside one another."""
LARGEST = 10**18
LARGEST_YAML = 150_000
"""Bytes. What YAML may say in so many takes this process half a second at worst, forty times as long as JSON."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
"""The type of RFC 9512, and those that it lists as older names."""

Step = tuple[str | int, ...]


def read_body(request: Request, *, required: bool, yaml: bool, unreadable: int = 400) -> Any:
    """Return what the body says; it may be YAML where *yaml* is set.

    Raises `Problem`: 415 for another type, 413 for YAML that is too large, *unreadable* for what is no JSON or no YAML,
    422 for odd values.
    """
    raw = request.get_data(cache=False)
    if not raw and not required:
        return {}
    try:
        is_yaml = yaml and request.mimetype in YAML
        document = _read_yaml(raw) if is_yaml else _read_json(raw, request.mimetype, yaml=yaml)
    except (ValueError, RecursionError, UnreadableFlow) as error:
        raise Problem(unreadable, f"the body cannot be read: {_shortly(error)}") from None
    _refuse_odd_values(document)
    return document


def preferred_yaml(request: Request) -> str | None:
    """Return the type of YAML that the answer is wanted as, None where JSON does as well."""
    best = request.accept_mimetypes.best_match(["application/json", *YAML])
    return best if best in YAML else None


def _read_json(raw: bytes, mimetype: str, *, yaml: bool) -> Any:
    if mimetype != "application/json":
        also = f", or as YAML, with {YAML[0]}" if yaml else ""
        raise Problem(415, f"send the body as JSON, with Content-Type: application/json{also}")
    return json.loads(raw.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_once)


def _read_yaml(raw: bytes) -> Any:
    if len(raw) > LARGEST_YAML:
        raise Problem(413, f"as YAML a body has at most {LARGEST_YAML:,} bytes: send what is larger as JSON")
    return parse_text(raw.decode("utf-8"))


def read_form(form: type[BaseModel], document: Any) -> BaseModel:
    """Return *document* in its form. Raises pydantic's `ValidationError`, which names each field."""
    return form.model_validate_json(json.dumps(document), strict=True)


def read_query(request: Request, form: type[BaseModel] | None, body: type[BaseModel] | None = None) -> BaseModel | None:
    """Return the query in its form. Raises `Problem` for a parameter that is given twice, or that nobody would heed.

    Else it raises what `read_form` does. *body* is the form whose fields may have been meant.
    """
    given = request.args.to_dict(flat=False)
    for name, values in given.items():
        if len(values) > 1:
            raise Problem(422, "a parameter is given twice", fields=[(name, "give this once")])
        if _UNSTORABLE.search(values[0]):
            raise Problem(422, "a parameter cannot be read", fields=[(name, "this holds a character that is no text")])
    _refuse_unknown(given, form.model_fields if form else (), body.model_fields if body else ())
    filled = {name: values[0] for name, values in given.items() if values[0] != ""}
    return form.model_validate(filled) if form else None


def _refuse_unknown(given: Iterable[str], known: Collection[str], fields: Collection[str]) -> None:
    unknown = [name for name in given if name not in known][:MOST_FIELDS]
    wrong = [(path_of((name,)), unknown_parameter(name, known, fields)) for name in unknown]
    if wrong:
        raise Problem(422, ": ".join(wrong[0]), fields=wrong)


def _refuse_odd_values(document: Any) -> None:
    """Refuse what a database cannot hold, naming where it is."""
    if not _holds_odd_values(document):
        return
    wrong = [(path_of(path), message) for path, value in _walk(document) if (message := _oddity(path, value))]
    if wrong:
        raise Problem(422, "the body holds values that cannot be stored", fields=wrong[:20])


def _holds_odd_values(document: Any) -> bool:
    """Look at all values, one depth after the other, and not at where they are: that takes long, and few are odd."""
    level = [document]
    for _ in range(DEEPEST + 1):
        objects, lists = _of_type(level, dict), _of_type(level, list)
        texts = [*_of_type(level, str), *(name for value in objects for name in value)]
        if _UNSTORABLE.search("".join(texts)) or not all(map(math.isfinite, _of_type(level, float))):
            return True
        if not all(-LARGEST < value < LARGEST for value in _of_type(level, int)):
            return True
        level = [inner for value in objects for inner in value.values()]
        level += [inner for value in lists for inner in value]
    return bool(level)


def _of_type(values: list[Any], kind: type) -> list[Any]:
    return [value for value in values if type(value) is kind]


def _walk(document: Any) -> Iterator[tuple[Step, Any]]:
    """Go through all values without recursion, names of fields included."""
    todo: list[tuple[Step, Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        yield path, value
        if len(path) > DEEPEST:
            continue
        if isinstance(value, dict):
            for name, inner in value.items():
                todo.append(((*path, name), inner))
        elif isinstance(value, list):
            todo.extend(((*path, index), inner) for index, inner in enumerate(value))


def _oddity(path: Step, value: Any) -> str | None:
    if path and isinstance(path[-1], str) and _UNSTORABLE.search(path[-1]):
        return "the name of this field holds NUL or half a character"
    if len(path) > DEEPEST:
        return f"more than {DEEPEST} lists and objects inside one another"
    match value:
        case str() if "\x00" in value:
            return "this holds the character NUL, which no text may hold"
        case str() if _UNSTORABLE.search(value):
            return "this holds half a character (a lone surrogate)"
        case float() if not math.isfinite(value):
            return "this number is too large"
        case int() if abs(value) >= LARGEST:
            return "this number is too large"
    return None


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no JSON value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise ValueError(f'the field "{twice}" is given twice in one object')
    return fields


def _shortly(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start]
        return f"line {before.count(10) + 1}, column {error.start - before.rfind(10)}: it is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: not JSON: {json_remedy(error.msg)}"
    return str(error)[:200]
