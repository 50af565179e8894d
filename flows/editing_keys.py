"""Keys of modules, questions and documents: made from what a person reads, unique, and followed by what names them."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any

from flows.draft_paths import Json, fields_at, find, list_at, put
from flows.limits import KEY
from flows.reading_fields import RESERVED
from flows.rules import plain

LENGTH = 32
"""Characters of a key that is made from a text: one reads it in rules."""
KEYED = {"questions": "text", "documents": "label"}
"""Lists inside a module whose entries have keys, and the field from which these are made."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_NUMBERED = re.compile(r"(.*?)(?:_\d+)?")
_GENERAL = frozenset({"question", "document", "content", "questions", "video_interview", "collect", "schedule"})
_VARIABLE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def keys_in(draft: Json) -> Iterator[tuple[str, str]]:
    """Return the path and the key of each module, question and document that has one."""
    for index, module in enumerate(list_at(draft, "modules")):
        path = f"modules[{index}]"
        for place in (path, *_inside(module, path)):
            key = fields_at(draft, place).get("key")
            if isinstance(key, str) and key:
                yield place, key


def _inside(module: Any, path: str) -> Iterator[str]:
    if isinstance(module, dict):
        for name in KEYED:
            yield from (f"{path}.{name}[{index}]" for index, _ in enumerate(list_at(module, name)))


def key_from(label: str) -> str:
    """Return the key that a text suggests, such as `do_you_hold_a_licence`; nothing where it suggests none."""
    bare = unicodedata.normalize("NFKD", _VARIABLE.sub(" ", label)).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", bare.replace("'", ""))
    while words and not words[0][0].isalpha():
        words.pop(0)
    key = ""
    for word in words:
        longer = f"{key}_{word}" if key else word[:LENGTH]
        if len(longer) > LENGTH:
            break
        key = longer
    return key


def free_key(wanted: str, taken: Collection[str]) -> str:
    """Return *wanted*, with a number behind it where it is taken or means something else."""
    key, number = wanted[:KEY], 1
    while key in taken or key in RESERVED:
        number += 1
        key = f"{wanted[: KEY - 4]}_{number}"
    return key


def taken_keys(draft: Json, but: str = "") -> set[str]:
    """Return the keys that are in use, without the one at the path *but*."""
    return {key for path, key in keys_in(draft) if path != but}


def problem_of(key: str, taken: Collection[str]) -> str:
    """Say why a part cannot be called so; nothing where it can."""
    if not _KEY.fullmatch(key):
        return "a key begins with a letter and has only letters a to z, small or capital, digits and _"
    if len(key) > KEY:
        return f"a key has at most {KEY} characters"
    if key in RESERVED:
        return f'"{key}" has a meaning of its own: choose another key'
    return f'the key "{key}" is taken: each module, question and document needs its own' if key in taken else ""


def follows(key: str, label: str) -> bool:
    """Tell whether *key* was made by us, from *label* or from nothing, and may change with it."""
    match = _NUMBERED.fullmatch(key)
    stem = match[1] if match else key
    return not key or stem in _GENERAL or key_from(label) in (key, stem)


def rename(draft: Json, path: str, key: str) -> None:
    """Give the part at *path* another key, also in the rules and texts that name it."""
    old = fields_at(draft, path).get("key")
    put(draft, f"{path}.key", key)
    if not isinstance(old, str) or not old or old == key or old in taken_keys(draft, path):
        return  # of two parts of one key nobody knows which is named
    names = ("after",) if _is_inside(path) else ("go_to", "else")
    for rule in list_at(draft, "rules"):
        for name in names if isinstance(rule, dict) else ():
            if rule.get(name) == old:
                rule[name] = key
    if _is_inside(path):
        _in_texts(draft, re.compile(rf"(\{{\{{\s*answers\.){re.escape(old)}(\s*\}}\}})"), rf"\g<1>{key}\g<2>")


def _is_inside(path: str) -> bool:
    return "." in path


def _in_texts(value: Any, pattern: re.Pattern[str], by: str) -> None:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in list(inside):
        if isinstance(inner, str):
            value[name] = pattern.sub(by, inner)
        elif isinstance(inner, dict | list):
            _in_texts(inner, pattern, by)


def rename_option(draft: Json, path: str, old: str, new: str) -> None:
    """Follow an option of the question at *path* into the rules that compare with it, where it is clear which it is."""
    question = fields_at(draft, path)
    others = [plain(option) for option in list_at(question, "options")]
    if not old.strip() or plain(old) in others or others.count(plain(new)) > 1:
        return
    for index, rule in enumerate(list_at(draft, "rules")):
        if isinstance(rule, dict) and rule.get("after") == question.get("key"):
            for operator, operand in fields_at(rule, "if").items():
                put(draft, f"rules[{index}].if.{operator}", _renamed(operand, old, new))


def _renamed(operand: object, old: str, new: str) -> object:
    if isinstance(operand, list):
        return [_renamed(each, old, new) for each in operand]
    return new if isinstance(operand, str) and plain(operand) == plain(old) else operand


def own_keys(draft: Json, copy: Any, path: str) -> None:
    """Give a copy of a part, which will stand at *path*, keys that nothing else has."""
    taken = taken_keys(draft)
    places = [copy] if not _is_inside(path) or path.rpartition("[")[0].rpartition(".")[2] in KEYED else []
    places += [each for name in KEYED for each in list_at(copy, name)] if isinstance(copy, dict) else []
    for place in places:
        if isinstance(place, dict) and isinstance(place.get("key"), str):
            place["key"] = free_key(_stem(place["key"]), taken)
            taken.add(place["key"])


def _stem(key: str) -> str:
    match = _NUMBERED.fullmatch(key)
    return match[1] if match and match[1] else key


def keys_of_version(definition: object) -> frozenset[str]:
    """Return the keys of a published version: answers are known by them, so that they change no more by themselves."""
    return frozenset(key for _, key in keys_in(definition)) if isinstance(definition, dict) else frozenset()


def question_keys(draft: Json) -> list[tuple[str, str]]:
    """Return path and key of each question that is answered in the chat."""
    return [
        (path, key)
        for path, key in keys_in(draft)
        if ".questions[" in path and find(draft, f"{path.partition('.')[0]}.type") == "questions"
    ]
