"""The tables of texts and their readings, and how each table is played."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from flows.understanding.choices import read_choice, read_choices
from flows.understanding.commands import read_command
from flows.understanding.contacts import read_email, read_phone
from flows.understanding.dates import read_date
from flows.understanding.numbers import read_number, read_rating
from flows.understanding.places import parse_coordinates, read_place
from flows.understanding.reading import Doubtful, NotUnderstood, Reading, Understood
from flows.understanding.yes_no import read_true_false, read_yes_no

T = TypeVar("T")

CORPUS = Path(__file__).parent / "corpus"
WEDNESDAY = date(2026, 3, 18)  # the day on which the dates are written


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a table and what it is read as."""

    locale: str  # named by the nearest `@ ` above; for telephone numbers a country
    asked: str  # the nearest `[…]` above: which options are on offer
    text: str  # in which `\\n` is a line break
    reading: str  # the value, `? ` the values in doubt, `!` the problem


def tables() -> list[str]:
    """Return the name of every table, such as "dates.en"."""
    return sorted(path.stem for path in CORPUS.glob("*.txt"))


def lines(table: str) -> Iterator[Line]:
    """Yield the lines of a table; those that begin with `# ` are comments."""
    locale, asked = table.rpartition(".")[2], ""
    for line in (CORPUS / f"{table}.txt").read_text("utf-8").splitlines():
        if line.startswith("@ "):
            locale = line[2:].strip()
        elif line.startswith("[") and " => " not in line:
            asked = line
        elif line and not line.startswith("# "):
            text, _, reading = line.rpartition(" => ")
            yield Line(locale, asked, text.replace("\\n", "\n"), reading)


def misread(table: str) -> list[str]:
    """Return the lines of a table that are read otherwise, with what they are read as."""
    read = _PLAYED[table.partition(".")[0]]
    found = ((line, read(line)) for line in lines(table))
    return [
        f"{line.locale} {line.asked}: {line.text} => {line.reading}, not {got}"
        for line, got in found
        if got != line.reading
    ]


def shown(reading: Reading[T], show: Callable[[T], str], joint: str = " ") -> str:
    """Write a reading as the tables do."""
    match reading:
        case Understood(value=value):
            return show(value)
        case Doubtful(values=values):
            return "? " + joint.join(map(show, values))
        case NotUnderstood(problem=problem):
            return f"!{problem}"


def _side(side: bool) -> str:  # noqa: FBT001  it is what is shown
    return "yes" if side else "no"


def _command(line: Line) -> str:
    command = read_command(line.text, line.locale)
    return command.value if command else "-"


def _options(line: Line) -> str:
    kind, _, labels = line.asked.partition("] ")
    options = labels.split(" | ")
    if kind == "[one":
        return shown(read_choice(line.text, options, line.locale), str, " | ")
    return shown(read_choices(line.text, options, line.locale), _list, " | ")


def _list(chosen: tuple[str, ...]) -> str:
    return " + ".join(chosen) or "(none)"


def _place(line: Line) -> str:
    if point := parse_coordinates(line.text):
        return f"{point[0]:g} {point[1]:g}"
    return shown(read_place(line.text, line.locale), str, " | ")


_PLAYED: dict[str, Callable[[Line], str]] = {
    "choices": _options,
    "commands": _command,
    "dates": lambda line: shown(read_date(line.text, line.locale, WEDNESDAY), date.isoformat),
    "emails": lambda line: shown(read_email(line.text), str),
    "numbers": lambda line: shown(read_number(line.text, line.locale), "{:f}".format),
    "phones": lambda line: shown(read_phone(line.text, line.locale), str),
    "places": _place,
    "ratings": lambda line: shown(read_rating(line.text, line.locale), str),
    "true_false": lambda line: shown(read_true_false(line.text, line.locale), _side, ", "),
    "yes_no": lambda line: shown(read_yes_no(line.text, line.locale), _side, ", "),
}
