"""The `.env` file: lines of `NAME=value`."""

import re
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<rest>.*)", re.ASCII)
_QUOTED = re.compile(r"'(?P<plain>[^']*)'|\"(?P<escaped>(?:[^\"\\]|\\.)*)\"")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


def read_dotenv(path: Path | None) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the values of the file and what is wrong with it; no file is an empty one."""
    if path is None or not path.is_file():
        return {}, ()
    try:
        return parse_dotenv(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        return {}, (f"cannot be read ({type(error).__name__}): it must be readable, and UTF-8",)


def parse_dotenv(text: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    r"""Read the lines `NAME=value` of a `.env` file; return them and what is wrong with the others.

    A value may stand in single quotes (taken as it is) or double quotes (`\n`, `\"` and their like count);
    `export` before a name, blank lines and comments are passed over. Nothing is substituted.
    """
    values: dict[str, str] = {}
    problems: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        value = _unquoted(match["rest"]) if match else None
        if match is None or value is None:
            problems.append(f"line {number}: write NAME=value, with the same quote at both ends of a quoted value")
        else:
            values[match["name"]] = value
    return values, tuple(problems)


def _unquoted(rest: str) -> str | None:
    """Return the value, None where a quote is not closed or something but a comment follows it."""
    if not rest.startswith(("'", '"')):
        return re.split(r"(?:^|\s)#", rest, maxsplit=1)[0].strip()
    match = _QUOTED.match(rest)
    if match is None or not re.fullmatch(r"\s*(#.*)?", rest[match.end() :]):
        return None
    if match["plain"] is not None:
        return match["plain"]
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), match["escaped"])
