"""What can be done to a draft beside writing its fields: parts are added, removed, copied and put elsewhere."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from flows import limits
from flows.draft_fields import MOST_CONDITIONS
from flows.draft_paths import CannotEdit, Json, entries, fields_at, find, list_at, put, steps_of
from flows.editing_keys import free_key, own_keys, question_keys, taken_keys
from flows.modules import KINDS
from flows.question_types import TYPES
from flows.reading_modules import BLOCKS
from flows.rules import CONCLUSION, OPERATORS

MOST = {
    "modules": limits.MODULES,
    "questions": limits.QUESTIONS,
    "documents": limits.QUESTIONS,
    "blocks": limits.BLOCKS,
    "options": limits.OPTIONS,
    "reminders": limits.REMINDERS,
    "rules": 200,
}
"""How many entries each list may have."""


def add(draft: Json, path: str, kind: str) -> None:
    """Add an entry at the end of the list at *path*; a module before the schedule, which is always last."""
    if path in ("conclusion", "welcome"):
        put(draft, path, {"text": ""})
        return
    if path.endswith(".if"):
        _add_condition(draft, path)
        return
    if path.endswith(".template.variables"):
        held_names = fields_at(draft, path)
        put(draft, f"{path}.{len(held_names) + 1}", held_names.get(str(len(held_names) + 1), ""))
        return
    name = _list_name(path)
    held = entries(draft, path)
    if len(held) >= MOST[name]:
        raise CannotEdit(path, f"there are at most {MOST[name]} {name} here")
    place = len(held)
    if name == "modules" and held and fields_at(held, f"[{place - 1}]").get("type") == "schedule":
        place -= 1
    held.insert(place, _MAKERS[name](draft, path, kind))


def remove(draft: Json, path: str, _: str) -> None:
    """Take a part away. Rules and texts that name it stay, and the checks tell which."""
    if path == "conclusion" or ".if." in path or ".variables." in path:
        put(draft, path, None)
        if ".if." in path and not find(draft, path.rpartition(".")[0]):
            put(draft, path.rpartition(".")[0], None)
        return
    held, place = _entry(draft, path)
    del held[place]
    if not held and path.startswith(("rules", "reminders")):
        put(draft, path.rpartition("[")[0], None)


def duplicate(draft: Json, path: str, _: str) -> None:
    """Put a copy of a part behind it, with keys of its own."""
    held, place = _entry(draft, path)
    name = _list_name(path.rpartition("[")[0])
    if len(held) >= MOST[name]:
        raise CannotEdit(path, f"there are at most {MOST[name]} {name} here")
    copy = deepcopy(held[place])
    own_keys(draft, copy, path)
    held.insert(place + 1, copy)


def up(draft: Json, path: str, _: str) -> None:
    """Put a part before the one above it; the first stays."""
    _shift(draft, path, -1)


def down(draft: Json, path: str, _: str) -> None:
    """Put a part behind the one below it; the last stays."""
    _shift(draft, path, +1)


def move(draft: Json, path: str, place: str) -> None:
    """Put a part in that place of its list, counted from 0."""
    held, now = _entry(draft, path)
    if not (place.isascii() and place.isdigit()):
        raise CannotEdit(path, "this is no place in a list: reload the page and try again")
    held.insert(min(int(place), len(held) - 1), held.pop(now))


ACTIONS: dict[str, Callable[[Json, str, str], None]] = {
    "add": add,
    "remove": remove,
    "duplicate": duplicate,
    "up": up,
    "down": down,
    "move": move,
}


def _list_name(path: str) -> str:
    name = path.rpartition(".")[2]
    if name not in MOST:
        raise CannotEdit(path, "nothing can be added here: reload the page and try again")
    return name


def _entry(draft: Json, path: str) -> tuple[list[Any], int]:
    place = steps_of(path)[-1]
    held = find(draft, path.rpartition("[")[0]) if isinstance(place, int) else None
    if not isinstance(held, list) or not isinstance(place, int) or place >= len(held):
        raise CannotEdit(path, "this part is gone: reload the page")
    return held, place


def _shift(draft: Json, path: str, by: int) -> None:
    held, place = _entry(draft, path)
    held.insert(max(place + by, 0), held.pop(place))


def _module(draft: Json, path: str, kind: str) -> Json:
    if kind not in KINDS:
        raise CannotEdit(path, f"there is no kind of module {kind[:20]!r}")
    key = free_key(kind, taken_keys(draft))
    inside: Json = {}
    match kind:
        case "content":
            inside = {"blocks": [{"text": ""}]}
        case "questions":
            inside = {
                "questions": [{"key": free_key("question", {*taken_keys(draft), key}), "type": "text", "text": ""}]
            }
        case "video_interview":
            inside = {"questions": [{"key": free_key("question", {*taken_keys(draft), key}), "text": ""}]}
        case "collect":
            inside = {"documents": [{"key": free_key("document", {*taken_keys(draft), key}), "label": ""}]}
        case "schedule":
            inside = {"length": "PT30M", "place": {"phone": True}, "interviewers": {"any_of": []}}
    return {"key": key, "type": kind, **inside}


def _question(draft: Json, path: str, kind: str) -> Json:
    key = free_key("question", taken_keys(draft))
    if find(draft, f"{path.rpartition('.')[0]}.type") == "video_interview":
        return {"key": key, "text": ""}
    if kind not in TYPES:
        raise CannotEdit(path, f"there is no type of question {kind[:20]!r}")
    options = {"options": ["", ""]} if kind in ("choice", "choices") else {}
    return {"key": key, "type": kind, "text": "", **options}


def _document(draft: Json, _path: str, _kind: str) -> Json:
    return {"key": free_key("document", taken_keys(draft)), "label": ""}


def _block(_draft: Json, path: str, kind: str) -> Json:
    if kind not in BLOCKS:
        raise CannotEdit(path, f"there is no kind of block {kind[:20]!r}")
    return {kind: ""}


def _option(_draft: Json, _path: str, _kind: str) -> str:
    return ""


def _reminder(draft: Json, _path: str, _kind: str) -> Json:
    return {"after": f"P{len(list_at(draft, 'reminders')) + 1}D", "text": ""}


def _rule(draft: Json, _path: str, key: str) -> Json:
    """Begin a rule with a question that can be branched upon, one of few answers where there is any."""
    known = question_keys(draft)
    few = [(path, name) for path, name in known if _few_answers(draft, path)]
    path, after = next((each for each in known if each[1] == key), (few or known or [("", "")])[0])
    return {"after": after, "if": _first_answer(draft, path), "go_to": CONCLUSION}


def _few_answers(draft: Json, path: str) -> bool:
    return find(draft, f"{path}.type") in ("yes_no", "true_false", "choice", "choices")


def _first_answer(draft: Json, path: str) -> Json:
    kind = find(draft, f"{path}.type") if path else None
    match kind:
        case "yes_no" | "true_false":
            return {"is": "no" if kind == "yes_no" else "false"}
        case "choice":
            return {"is": next(iter(list_at(draft, f"{path}.options")), "")}
        case "choices":
            return {"contains": next(iter(list_at(draft, f"{path}.options")), "")}
        case "number" | "rating":
            return {"at_least": 1}
        case _:
            return {"answered": True}


def _add_condition(draft: Json, path: str) -> None:
    held = fields_at(draft, path)
    unused = [operator for operator in OPERATORS if operator not in held]
    if not unused or len(held) >= MOST_CONDITIONS:
        raise CannotEdit(path, "this rule compares in every way already")
    put(draft, path, {**held, unused[0]: True if unused[0] == "answered" else ""})


_MAKERS: dict[str, Callable[[Json, str, str], object]] = {
    "modules": _module,
    "questions": _question,
    "documents": _document,
    "blocks": _block,
    "options": _option,
    "reminders": _reminder,
    "rules": _rule,
}
