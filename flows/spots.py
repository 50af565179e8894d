"""Where in the text of a file each part of a document stands; the checks know paths alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.findings import Finding, error


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A line and a column, both counted from one."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class UnreadableFlow(ValueError):
    """A text that is neither YAML nor JSON, or one of which nothing larger is made; says line and column."""

    def __init__(self, problem: str, line: int, column: int) -> None:
        super().__init__(f"line {line}, column {column}: {problem}")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the text itself at *path*, such as a field that is written twice.

    Where it is *lost*, nothing is known of the value there. Otherwise the rest can be judged with it.
    """

    path: str
    problem: str
    spot: Spot
    lost: bool = False

    def finding(self) -> Finding:
        """Return it as what the checks find."""
        return error(self.path, self.problem)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: what it says, where each part stands, and what is wrong with the text itself."""

    document: object
    spots: Mapping[str, Spot] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()

    def spot_of(self, finding: Finding) -> Spot | None:
        """Return where a finding is to be mended: its own spot, or the nearest part around what is missing."""
        for mistake in self.mistakes:
            if mistake.finding() == finding:
                return mistake.spot
        path = finding.path
        while path and path not in self.spots:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.spots.get(path)

    def render(self, finding: Finding, file: str) -> str:
        """Return the one line that `callboard flow check` prints."""
        spot = self.spot_of(finding)
        line = finding.render(file)
        return f"{line} ({spot})" if spot else line
