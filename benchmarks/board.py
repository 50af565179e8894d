"""The board of a job with 10,000 applications: what it costs beside that of a job without any, by turns in one run.

How: the applications lie in six stages, their latest enrolments have every status, a few are about to be moved, each
has years of messages behind it. Measured is the server's share: the whole request, in this process, without the web
server. Beside the first page of the board stand one changed card (what a board asks for after an event), the first
and the last page of the table, and the sheet before all 10,000 are moved into a stage with a campaign.

Floor: the board at most 10 times the cost of the empty one, one card at most a tenth of its board in bytes and in time;
aim: 3 times and a fiftieth. `board.py sqlite 2000` takes fewer, a multiple of 100.
"""

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.support.budget import Budget, Report
from benchmarks.support.crowd import Crowd, gather
from benchmarks.support.databases import number_given, on_each_database
from benchmarks.support.installation import install
from benchmarks.support.recruiter import PART, Cost, Recruiter

PEOPLE = number_given(10_000)
BOARD = Budget(floor=10, aim=3, better="less")
CARD = Budget(floor=0.1, aim=0.02, better="less")
ROUNDS, TIMES, SHEETS, TABLE_ROWS = 9, 3, 3, 50
MILLISECONDS = 1e3


def measure(report: Report, kind: str, folder: Path, url: str) -> None:
    """Measure one database."""
    installation = install(folder, url)
    recruiter = Recruiter(installation.runtime)
    crowd = gather(installation, PEOPLE, recruiter.user_id, last_page=TABLE_ROWS)
    print(f"{PEOPLE} applications are ready", flush=True)
    pages = addresses(crowd)
    tell_times(report, f"board, {kind}", by_turns(recruiter, pages))
    tell_bytes(report, f"board, {kind}", recruiter, pages)
    tell_sheet(report, f"board, {kind}", recruiter, crowd)
    installation.runtime.database.engine.dispose()


def addresses(crowd: Crowd) -> dict[str, str]:
    """Return what is asked for, by name."""
    full, empty = f"/jobs/{crowd.full}", f"/jobs/{crowd.empty}"
    return {
        "empty board": empty,
        "board": full,
        "card": f"{full}/cards?application={crowd.newest}",
        "empty table": f"{empty}?view=table",
        "table": f"{full}?view=table",
        "last page": f"{full}?view=table&after={crowd.before_last}",
    }


def by_turns(recruiter: Recruiter, pages: dict[str, str], rounds: int = ROUNDS) -> dict[str, list[Cost]]:
    """Return the cost of an answer, of each page in each round; the first round warms up."""
    costs: dict[str, list[Cost]] = {name: [] for name in pages}
    for place in range(-1, rounds):
        for name in sorted(pages, reverse=bool(place % 2)):
            cost = recruiter.cost(pages[name], TIMES, PART if name == "card" else None)
            if place >= 0:
                costs[name].append(cost)
    return costs


def tell_times(report: Report, name: str, costs: dict[str, list[Cost]]) -> None:
    """Tell what each costs beside another of the same round."""

    def beside(what: str, other: str, words: str, budget: Budget | None = None) -> None:
        pairs = list(zip(costs[what], costs[other], strict=True))
        report.tell(f"{name}, {what}", [mine.seconds / its.seconds for mine, its in pairs], words, budget)
        report.tell(f"{name}, {what}, by this process's CPU", [mine.cpu / its.cpu for mine, its in pairs], words)

    beside("board", "empty board", "times an empty board's time", BOARD)
    beside("card", "board", "of its board's time", CARD)
    beside("table", "empty table", "times an empty table's time")
    beside("last page", "table", "times the first page's")
    for what, each in costs.items():
        report.tell(f"{name}, {what}", [cost.seconds * MILLISECONDS for cost in each], "ms")
        report.tell(f"{name}, {what}, CPU", [cost.cpu * MILLISECONDS for cost in each], "ms")


def tell_bytes(report: Report, name: str, recruiter: Recruiter, pages: dict[str, str]) -> None:
    """Tell how large one card is beside its board."""
    card, board = len(recruiter.get(pages["card"], PART)), len(recruiter.get(pages["board"]))
    print(f"{name}: a card has {card} bytes, its board {board}", flush=True)
    report.tell(f"{name}, card", [card / board], "of its board's bytes", CARD)


def tell_sheet(report: Report, name: str, recruiter: Recruiter, crowd: Crowd, times: int = SHEETS) -> None:
    """Tell what it costs to say what would follow for everybody, beside what it costs for one."""
    everybody, one = sheet_form(crowd, all="1"), sheet_form(crowd, application=crowd.newest)
    address = f"/jobs/{crowd.full}/plan"
    pairs = [(_seconds(recruiter, address, everybody), _seconds(recruiter, address, one)) for _ in range(times)]
    report.tell(f"{name}, sheet for {PEOPLE}", [all_ * MILLISECONDS for all_, _ in pairs], "ms")
    least = statistics.median(one for _, one in pairs)
    print(f"{name}, sheet for one: {least * MILLISECONDS:.0f} ms", flush=True)


def sheet_form(crowd: Crowd, **whom: str) -> dict[str, str]:
    """Return the form that asks what would follow if they were moved."""
    return {"kind": "move", "move_to": crowd.stage, **whom}


def _seconds(recruiter: Recruiter, address: str, form: dict[str, str]) -> float:
    begun = time.perf_counter()
    recruiter.post(address, form)
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(on_each_database(measure))
