"""A durable turn: inbound stored, step, answer, position and outbox, one commit; one process, SQLite.

How: whole conversations through `receive`, in slices. Before and after each slice the yardstick (one `json.dumps`
of 1 KB) is measured. After it the peer holds the same conversation: botbuilder-dialogs, its state in a SQLite
file of the same durability, in a process of its own.

Floor, with SQLite NORMAL: at most 90 yardsticks and 1.5 times the peer's rate; aim: 45 and 3 times. FULL is
printed too.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.support.budget import Budget, Report
from benchmarks.support.conversation import SCRIPT, turn_seconds
from benchmarks.support.installation import OUR_NUMBER, ROOT, install
from benchmarks.support.yardstick import dumps_seconds

PEER = ROOT / ".venv-peer" / "bin" / "python"
COST = {"NORMAL": Budget(floor=90, aim=45, better="less"), "FULL": None}
RATE = {"NORMAL": Budget(floor=1.5, aim=3, better="more"), "FULL": None}
ROUNDS, TALKS = 9, 25


class Peer:
    """The peer's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def turn_seconds(self, synchronous: str, talks: int) -> float:
        """Let it hold so many conversations; return the seconds of one turn."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"synchronous": synchronous, "talks": talks, "script": SCRIPT}), file=self._process.stdin)
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


@contextmanager
def peer(folder: Path) -> Iterator[Peer | None]:
    """Run the peer; None, said loudly, where its environment could not be made."""
    if not PEER.exists():
        print("!!!!!!!! NOT MEASURED: the peer, botbuilder-dialogs, is missing; `make bench` installs it !!!!!!!!")
        yield None
        return
    command = [str(PEER), str(ROOT / "benchmarks" / "peer" / "form_bot.py"), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()


def measure(report: Report, folder: Path, synchronous: str, other: Peer | None) -> None:
    """Measure slices of ours and of the peer's by turns."""
    settings = {"CALLBOARD_SQLITE_SYNCHRONOUS": synchronous}
    installation = install(folder, f"sqlite:///{folder}/{synchronous}.db", **settings)

    def talk(first: int, talks: int) -> float:
        return turn_seconds(installation.runtime, installation.form_id, range(first, first + talks), OUR_NUMBER)

    talk(0, 5)
    if other:
        other.turn_seconds(synchronous, 5)
    yards, micros, rates = [], [], []
    for place in range(ROUNDS):
        before = dumps_seconds()
        seconds = talk(1000 + place * TALKS, TALKS)
        yards.append(2 * seconds / (before + dumps_seconds()))
        micros.append(seconds * 1e6)
        if other:
            rates.append(other.turn_seconds(synchronous, TALKS) / seconds)
    report.tell(f"turn, SQLite {synchronous}", yards, "yardsticks", COST[synchronous])
    report.tell(f"turn, SQLite {synchronous}", micros, "us")
    if rates:
        report.tell(
            f"turn, SQLite {synchronous}, beside botbuilder-dialogs", rates, "times its rate", RATE[synchronous]
        )


def main() -> int:
    """Measure both durabilities; 1 where a floor is missed, or in CI the peer is missing."""
    report = Report()
    with tempfile.TemporaryDirectory() as name, peer(Path(name)) as other:
        for synchronous in ("NORMAL", "FULL"):
            measure(report, Path(name), synchronous, other)
    if other is None and os.environ.get("CI"):  # noqa: TID251  only this script asks
        report.demand("peer measured, as in CI nothing may be skipped", kept=False)
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(main())
