"""The tables of texts and their readings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from flows.understanding.reading import Doubtful, NotUnderstood, Reading, Understood

T = TypeVar("T")

CORPUS = Path(__file__).parent / "corpus"


def lines(name: str, lang: str) -> Iterator[tuple[str, str, str]]:
    """Yield the locale, the text and the reading of each line of the table `<name>.<lang>.txt`."""
    locale = lang
    for line in (CORPUS / f"{name}.{lang}.txt").read_text("utf-8").splitlines():
        if line.startswith("@ "):
            locale = line[2:].strip()
        elif line and not line.startswith("# "):
            text, _, reading = line.rpartition(" => ")
            yield locale, text, reading


def misread(name: str, lang: str, read: Callable[[str, str], str]) -> list[str]:
    """Return the lines of a table that *read* reads otherwise, with what it reads."""
    found = ((locale, text, expected, read(text, locale)) for locale, text, expected in lines(name, lang))
    return [f"{locale}: {text} => {expected}, not {got}" for locale, text, expected, got in found if got != expected]


def shown(reading: Reading[T], show: Callable[[T], str]) -> str:
    """Write a reading as the tables do."""
    match reading:
        case Understood(value=value):
            return show(value)
        case Doubtful(values=values):
            return "? " + " ".join(show(value) for value in values)
        case NotUnderstood(problem=problem):
            return f"!{problem}"
