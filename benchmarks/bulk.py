"""Ten thousand applications moved into a stage at once, while candidates go on writing.

How: web, both workers and the clock as in the Procfile, a Redis, and a provider that takes 100 ms and calls back.
The applications lie in a stage without a campaign, their people with 200,000 older messages; `POST /moves` brings all
into a stage with one, whose welcomes go out meanwhile at the usual pace of 80 a second. Ten times a second one of
some other people goes on with a conversation over the signed webhook; what counts is the time until the 200.

There is no floor but that every application is moved, no message lost, and no answer takes the 15 seconds after which
the provider gives up. Told are the rate, the most memory that each process held, and the latency before and meanwhile.
`bulk.py sqlite 2000` moves fewer, a multiple of 100.
"""

import json
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import func, select, update
from urllib3 import PoolManager

from benchmarks.support.budget import Report
from benchmarks.support.conversation import apply_all
from benchmarks.support.databases import number_given, on_each_database
from benchmarks.support.filling import BASE, MESSAGES_EACH, fill
from benchmarks.support.installation import Installation, embedded_redis, install, process
from benchmarks.support.processes import family, peak_megabytes
from benchmarks.support.provider import provider
from benchmarks.support.wire import conversation
from bot.intake.keys import create_key
from bot.models import Application, BulkMoveItem, Message, Stage
from bot.queue import MESSAGES, SWEEPS
from bot.work import reading, unit_of_work
from webhooks.api.moves import MOST

MOVED = number_given(10_000)
WRITERS = MOVED // 20 + 100
EVERY, QUIET, LONGEST = 0.1, 60, 600.0
GIVES_UP = 15.0
PROCESSES = {"web": ("serve",), "messages": ("worker", MESSAGES), "sweeps": ("worker", SWEEPS), "clock": ("clock",)}


@dataclass(slots=True)
class Writers:
    """People who write one after the other, each whole conversations in order."""

    port: int
    pending: Iterator[bytes]
    written: int = 0
    latencies: list[float] = field(default_factory=list)

    def write(self) -> None:
        """Let the next message come, and wait for its answer."""
        begun = time.perf_counter()
        with socket.create_connection(("127.0.0.1", self.port), GIVES_UP) as connection:
            connection.sendall(next(self.pending))
            status = connection.recv(4096)[9:12]
        self.latencies.append(time.perf_counter() - begun)
        self.written += status == b"200"
        time.sleep(max(0.0, EVERY - (time.perf_counter() - begun)))


def prepare(installation: Installation) -> list[str]:
    """Bring the applications into the stage without a campaign; return their ids."""
    fill(installation, MOVED * MESSAGES_EACH)
    with unit_of_work(installation.runtime) as work:
        job = select(Stage.job_id).where(Stage.id == installation.holding_id).scalar_subquery()
        place = {"job_id": job, "stage_id": installation.holding_id}
        work.connection.execute(update(Application).where(Application.id > BASE).values(place))
        ids = list(work.connection.execute(select(Application.public_id)).scalars())
    apply_all(installation.runtime, installation.form_id, range(WRITERS))
    print(f"{MOVED} applications are ready", flush=True)
    return ids


def ask(installation: Installation, applications: list[str]) -> None:
    """Ask for the moves, in as few requests as the API takes."""
    with unit_of_work(installation.runtime) as work:
        key = create_key(work, "bench", ())
        stage = work.connection.execute(select(Stage.public_id).where(Stage.id == installation.form_id)).scalar_one()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for begin in range(0, len(applications), MOST):
        body = json.dumps({"applications": applications[begin : begin + MOST], "stage": stage})
        url = f"http://127.0.0.1:{installation.port}/api/v1/moves"
        answer = PoolManager().request("POST", url, body=body, headers=headers, timeout=60)
        if answer.status != 202:
            raise RuntimeError(f"the moves were answered with {answer.status}: {answer.data[:500]!r}")


def items(installation: Installation, status: str) -> int:
    """Count the applications of the moves that are so far."""
    with reading(installation.runtime) as work:
        counted = select(func.count()).select_from(BulkMoveItem).where(BulkMoveItem.status == status)
        return int(work.connection.execute(counted).scalar_one())


def move_all(report: Report, kind: str, installation: Installation, applications: list[str], writers: Writers) -> None:
    """Let people write before and while the applications are moved."""
    for _ in range(QUIET):
        writers.write()
    quiet, writers.latencies = writers.latencies, []
    begun = time.monotonic()
    ask(installation, applications)
    asked, done, rates = time.monotonic() - begun, 0, []
    while done < MOVED and time.monotonic() < begun + LONGEST:
        since = time.monotonic()
        for _ in range(20):
            writers.write()
        before, done = done, MOVED - items(installation, "pending")
        rates.append((done - before) / (time.monotonic() - since))
    took = time.monotonic() - begun
    report.tell(f"bulk, {kind}, moves", rates, "a second")
    print(f"bulk, {kind}: {done} moved in {took:.0f} s, {done / took:.0f} a second", flush=True)
    print(f"bulk, {kind}: taken down in {asked:.1f} s, in requests of at most {MOST}", flush=True)
    report.tell_latencies(f"bulk, {kind}, inbound before", quiet)
    report.tell_latencies(f"bulk, {kind}, inbound meanwhile", writers.latencies)
    ratio = statistics.median(writers.latencies) / statistics.median(quiet)
    print(f"bulk, {kind}: inbound meanwhile takes {ratio:.1f} times as long (medians)", flush=True)
    report.demand(f"bulk, {kind}: all moved", kept=items(installation, "done") == MOVED)
    report.demand(f"bulk, {kind}: answered within {GIVES_UP:g} s", kept=max(writers.latencies) < GIVES_UP)


def measure(report: Report, kind: str, folder: Path, url: str) -> None:
    """Measure one database."""
    with ExitStack() as stack:
        redis = stack.enter_context(embedded_redis(folder))
        settings = stack.enter_context(provider(folder))
        installation = install(folder, url, REDIS_URL=redis, **settings)
        applications = prepare(installation)
        pids = {}
        for name, words in PROCESSES.items():
            port = installation.port if name == "web" else None
            running = process("webhooks", *words, environment=installation.environment(), port=port)
            pids[name] = stack.enter_context(running)
        texts = (request for person in range(WRITERS) for request in conversation(person, installation.port))
        writers = Writers(installation.port, texts)
        move_all(report, kind, installation, applications, writers)
        for name, pid in pids.items():
            most = max(peak_megabytes(member) for member in family(pid))
            print(f"bulk, {kind}: {name} held {most:.0f} MB at most", flush=True)
    _check(report, kind, installation, writers)


def _check(report: Report, kind: str, installation: Installation, writers: Writers) -> None:
    with reading(installation.runtime) as work:
        stored = select(func.count()).where(Message.inbound, Message.id > BASE + MOVED * MESSAGES_EACH)
        kept = work.connection.execute(stored).scalar_one() == writers.written
    report.demand(f"bulk, {kind}: all {writers.written} inbound messages stored once", kept=kept)
    installation.runtime.database.engine.dispose()


if __name__ == "__main__":
    sys.exit(on_each_database(measure))
