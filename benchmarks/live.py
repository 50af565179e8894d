"""A hundred open boards of one job while 50 of its cards change a second by the provider's signed status callbacks.

How: a real `callboard serve`. Slices of callbacks at that pace, each for a welcome that has reached somebody else, by
turns with no board open; with boards that listen to their streams; and with boards that also ask for the cards that
have changed, as the page does. The boards are in a process of their own, five of each user. What counts of a callback
is the time from when it was due until its answer.

Floor: with boards that listen a callback takes at most twice the lone time (medians), and each board is told within
2 s; aim: 1.2 times and 1 s. What becomes of it where they also ask is told beside it. `live.py sqlite 50` takes fewer
callbacks a slice.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import bindparam, func, select, update

from benchmarks.support.boards import Boards, boards
from benchmarks.support.budget import Budget, Report
from benchmarks.support.conversation import apply_all
from benchmarks.support.databases import number_given, on_each_database
from benchmarks.support.installation import Installation, embedded_redis, install, process
from benchmarks.support.pacing import Answered, send_paced
from benchmarks.support.recruiter import log_in
from benchmarks.support.wire import delivered
from bot.models import Application, Delivery, Enrolment, Job, Message, Stage
from bot.work import reading, unit_of_work

BOARDS, EACH_USER = 100, 5
PER_SECOND = 50
CALLBACKS, WARM_UP, ROUNDS = number_given(200), 50, 5
ALONE, LISTENING, ASKING = "no board", "boards", "boards that ask"
SLICES = (ALONE, LISTENING, ASKING)
PEOPLE = WARM_UP + CALLBACKS * ROUNDS * len(SLICES)
SLOWER = Budget(floor=2, aim=1.2, better="less")
TOLD = Budget(floor=2, aim=1, better="less")


@dataclass(frozen=True, slots=True)
class Callback:
    """One that is still to come, and whose card it changes."""

    application: str
    request: bytes


@dataclass(slots=True)
class Seen:
    """What came of all slices of one kind."""

    slices: list[list[float]] = field(default_factory=list)
    """The seconds of the callbacks of each."""
    told: list[float] = field(default_factory=list)
    """For each card the seconds until the last board was told, from when its callback was due."""
    shown: list[float] = field(default_factory=list)
    missed: int = 0


def prepare(installation: Installation, people: int) -> tuple[str, list[Callback]]:
    """Let people apply whose welcomes are sent, and nothing more is known; return the job and what will be known."""
    apply_all(installation.runtime, installation.form_id, range(people))
    with unit_of_work(installation.runtime) as work:
        found = select(Message.id, Message.public_id, Application.public_id.label("application"))
        rows = work.connection.execute(
            found.join(Delivery, Delivery.message_id == Message.id)
            .join(Enrolment, Enrolment.id == Delivery.enrolment_id)
            .join(Application, Application.id == Enrolment.application_id)
            .order_by(Application.id)
        ).all()
        sent = {"status": "sent", "sent_at": work.now, "confirmed_at": work.now, "provider_id": bindparam("sid")}
        ids = [{"key": row.id, "sid": f"SM{row.id:032x}"} for row in rows]
        work.connection.execute(update(Message).where(Message.id == bindparam("key")).values(sent), ids)
        job = select(Job.public_id).join(Stage, Stage.job_id == Job.id).where(Stage.id == installation.form_id)
        public_id: str = work.connection.execute(job).scalar_one()
    pending = [
        Callback(row.application, delivered(person, f"SM{row.id:032x}", row.public_id, installation.port))
        for person, row in enumerate(rows)
    ]
    return public_id, pending


def cookies(installation: Installation, number: int) -> list[str]:
    """Log users in, for so many boards."""
    users = [log_in(installation.runtime, f"bench{user}")[1] for user in range(-(-number // EACH_USER))]
    return [users[board // EACH_USER] for board in range(number)]


def measure(port: int, opened: Boards, pending: Iterator[Callback], rounds: int = ROUNDS) -> dict[str, Seen]:
    """Run the slices by turns."""
    seen = {what: Seen() for what in SLICES}
    send_paced(port, [next(pending).request for _ in range(WARM_UP)], PER_SECOND)
    for place in range(rounds):
        for what in SLICES[:: -1 if place % 2 else 1]:
            run_slice(port, opened, [next(pending) for _ in range(CALLBACKS)], what, seen[what])
    return seen


def run_slice(port: int, opened: Boards, callbacks: list[Callback], what: str, seen: Seen) -> None:
    """Send one slice; note what came of it."""
    if what != ALONE:
        opened.open(asking=what == ASKING)
    answered = send_paced(port, [callback.request for callback in callbacks], PER_SECOND)
    seen.slices.append([each.seconds for each in answered])
    if what == ALONE:
        return
    heard = opened.close()
    due = {callback.application: each for callback, each in zip(callbacks, answered, strict=True)}
    seen.told += _until_last(heard["told"], due, seen)
    seen.shown += _until_last(heard["shown"], due, seen) if what == ASKING else []
    seen.missed += heard["failed"]


def _until_last(marks: dict[str, Any], due: dict[str, Answered], seen: Seen) -> list[float]:
    """Return until when the last board knew of each card, and count the boards that never did."""
    seen.missed += sum(BOARDS - marks.get(application, [0])[0] for application in due)
    return [marks[application][1] - answered.due for application, answered in due.items() if application in marks]


def tell(report: Report, name: str, seen: dict[str, Seen]) -> None:
    """Tell the ratios, and how long each took."""
    for what, each in seen.items():
        report.tell_latencies(f"{name}, callback, {what}", [seconds for part in each.slices for seconds in part])
    for what in (LISTENING, ASKING):
        budget = SLOWER if what == LISTENING else None
        report.tell(f"{name}, callback, {what}", _ratios(seen, what, median), "times the lone median", budget)
        report.tell(f"{name}, callback, {what}", _ratios(seen, what, _p95), "times the lone 95th percentile")
        report.tell(f"{name}, callback, {what}", _ratios(seen, what, max), "times the lone longest")
    report.tell_latencies(f"{name}, last board told", seen[LISTENING].told)
    report.tell(f"{name}, last board told", [max(seen[LISTENING].told)], "s at most", TOLD)
    report.tell_latencies(f"{name}, last board that asks told", seen[ASKING].told)
    report.tell_latencies(f"{name}, last board that asks has the card", seen[ASKING].shown)
    report.demand(f"{name}: every board was told of every card", kept=not seen[LISTENING].missed)
    print(f"{name}: boards that ask missed {seen[ASKING].missed}", flush=True)


def _ratios(seen: dict[str, Seen], what: str, figure: Any) -> list[float]:
    pairs = zip(seen[what].slices, seen[ALONE].slices, strict=True)
    return [figure(mine) / figure(alone) for mine, alone in pairs]


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20, method="inclusive")[-1]


def compare(report: Report, kind: str, folder: Path, url: str) -> None:
    """Measure one database."""
    with embedded_redis(folder) as redis:
        installation = install(folder, url, REDIS_URL=redis)
        job, pending = prepare(installation, PEOPLE)
        print(f"{PEOPLE} welcomes are on their way", flush=True)
        listeners = boards(folder, installation.port, job, cookies(installation, BOARDS))
        server = process("webhooks", "serve", environment=installation.environment(), port=installation.port)
        with server, listeners as opened:
            tell(report, f"live, {kind}", measure(installation.port, opened, iter(pending)))
    _check(report, kind, installation)


def _check(report: Report, kind: str, installation: Installation) -> None:
    """A figure counts only if the work was done."""
    with reading(installation.runtime) as work:
        counted = select(func.count()).where(Enrolment.status == "delivered")
        number = work.connection.execute(counted).scalar_one()
    report.demand(f"live, {kind}: {PEOPLE} enrolments delivered", kept=number == PEOPLE)
    installation.runtime.database.engine.dispose()


if __name__ == "__main__":
    sys.exit(on_each_database(compare))
