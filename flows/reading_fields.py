"""One mapping of a document, read field by field. What is wrong leaves a finding and counts as left out."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from flows import limits
from flows.findings import Finding, error, warning
from flows.misspelt import Name, Notes
from flows.parts import join
from flows.reading_values import LARGEST, as_day, as_duration, as_number, as_truth, as_whole, shown
from flows.suggestions import nearest, suggestion

T = TypeVar("T")
S = TypeVar("S")
W = TypeVar("W", bound=str)

RESERVED = ("conclusion", "welcome", "doubt")
"""No key may be one of these: rules lead to the first, and buttons of our own carry the others."""
ITEMS = 1000
"""Entries read of one list; every list of a campaign has a lower limit of its own."""
UNKNOWN = 20
"""Unknown fields named in one mapping."""
HINTED = 1000
"""Findings after which unknown fields get no hints."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Fields:
    """The fields of one mapping at *path*. Whoever has taken all that are known calls `close`."""

    def __init__(self, value: object, path: str, notes: Notes) -> None:
        self.path = path
        self.notes = notes
        notes.mappings += 1
        self.readable = isinstance(value, Mapping)
        meant = notes.known.in_mapping(path)
        values = value.items() if isinstance(value, Mapping) else ()
        self._values = {meant.get(str(k), str(k)): v for k, v in values}
        self._known: dict[str, None] = {}  # in the order of asking
        if not self.readable:
            self._wrong(path, f"this must be fields with values, not {shown(value)}")

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the whole document, as far as it was read."""
        return self.notes.findings

    @property
    def is_empty(self) -> bool:
        """Nothing is given, not even a field that is not known."""
        return not self._values

    def at(self, name: str) -> str:
        """Return the path of a field."""
        return join(self.path, name)

    def has(self, name: str) -> bool:
        """Tell whether a field is given; an empty one is not."""
        return self._values.get(name) is not None

    def given(self, names: Iterable[W]) -> list[W]:
        """Return which of *names* are given, in the order of the file."""
        allowed = {str(name): name for name in names}
        self._known.update(dict.fromkeys(allowed))
        return [allowed[name] for name in self._values if name in allowed and self.has(name)]

    def take(self, name: str, *, required: bool = False) -> object:
        """Return a field as it stands, None where it is left out or empty."""
        self._known[name] = None
        value = self._values.get(name)
        if value is None and required and self.readable:
            self._wrong(self.at(name), "this is missing")
        return value

    def text(self, name: str, default: str = "", *, required: bool = False) -> str:
        """Return a text; a whole number is taken for one."""
        value = self.take(name, required=required)
        return default if value is None else self.as_text(value, self.at(name), default)

    def name(self, name: str) -> str | None:
        """Return a text that names something, None where it is left out; what may have been meant otherwise is told."""
        value = self.take(name)
        if isinstance(value, str) and not value.strip():
            self._doubt(name, "this is empty and names nothing: write a name, or leave the field out")
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
            self._doubt(name, f'this is a number and is taken for the text "{value}": put it in quotes')
        return self.text(name) or None

    def as_text(self, value: object, path: str, default: str = "") -> str:
        """Return *value*, found at *path*, as a text."""
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
            return str(value)
        if not isinstance(value, str):
            quotes = " (put it in quotes)" if isinstance(value, bool | float) else ""
            self._wrong(path, f"this must be a text, not {shown(value)}{quotes}")
            return default
        if odd := _UNSENDABLE.search(value):
            self._wrong(path, f"the character U+{ord(odd.group()):04X} cannot be sent: remove it")
            return default
        return value

    def key(self) -> str:
        """Return the field `key`, which names a part in rules, variables and answers."""
        key = self.text("key", required=True)
        path = self.at("key")
        if key in RESERVED:
            self._wrong(path, f'"{key}" has a meaning of its own: choose another key')
        elif self.has("key") and len(key) > limits.KEY:
            self._wrong(path, f"a key has at most {limits.KEY} characters")
        elif key and not _KEY.fullmatch(key):
            self._wrong(path, "a key begins with a letter and has only letters a to z, small or capital, digits and _")
        return key

    def whole(self, name: str, default: T, *, required: bool = False) -> int | T:
        """Return a whole number."""
        value = self.take(name, required=required)
        return default if value is None else self._read(name, as_whole, value, default)

    def number(self, name: str) -> Decimal | None:
        """Return a number, which may be written as a text."""
        value = self.take(name)
        return None if value is None else self._read(name, as_number, value, None)

    def day(self, name: str) -> date | None:
        """Return a day."""
        value = self.take(name)
        return None if value is None else self._read(name, as_day, value, None)

    def truth(self, name: str, *, default: bool) -> bool:
        """Return true or false; yes and no, which YAML leaves as text here, are taken for them."""
        value = self.take(name)
        if isinstance(value, str) and value.casefold() in ("true", "false"):
            self._doubt(name, f"this is a text and is taken for {value.casefold()}: write it without quotes")
        return default if value is None else self._read(name, as_truth, value, default)

    def duration(self, name: str, default: T, *, required: bool = False) -> timedelta | T:
        """Return a length of time."""
        value = self.take(name, required=required)
        return default if value is None else self._read(name, as_duration, value, default)

    def pick(self, name: str, allowed: Iterable[W], default: T, *, required: bool = False) -> W | T:
        """Return one of the *allowed* words."""
        value = self.take(name, required=required)
        return default if value is None else self.as_word(value, self.at(name), allowed, default)

    def as_word(self, value: object, path: str, allowed: Iterable[W], default: T) -> W | T:
        """Return *value*, found at *path*, if it is one of the *allowed* words."""
        words = list(allowed)
        if isinstance(value, str) and value in words:
            return words[words.index(value)]
        hint = suggestion(value, words) if isinstance(value, str) else ""
        known = f"{' Known' if hint else '; known'} are {', '.join(words)}"
        self._wrong(path, f"{shown(value)} is not known here{hint}{known}")
        return default

    def only(self, names: Sequence[W]) -> W | None:
        """Return which of *names* is given, where exactly one must be."""
        given = self.given(names)
        if len(given) == 1:
            return given[0]
        if self.readable:
            found = f"not {' and '.join(given)} together" if given else "all are missing"
            self._wrong(self.path, f"give one of {', '.join(names)}: {found}")
        return None

    def items(self, name: str, *, required: bool = False) -> list[tuple[str, object]]:
        """Return the entries of a list, each with its path."""
        value = self.take(name, required=required)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self._wrong(self.at(name), f"this must be a list, not {shown(value)}")
            return []
        if len(value) > ITEMS:
            self._wrong(self.at(name), f"a list has at most {ITEMS} entries: the rest was not read")
        return [(f"{self.at(name)}[{index}]", entry) for index, entry in enumerate(value[:ITEMS])]

    def texts(self, name: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self.as_text(value, path) for path, value in self.items(name, required=required))

    def each(self, name: str, *, required: bool = False) -> "list[Fields]":
        """Return a list of mappings."""
        return [Fields(value, path, self.notes) for path, value in self.items(name, required=required)]

    def inner(self, name: str, *, required: bool = False) -> "Fields | None":
        """Return a mapping inside this one."""
        value = self.take(name, required=required)
        return None if value is None else Fields(value, self.at(name), self.notes)

    def words(self) -> Mapping[str, str]:
        """Return all fields as texts: for mappings whose names are free."""
        self._known.update(dict.fromkeys(self._values))
        return {name: self.as_text(value, self.at(name)) for name, value in self._values.items() if value is not None}

    def close(self) -> None:
        """Report what was not taken: an unknown field is an error, for it is mostly a misspelt one."""
        unknown = self._unknown()
        for name in unknown[:UNKNOWN]:
            self._wrong(self.at(name), f"there is no such field{self._hint(name)}")
        if len(unknown) > UNKNOWN:
            self._wrong(self.path, f"{len(unknown) - UNKNOWN} more fields are not known here")
        self.note_misspelt()

    def note_misspelt(self) -> None:
        """Note each unknown field that resembles one that is left out: the next reading takes it for that one."""
        for name in self._unknown()[:UNKNOWN] if len(self.findings) < HINTED else ():
            meant = nearest(name, self._known)
            if meant and meant not in self._values:
                self.notes.new.setdefault(self.at(meant), Name(self.path, meant, name))

    def _unknown(self) -> list[str]:
        return [name for name in self._values if name not in self._known]

    def _hint(self, name: str) -> str:
        """Return what was meant; comparing takes long, so that a text of nothing but mistakes gets no hints."""
        if len(self.findings) >= HINTED:
            return ""
        return suggestion(name, self._known) or f"; known here are {', '.join(self._known)}"

    def wrong(self, name: str, message: str) -> None:
        """Report what is wrong with a field."""
        self._wrong(self.at(name), message)

    def _read(self, name: str, reader: Callable[[object], T], value: object, default: S) -> T | S:
        try:
            return reader(value)
        except ValueError as problem:
            self._wrong(self.at(name), str(problem))
            return default

    def _doubt(self, name: str, message: str) -> None:
        self.findings.append(warning(self.at(name), message))

    def _wrong(self, path: str, message: str) -> None:
        self.findings.append(error(path, message))
