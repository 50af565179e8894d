"""The text of a file → plain JSON-like values. YAML is read without its surprises, JSON as it is.

Of YAML's implicit types only null, true, false, whole numbers and decimals are known: `no`, `2026-03-01` and
`08:30` stay text. Anchors, aliases and tags are refused, so nothing in a file can be larger than the file.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

SIZE = 1_000_000
"""Bytes of a file."""
DEPTH = 30
"""Lists and mappings inside one another."""

_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,17})\.\d+(?:[eE][-+]\d{1,3})?", re.ASCII)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableFlow(ValueError):
    """A text that is neither YAML nor JSON, or one of which nothing larger is made; says line and column."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {problem}")
        self.line = line
        self.column = column


def parse_text(source: str) -> object:
    """Return what a YAML or JSON text says as dicts, lists and scalars. Raises `UnreadableFlow`."""
    source = source.removeprefix("\ufeff")
    if len(source.encode("utf-8", "replace")) > SIZE:
        raise UnreadableFlow(f"the file is larger than {SIZE // 1_000_000} MB", 1, 1)
    if not source.lstrip().startswith(("{", "[")):
        return _parse_yaml(source)
    try:
        return _parse_json(source)
    except json.JSONDecodeError as wrong:
        return _parse_braces(source, wrong)
    except (_NotPlainError, RecursionError):
        return _parse_yaml(source)  # which refuses the same, and knows the line


def _parse_braces(source: str, wrong: json.JSONDecodeError) -> object:
    """Read what begins like JSON and is none: YAML has braces too. The error told is the one of JSON."""
    try:
        return _parse_yaml(source)
    except UnreadableFlow:
        raise UnreadableFlow(f"not JSON: {wrong.msg}", wrong.lineno, wrong.colno) from None


class _NotPlainError(ValueError):
    """JSON with a repeated field, or a number that is none."""


def _parse_json(source: str) -> object:
    value: object = json.loads(source, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_json_whole)
    if _depth(value) > DEPTH:
        raise _NotPlainError
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _NotPlainError
    return fields


def _refuse(constant: str) -> NoReturn:
    raise _NotPlainError(constant)


def _json_whole(digits: str) -> int | str:
    """Read a whole number; what no counter of ours holds stays text, as in YAML."""
    return int(digits) if _WHOLE.fullmatch(digits) else digits


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth += 1
    return depth


def _inside(value: object) -> list[object]:
    """Return the members of a list or mapping; an empty one counts as a level as well."""
    if isinstance(value, dict):
        return list(value.values()) or [None]
    if isinstance(value, list):
        return value or [None]
    return []


def _parse_yaml(source: str) -> object:
    if odd := _UNPRINTABLE.search(source):
        before = source[: odd.start()]
        line, column = before.count("\n") + 1, odd.start() - before.rfind("\n")
        raise UnreadableFlow(f"the character U+{ord(odd.group()):04X} cannot stand in a file", line, column)
    builder = _Builder()
    try:
        for event in _events(source):
            builder.take(event)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        problem = f"not YAML: {wrong.problem or wrong.context}"
        raise UnreadableFlow(problem, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1) from None
    if not builder.documents:
        raise UnreadableFlow("the file is empty", 1, 1)
    return builder.result


def _events(source: str) -> Iterator[Any]:
    return yaml.parse(source, Loader=_LOADER)


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being filled; *key* is the field whose value comes next."""

    items: list[object] | dict[str, object]
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Values from the parser's events, without recursion and without YAML's constructors."""

    frames: list[_Frame] = field(default_factory=list)
    result: object = None
    documents: int = 0

    def take(self, event: Any) -> None:
        match event:
            case yaml.AliasEvent():
                _fail(event, "aliases (*name) are not used here: write the value out")
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._open(event)
            case yaml.CollectionEndEvent():
                self.result = self.frames.pop().items
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    _fail(event, "one file holds one campaign: a second document begins here")

    def _scalar(self, event: Any) -> None:
        _refuse_anchor_and_tag(event)
        frame = self.frames[-1] if self.frames else None
        if frame and isinstance(frame.items, dict) and frame.key is None:
            if event.value in frame.items:
                _fail(event, f"the field {json.dumps(event.value, ensure_ascii=False)} is written twice")
            frame.key = event.value
            return
        self._place(_resolve(event.value) if event.implicit[0] and not event.style else event.value)

    def _open(self, event: Any) -> None:
        _refuse_anchor_and_tag(event)
        if len(self.frames) == DEPTH:
            _fail(event, f"more than {DEPTH} lists and mappings inside one another")
        frame = self.frames[-1] if self.frames else None
        if frame and isinstance(frame.items, dict) and frame.key is None:
            _fail(event, "the name of a field must be a word")
        items: list[object] | dict[str, object] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        self._place(items)
        self.frames.append(_Frame(items))

    def _place(self, value: object) -> None:
        if not self.frames:
            self.result = value
            return
        frame = self.frames[-1]
        if isinstance(frame.items, list):
            frame.items.append(value)
        elif frame.key is not None:
            frame.items[frame.key] = value
            frame.key = None


def _refuse_anchor_and_tag(event: Any) -> None:
    if event.anchor is not None:
        _fail(event, "anchors (&name) are not used here: write the value out")
    if event.tag is not None:
        _fail(event, "tags (!name) are not used here: put the text in quotes")


def _resolve(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _fail(event: Any, problem: str) -> NoReturn:
    raise UnreadableFlow(problem, event.start_mark.line + 1, event.start_mark.column + 1)
