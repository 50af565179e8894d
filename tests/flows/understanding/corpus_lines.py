"""The tables of texts and their readings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from flows.understanding.reading import Doubtful, NotUnderstood, Reading, Understood

T = TypeVar("T")

CORPUS = Path(__file__).parent / "corpus"


def lines(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield the locale, the text and the reading of each line of the tables `<name>.<language>.txt`."""
    for file in sorted(CORPUS.glob(f"{name}.*.txt")):
        locale = file.name.split(".")[1]
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("@ "):
                locale = line[2:].strip()
            elif line and not line.startswith("# "):
                text, _, reading = line.rpartition(" => ")
                yield locale, text, reading


def shown(reading: Reading[T], show: Callable[[T], str]) -> str:
    """Write a reading as the tables do."""
    match reading:
        case Understood(value=value):
            return show(value)
        case Doubtful(values=values):
            return "? " + " ".join(show(value) for value in values)
        case NotUnderstood(problem=problem):
            return f"!{problem}"
