"""What a storm has done, in one line that is printed at the end of the run."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.storms import ledger
from tests.storms.crowd import Crowd
from tests.storms.installation import Installation

UNFINISHED = ("queued", "sending", "unconfirmed")


@dataclass
class Figures:
    """Figures of one run; all but the first few must be zero."""

    seed: int
    kills: int
    candidates: int
    seconds: float
    faults: int
    unknowns: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    unfinished: dict[str, int] = field(default_factory=dict)
    inbound_lost: int = 0
    inbound_doubled: int = 0

    def line(self, name: str) -> str:
        return (
            f"{name}: seed {self.seed}, {self.candidates} candidates, {self.kills} kills, {self.faults} faults, "
            f"{self.unknowns} unknowns, "
            f"{len(self.doubled)} duplicates, {len(self.lost)} losses, {len(self.out_of_order)} out of order, "
            f"{self.inbound_lost} lines lost, {self.inbound_doubled} lines doubled, "
            f"{sum(self.unfinished.values())} unsettled, {self.seconds:.0f} s"
        )

    def check(self) -> None:
        """Fail on any figure that is not zero."""
        assert (self.lost, self.doubled, self.out_of_order) == ([], [], [])
        assert (self.inbound_lost, self.inbound_doubled) == (0, 0)
        assert self.unfinished == {}


def take_figures(
    installation: Installation, crowd: Crowd, log: list[dict[str, Any]], *, seed: int, kills: int, seconds: float
) -> Figures:
    """Compare what reached the phones with the oracle, and what is stored with what was written."""
    unknowns = len([line for line in installation.log_lines("send_failed") if "OutcomeUnknown" in line])
    faults = len([entry for entry in log if entry["event"] == "fault"])
    written = Counter(entry["sid"] for entry in log if entry["event"] == "inbound")
    figures = Figures(seed, kills, len(crowd.people), seconds, faults, unknowns)
    for person in crowd.people:
        expected = person.script.expected
        lost = Counter(expected) - Counter(person.heard)
        doubled = Counter(person.heard) - Counter(expected)
        figures.lost += [f"{person.name}: {text}" for text in lost.elements()]
        figures.doubled += [f"{person.name}: {text}" for text in doubled.elements()]
        if not lost and not doubled and person.heard != expected:
            figures.out_of_order.append(f"{person.name}: {person.heard}")
    stored = Counter(ledger.inbound_ids(installation.database_url))
    figures.inbound_lost = (written - stored).total()
    figures.inbound_doubled = (stored - written).total()
    counts = ledger.statuses(installation.database_url)
    figures.unfinished = {status: counts[status] for status in UNFINISHED if counts[status]}
    return figures
