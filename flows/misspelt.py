"""Misspelt fields, each read as the one that was meant, so that what is inside them is judged too."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from flows.findings import Finding, error
from flows.parts import around, join


@dataclass(frozen=True, slots=True)
class Name:
    """A field in the mapping at *parent* that bears another name than was meant."""

    parent: str
    meant: str
    written: str


class Misspelt:
    """The misspelt fields of a document, each at the path that it has under the name that was meant.

    While a document is read and checked, paths are those that were meant. What is shown has the written ones.
    """

    def __init__(self, names: Mapping[str, Name] = MappingProxyType({})) -> None:
        self._names = names
        self._in_mapping: dict[str, dict[str, str]] = {}
        for name in names.values():
            self._in_mapping.setdefault(name.parent, {})[name.written] = name.meant

    def in_mapping(self, path: str) -> Mapping[str, str]:
        """Return for what is written in the mapping at *path* what was meant."""
        return self._in_mapping.get(path, {})

    def with_more(self, found: Mapping[str, Name]) -> "Misspelt":
        """Return these and those that were *found* in the next reading."""
        return Misspelt({**self._names, **found})

    def only(self, path: str) -> "Misspelt":
        """Return the one at *path*, if it is misspelt."""
        return Misspelt({each: name for each, name in self._names.items() if each == path})

    def findings(self) -> Iterator[Finding]:
        """Report each; an unknown field is an error."""
        for path, name in self._names.items():
            yield error(path, f'there is no such field: did you mean "{name.meant}"?')

    def as_written(self, path: str) -> str:
        """Return the path in the document of what is judged at *path*."""
        for part in around(path) if self._names else ():
            if name := self._names.get(part):
                return join(self.as_written(name.parent), name.written) + path[len(part) :]
        return path

    def as_meant(self, paths: Iterable[str]) -> Iterator[str]:
        """Return the path at which is judged what stands at each of *paths* in the document."""
        meant = {self.as_written(each): each for each in self._names}
        for path in paths:
            part = next((part for part in around(path) if part in meant), "")
            yield meant.get(part, "") + path[len(part) :]

    def in_writing(self, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Return findings with the paths in the document."""
        return tuple(replace(finding, path=self.as_written(finding.path)) for finding in found)


@dataclass(slots=True)
class Notes:
    """What one reading of a document leaves: its findings, and the misspelt fields that nobody knew of before it."""

    known: Misspelt = field(default_factory=Misspelt)
    findings: list[Finding] = field(default_factory=list)
    new: dict[str, Name] = field(default_factory=dict)
    mappings: int = 0  # read so far
