"""What reading and checking a campaign have to say: where, how bad, and how to mend it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from flows.one_line import in_one_line

FIELDS = (
    "callboard",
    "name",
    "language",
    "expires_after",
    "reopen",
    "reminders",
    "welcome",
    "modules",
    "rules",
    "conclusion",
)
"""The fields of a campaign in the order of the file; interfaces.md, "A stage campaign as a file"."""


class Severity(StrEnum):
    """An error forbids publishing, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend at *path*, such as `modules[1].questions[0].text`; empty for the whole campaign."""

    path: str
    severity: Severity
    message: str

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def render(self, file: str) -> str:
        """Return the one line that `callboard flow check` prints."""
        place = f"{file}:{self.path}" if self.path else file
        return in_one_line(" ".join(f"{place}: {self.severity}: {self.message}".split("\n")))

    def below(self, parent: str) -> "Finding":
        """Return the same finding as seen from a larger document that has the campaign at *parent*."""
        return replace(self, path=f"{parent}.{self.path}" if self.path else parent)


def error(path: str, message: str) -> Finding:
    """Make a finding that forbids publishing."""
    return Finding(path, Severity.ERROR, message)


def warning(path: str, message: str) -> Finding:
    """Make a finding that forbids nothing."""
    return Finding(path, Severity.WARNING, message)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether the campaign must not be published."""
    return any(finding.is_error for finding in findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return *findings* in the order of the file, each once; those at one place stay in the order given."""
    return tuple(sorted(dict.fromkeys(findings), key=_rank))


_NAME = re.compile(r"[^.\[]*")
_INDEX = re.compile(r"\[(\d+)\]")


def _rank(finding: Finding) -> tuple[int, ...]:
    name = _NAME.match(finding.path)
    top = name.group() if name else ""
    if not top:
        return (-1,)
    field = FIELDS.index(top) if top in FIELDS else len(FIELDS)
    return field, *(int(index) for index in _INDEX.findall(finding.path))
