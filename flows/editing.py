"""Changing a draft by forms: fields by their paths, and actions such as adding, moving and removing parts.

Every change makes a new draft. What is wrong in it stays for the checks to tell, and what nobody edits stays as it is.
"""

import re
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass

from flows.draft_fields import Fields, as_written, is_field, is_same, read_field
from flows.draft_paths import CannotEdit, Json, fields_at, find, list_at, put
from flows.editing_actions import ACTIONS
from flows.editing_keys import (
    KEYED,
    follows,
    free_key,
    key_from,
    problem_of,
    rename,
    rename_option,
    taken_keys,
)
from flows.findings import Finding, error

__all__ = ["CannotEdit", "Edited", "edit"]

SHOWN_KEY = ":was"
"""Behind the path of a key: the key that the form showed. Only another one in the field is a new one."""

_KEY = re.compile(r"modules\[\d+\](?:\.(?:questions|documents)\[\d+\])?\.key", re.ASCII)
_OPTION = re.compile(r"(?P<question>modules\[\d+\]\.questions\[\d+\])\.options\[\d+\]", re.ASCII)
_TYPE = re.compile(r"(?P<question>modules\[\d+\]\.questions\[\d+\])\.type", re.ASCII)
_TYPED = re.compile(
    r"(?P<question>modules\[\d+\]\.questions\[\d+\])\.(?P<field>min|max|unit|past|options)(?:\[\d+\])?", re.ASCII
)
_OF_TYPES = {
    "number": {"min", "max", "unit"},
    "date": {"past", "min", "max"},
    "choice": {"options"},
    "choices": {"options", "min", "max"},
}
"""The fields that only questions of some types have."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A draft after a change, with what could not be done of it."""

    draft: Json
    problems: tuple[Finding, ...] = ()


def edit(draft: Json, form: Fields, action: str = "", *, settled: Collection[str] = ()) -> Edited:
    """Return the draft with what a form says of its fields, and then with *action* done, such as `add modules content`.

    Keys that we made follow the texts that they were made from, but for those that are *settled*: answers are known
    by them. Raises `CannotEdit` for an action that cannot be done, and for parts that are gone.
    """
    changed = deepcopy(draft)
    _write(changed, form, settled)
    problems = _write_keys(changed, form)
    if action:
        act(changed, action)
    return Edited(changed, tuple(problems))


def act(draft: Json, action: str) -> None:
    """Do an action to the draft itself: a verb, the path of a part or list, and perhaps what of it."""
    verb, _, rest = action.partition(" ")
    path, _, detail = rest.partition(" ")
    if verb not in ACTIONS:
        raise CannotEdit(path, f"{verb[:20]!r} is nothing that can be done to a draft: reload the page")
    ACTIONS[verb](draft, path, detail)


def _write(draft: Json, form: Fields, settled: Collection[str]) -> None:
    retyped = [path for path in form if _write_type(draft, path, form)]
    for path in form:
        if not is_field(path) or _TYPE.fullmatch(path) or _without_part(draft, path, retyped):
            continue
        old, new = find(draft, path), read_field(path, form)
        if old is not None and (is_same(old, new) or (new is None and as_written(old) == (form[path] or ("",))[-1])):
            continue  # the second: the usual value, written out
        if option := _OPTION.fullmatch(path):
            put(draft, path, new)
            rename_option(draft, option["question"], str(old), str(new))
        elif path.endswith((".text", ".label")):
            put(draft, path, new)
            _follow(draft, path, str(old or ""), settled)
        elif path.endswith("template.name") and new is None:
            put(draft, path.removesuffix(".name"), None)
        elif new is not None or old is not None:
            put(draft, path, new)


def _without_part(draft: Json, path: str, retyped: Collection[str]) -> bool:
    """Tell whether a field is of a template that is not chosen, or of the type that a question had before."""
    if "template.variables" in path:
        return not fields_at(draft, path.partition(".variables")[0]).get("name")
    match = _TYPED.fullmatch(path)
    if match is None:
        return False
    question = match["question"]
    kind = fields_at(draft, question).get("type")
    return f"{question}.type" in retyped or match["field"] not in _OF_TYPES.get(str(kind), ())


def _follow(draft: Json, path: str, before: str, settled: Collection[str]) -> None:
    """Make the key of a question or document anew from its text, where we made it and nobody relies on it."""
    part, _, field = path.rpartition(".")
    if KEYED.get(part.rpartition("[")[0].rpartition(".")[2]) != field:
        return
    key = fields_at(draft, part).get("key", "")
    if not isinstance(key, str) or key in settled or not follows(key, before):
        return
    made = key_from(str(find(draft, path)))
    if made and made != key:
        rename(draft, part, free_key(made, taken_keys(draft, part)))


def _write_keys(draft: Json, form: Fields) -> list[Finding]:
    """Give parts the keys that were typed; those that cannot be taken are told, and nothing is changed by them."""
    problems = []
    for path in form:
        typed = form[path][-1].strip() if form[path] else ""
        shown = (form.get(path + SHOWN_KEY) or ("",))[-1]
        part = path.removesuffix(".key")
        if not _KEY.fullmatch(path) or typed == shown or not fields_at(draft, part):
            continue
        if problem := problem_of(typed, taken_keys(draft, part)):
            problems.append(error(path, problem))
        else:
            rename(draft, part, typed)
    return problems


def _write_type(draft: Json, path: str, form: Fields) -> bool:
    """Change the type of a question where the form says another; tell whether it did."""
    match = _TYPE.fullmatch(path)
    if match is None or fields_at(draft, match["question"]).get("type") == (kind := read_field(path, form)):
        return False
    _change_type(draft, match["question"], str(kind))
    return True


def _change_type(draft: Json, path: str, kind: str) -> None:
    """Give a question another type; fields that only others have go, or they would be errors."""
    put(draft, f"{path}.type", kind)
    kept = _OF_TYPES.get(kind, set())
    for field in set().union(*_OF_TYPES.values()) - kept:
        put(draft, f"{path}.{field}", None)
    if "options" in kept and not list_at(draft, f"{path}.options"):
        put(draft, f"{path}.options", ["", ""])
    for field in ("min", "max"):  # each type counts something else
        put(draft, f"{path}.{field}", None)
