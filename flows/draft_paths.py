"""Places in a draft by the paths of findings, such as `modules[1].questions[0].text`.

A draft is the document of a campaign, which may be unfinished or wrong: nothing is taken for granted here.
"""

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Step = str | int

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d{1,6})\]")


class CannotEdit(ValueError):
    """A change that cannot be made to this draft; *path* says where, the message what to do."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def steps_of(path: str) -> tuple[Step, ...]:
    """Return the names and places on the way to *path*. Raises `CannotEdit` for what is no path."""
    steps: list[Step] = []
    end = 0
    for step in _STEP.finditer(path):
        if step.start() != end:
            break
        end = step.end()
        steps.append(step[1] if step[1] is not None else int(step[2]))
    if end != len(path) or not steps:
        raise CannotEdit(path, "this form is not complete: reload the page and try again")
    return tuple(steps)


def find(value: Any, path: str, default: Any = None) -> Any:
    """Return what stands at *path*, *default* where nothing does."""
    for step in steps_of(path):
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return default
            value = value[step]
        else:
            if not isinstance(value, dict) or step not in value:
                return default
            value = value[step]
    return value


def fields_at(value: Any, path: str) -> Json:
    """Return the fields at *path*; none where something else stands there."""
    found = find(value, path)
    return found if isinstance(found, dict) else {}


def list_at(value: Any, path: str) -> list[Any]:
    """Return the list at *path*; an empty one where something else stands there."""
    found = find(value, path)
    return found if isinstance(found, list) else []


def put(draft: Json, path: str, value: object) -> None:
    """Write *value* at *path*, None takes the field away. Fields on the way are made, entries of lists are not."""
    *way, last = steps_of(path)
    holder: Any = draft
    for place, step in enumerate(way):
        holder = _enter(holder, step, [*way, last][place + 1], path, make=value is not None)
        if holder is None:
            return
    if isinstance(last, int):
        if not isinstance(holder, list) or last >= len(holder):
            raise CannotEdit(path, "this part is gone: reload the page")
        holder[last] = value
    elif not isinstance(holder, dict):
        raise CannotEdit(path, "the draft has something else in this place: import it anew")
    elif value is None:
        holder.pop(last, None)
    else:
        holder[last] = value


def _enter(holder: Any, step: Step, following: Step, path: str, *, make: bool) -> Any:
    """Return what stands at *step*; where nothing does, make it or return None."""
    if isinstance(step, int):
        if not isinstance(holder, list) or step >= len(holder):
            raise CannotEdit(path, "this part is gone: reload the page")
        return holder[step]
    if not isinstance(holder, dict):
        raise CannotEdit(path, "the draft has something else in this place: import it anew")
    inside = holder.get(step)
    if isinstance(inside, str) and step in ("welcome", "conclusion") and following == "text":
        inside = holder[step] = {"text": inside}  # the text alone is a short form of it
    if inside is None:
        if not make:
            return None
        inside = holder[step] = [] if isinstance(following, int) else {}
    return inside


def texts_in(value: Any) -> Iterator[str]:
    """Return every text of a draft, whatever it is for; names of fields too."""
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield str(name)
                yield from texts_in(inner)
        case list():
            for inner in value:
                yield from texts_in(inner)


def can_be_stored(value: Any) -> bool:
    """Tell whether a database takes every text of a document: none holds NUL, nor half of a character."""
    return not any(_NO_TEXT.search(text) for text in texts_in(value))


def entries(draft: Json, path: str) -> list[Any]:
    """Return the list at *path* so that it can be changed, made where nothing stands."""
    found = find(draft, path)
    if found is None:
        put(draft, path, [])
        found = find(draft, path)
    if not isinstance(found, list):
        raise CannotEdit(path, "the draft has something else in this place: import it anew")
    return found
