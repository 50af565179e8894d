"""The text of a file → plain JSON-like values. YAML is read without its surprises, JSON as it is.

Of YAML's implicit types only null, true, false, whole numbers and decimals are known: `no`, `2026-03-01` and
`08:30` stay text. Anchors, aliases and tags are refused, so nothing in a file can be larger than the file.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from flows.building import Builder
from flows.remedies import json_remedy, yaml_remedy
from flows.spots import Source, Spot, UnreadableFlow

__all__ = ["SIZE", "Source", "UnreadableFlow", "parse_source", "parse_text"]

SIZE = 1_000_000
"""Bytes of a file."""

_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d{0,17})\.\d+(?:[eE][-+]\d{1,3})?", re.ASCII)
_JSON_PIECE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s,:\[\]{}"]+', re.DOTALL)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_text(source: str, *, size: int = SIZE) -> object:
    """Return what a YAML or JSON text of at most *size* bytes says as plain values. Raises `UnreadableFlow`."""
    return _parse(source, Builder(strict=True), size).document


def parse_source(source: str) -> Source:
    """Return what a text says, where, and what is wrong with it but can be read over. Raises `UnreadableFlow`.

    Of a field that is written twice the first is taken; what an alias stands for is not known.
    """
    return _parse(source, Builder(), SIZE)


def _parse(source: str, builder: Builder, size: int) -> Source:
    source = source.removeprefix("\ufeff")
    if len(source.encode("utf-8", "replace")) > size:
        raise UnreadableFlow(f"the file is larger than {size // 1_000_000} MB", 1, 1)
    if not source.lstrip().startswith(("{", "[")):
        return _parse_yaml(source, builder)
    try:
        json.loads(source, parse_int=len, parse_constant=len)  # for its errors alone
    except json.JSONDecodeError as wrong:
        return _parse_braces(source, builder, wrong)
    except RecursionError:
        return _parse_json(source, builder)  # which refuses it, and knows the line
    return _parse_json(source, builder)


def _parse_braces(source: str, builder: Builder, wrong: json.JSONDecodeError) -> Source:
    """Read what begins like JSON and is none: YAML has braces too. The error told is the one of JSON."""
    try:
        return _parse_yaml(source, builder)
    except UnreadableFlow:
        raise UnreadableFlow(f"not JSON: {json_remedy(wrong.msg)}", wrong.lineno, wrong.colno) from None


def _parse_json(source: str, builder: Builder) -> Source:
    """Read JSON that is known to be right, but for its depth."""
    line, begin = 1, 0
    for piece in _JSON_PIECE.finditer(source):
        if lines := source.count("\n", begin, piece.start()):
            line += lines
        begin = piece.start()
        spot = Spot(line, begin - source.rfind("\n", 0, begin))
        match piece.group():
            case "{":
                builder.open({}, spot)
            case "[":
                builder.open([], spot)
            case "}" | "]":
                builder.close()
            case text:
                value = json.loads(text, parse_int=_json_whole, parse_constant=str)
                builder.scalar(str(value), value, spot)
    return _source(builder)


def _json_whole(digits: str) -> int | str:
    """Read a whole number; what no counter of ours holds stays text, as in YAML."""
    return int(digits) if _WHOLE.fullmatch(digits) else digits


def _parse_yaml(source: str, builder: Builder) -> Source:
    if odd := _UNPRINTABLE.search(source):
        before = source[: odd.start()]
        line, column = before.count("\n") + 1, odd.start() - before.rfind("\n")
        raise UnreadableFlow(f"the character U+{ord(odd.group()):04X} cannot stand in a file", line, column)
    documents = 0
    try:
        for event in _events(source):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                _refuse_second(event, documents)
            _take(builder, event)
    except yaml.MarkedYAMLError as wrong:
        problem, mark = yaml_remedy(wrong, source)
        raise UnreadableFlow(f"not YAML: {problem}", mark.line, mark.column) from None
    if not documents:
        raise UnreadableFlow("the file is empty", 1, 1)
    return _source(builder)


def _events(source: str) -> Iterator[Any]:
    return yaml.parse(source, Loader=_LOADER)


def _refuse_second(event: Any, documents: int) -> None:
    if documents > 1:
        spot = _spot(event)
        problem = "one file holds one campaign: a second document begins here"
        raise UnreadableFlow(problem, spot.line, spot.column)


def _take(builder: Builder, event: Any) -> None:
    match event:
        case yaml.AliasEvent():
            builder.mistake("aliases (*name) are not used here: write the value out", _spot(event), lost=True)
            builder.scalar("", None, _spot(event))
        case yaml.ScalarEvent():
            _note_anchor_and_tag(builder, event)
            plain = not event.style and (event.implicit[0] or event.tag is not None)
            builder.scalar(event.value, _resolve(event.value) if plain else event.value, _spot(event))
        case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
            _note_anchor_and_tag(builder, event)
            builder.open([] if isinstance(event, yaml.SequenceStartEvent) else {}, _spot(event))
        case yaml.CollectionEndEvent():
            builder.close()


def _note_anchor_and_tag(builder: Builder, event: Any) -> None:
    if event.anchor is not None:
        builder.mistake("anchors (&name) are not used here: write the value out", _spot(event))
    if event.tag is not None:
        builder.mistake("tags (!name) are not used here: put the text in quotes", _spot(event))


def _resolve(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _spot(event: Any) -> Spot:
    return Spot(event.start_mark.line + 1, event.start_mark.column + 1)


def _source(builder: Builder) -> Source:
    return Source(builder.result, builder.spots, tuple(builder.mistakes))
