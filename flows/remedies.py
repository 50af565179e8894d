"""What to do about a text that is no YAML or no JSON; the libraries say only what they expected."""

import re
from typing import Any

from flows.spots import Spot

_INDENT = "this line does not fit the ones above: begin it in the same column as its neighbours"
_QUOTES = "put the whole text in quotes"
_TAB = "a tab cannot indent a line: use spaces"

_YAML = (
    (r"found a tab", _TAB),
    (r"cannot start any token", "a text cannot begin with this: put it in quotes"),
    (
        r"expected ':'",
        "there is no colon after this name: write `name: value`, or put the text of which this is a part in quotes",
    ),
    (
        r"unexpected end of stream",
        "this quote is never closed: close it, or double a quote that stands inside the text",
    ),
    (
        r"expected ',' or '\]'",
        "this list is not closed, or lacks a comma: put commas between its entries and ] at its end",
    ),
    (
        r"expected ',' or '\}'",
        "these fields are not closed, or lack a comma: put commas between them, } at their end, and {{ … }} in quotes",
    ),
    (r"expected '-' indicator", f"{_INDENT}, or begin it with - where it is an entry of the list"),
    (r"sequence entries are not allowed", "a list begins on a line of its own: move this below the name of its field"),
    (r"escape c", "in double quotes a backslash begins a code: double it, or take single quotes"),
    (r"chomping|comment or line break", f"a text cannot begin with | or >: {_QUOTES}, or begin it on the next line"),
    (r"alphabetic or numeric|node content|mapping keys|tag", f"a text cannot begin with this: {_QUOTES}"),
    (r"<document start>", "the campaign ends before this: remove the rest"),
)
"""By what the library says, in the words of either of its readers."""

_BEGINNINGS = ("expected ':'", "unexpected end of stream", "expected ',' or")
"""What is mended where it begins, not where it was noticed."""

_JSON = (
    ("Expecting ','", "a comma is missing here, or a quote inside a text has no backslash before it"),
    ("Expecting property name", "the name of a field stands in double quotes, and no comma stands before }"),
    ("Expecting value", "a value is missing here: texts stand in double quotes, and no comma stands before ] or }"),
    ("Expecting ':'", "the name of a field is followed by a colon"),
    ("Illegal trailing comma", "no comma stands before ] or }: remove it"),
    ("Extra data", "the campaign ends before this: remove the rest"),
    ("Unterminated string", "this quote is never closed: close it"),
    ("Invalid control character", "a text stands on one line: write \\n for a new one"),
    ("Invalid \\", "a backslash begins a code: double it"),
)


def yaml_remedy(wrong: Any, source: str) -> tuple[str, Spot]:
    """Return what to do about PyYAML's error *wrong*, and where."""
    said = wrong.problem or wrong.context or ""
    early = any(words in said for words in _BEGINNINGS)
    mark = (wrong.context_mark if early else None) or wrong.problem_mark or wrong.context_mark
    spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
    lines = source.splitlines()
    line = lines[spot.line - 1] if spot.line <= len(lines) else ""
    return _of_line(said, line, spot.column) or _by_words(said), spot


def _of_line(said: str, line: str, column: int) -> str:
    """Return what only the line itself tells."""
    before = line[: column - 1]
    if "cannot start any token" in said and line[column - 1 : column] == "\t":
        return _TAB
    if "mapping values are not allowed" in said:
        return f"a colon with a space after it begins a value: {_QUOTES}" if ":" in before else _INDENT
    if "expected key" in said or "<block end>" in said:
        return _INDENT if not before.strip() else f"this does not belong to the text before it: {_QUOTES}"
    return ""


def _by_words(said: str) -> str:
    return next((remedy for words, remedy in _YAML if re.search(words, said)), said)


def json_remedy(said: str) -> str:
    """Return what to do about an error of Python's reader of JSON."""
    return next((remedy for words, remedy in _JSON if said.startswith(words)), said)
