"""Growth: what a turn, the page of a job and a claim cost with 2 million messages beside 2 thousand.

How: two databases of one kind, filled by bulk insert with people who have talked to the end (20 messages, 5 answers,
a whole enrolment each; 100 applications a job). On one and the other by turns: whole conversations of new people
(as in turn.py), the board of a job of 100 applications (the whole request), and claims from an outbox in which
the same number of messages waits. It also says what reads a large table from end to end.

Floor: with 2 million at most 1.2 times the cost with 2 thousand. `growth.py sqlite 200000` takes fewer.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.support.budget import Budget, Report
from benchmarks.support.claiming import claim_seconds, empty_outbox
from benchmarks.support.conversation import apply_all, turn_seconds
from benchmarks.support.databases import another_database, number_given, on_each_database
from benchmarks.support.filling import fill
from benchmarks.support.installation import OUR_NUMBER, Installation, install
from benchmarks.support.plans import scans
from benchmarks.support.recruiter import Recruiter

FEW, MANY = 2_000, 2_000_000
BUDGET = Budget(floor=1.2, aim=1.05, better="less")
ROUNDS, TALKS, PAGES, CLAIMS = 9, 12, 5, 40


@dataclass(slots=True)
class Side:
    """One of the two databases, and how far its numbers of people have come."""

    installation: Installation
    recruiter: Recruiter
    board: str
    people: int = 0

    def turn(self) -> float:
        """Return the seconds of one turn."""
        return turn_seconds(self.installation.runtime, self.installation.form_id, self._new(TALKS), OUR_NUMBER)

    def job_board(self) -> float:
        """Return the seconds of one board."""
        return self.recruiter.cost(self.board, PAGES).seconds

    def claim(self) -> float:
        """Return the seconds of one claim, from an outbox that holds these welcomes and nothing else."""
        runtime = self.installation.runtime
        empty_outbox(runtime)
        apply_all(runtime, self.installation.form_id, self._new(CLAIMS + 1))
        return claim_seconds(runtime, CLAIMS)

    def claim_the_last(self) -> float:
        """Claim what `claim` has left: nothing but a claim, so that its plans can be seen."""
        return claim_seconds(self.installation.runtime, 1)

    def _new(self, count: int) -> range:
        self.people += count
        return range(self.people - count, self.people)


MEASURES: dict[str, Callable[[Side], float]] = {"turn": Side.turn, "board": Side.job_board, "claim": Side.claim}
SEEN: dict[str, Callable[[Side], float]] = {**MEASURES, "claim": Side.claim_the_last}


def build(folder: Path, url: str, messages: int) -> Side:
    """Make one of the two databases."""
    folder.mkdir(exist_ok=True)
    begun = time.perf_counter()
    installation = install(folder, url, CALLBOARD_WHATSAPP_RATE="1000")
    board = f"/jobs/{fill(installation, messages)}"
    print(f"{messages} messages filled in, {time.perf_counter() - begun:.0f} s", flush=True)
    return Side(installation, Recruiter(installation.runtime), board)


def compare(report: Report, kind: str, folder: Path, url: str) -> None:
    """Measure one kind of database."""
    with another_database(kind, folder / "few", url) as other_url:
        few = build(folder / "few", other_url, FEW)
        many = build(folder, url, number_given(MANY))
        ratios: dict[str, list[float]] = {name: [] for name in MEASURES}
        for place in range(-1, ROUNDS):
            for name, measure in MEASURES.items():
                order = (few, many) if place % 2 else (many, few)
                costs = {side.board: measure(side) for side in order}
                if place >= 0:  # the first round warms up
                    ratios[name].append(costs[many.board] / costs[few.board])
        for name, seen in SEEN.items():
            report.tell(f"growth, {kind}, {name}", ratios[name], f"times the cost with {FEW} messages", BUDGET)
            for step in scans(many.installation.runtime.database, lambda seen=seen: seen(many)):
                print(f"  reads a whole table: {step}", flush=True)
        for side in (few, many):
            side.installation.runtime.database.engine.dispose()


if __name__ == "__main__":
    sys.exit(on_each_database(compare))
