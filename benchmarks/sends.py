"""Sends a second of one `callboard worker messages` against a provider that takes 100 ms for each.

How: 200,000 older messages lie in the tables. First the claim alone, in this process: what it costs while 10,000
messages wait, beside what it costs while 100 do. Then the welcomes of 1,500 people wait in the outbox; a worker process
is started beside a Redis and rung for, and what counts is the time from the first tenth sent to the ninth. The
sender's own pace is set out of the way.

Floor: 100 sends a second; 200 are the aim (24 calls under way at once could do 240). A claim with 10,000 waiting
costs at most 1.5 times that with 100.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import func, select

from benchmarks.support.budget import Budget, Report
from benchmarks.support.claiming import claim_seconds, empty_outbox, leave_waiting, put_back
from benchmarks.support.conversation import apply_all
from benchmarks.support.databases import number_given, on_each_database
from benchmarks.support.filling import MESSAGES_EACH, fill, queue_one_each
from benchmarks.support.installation import Installation, embedded_redis, install, process
from benchmarks.support.processes import cpu_seconds, peak_megabytes
from benchmarks.support.provider import provider
from bot.models import Message
from bot.queue import MESSAGES, task_queue
from bot.work import DRAIN, reading

RATE = Budget(floor=100, aim=200, better="more")
CLAIM = Budget(floor=1.5, aim=1.1, better="less")
SENDS, LONGEST = 1500, 120.0
FEW, MANY, CLAIMS, ROUNDS = 100, number_given(10_000), 40, 5


def measure_sends(report: Report, kind: str, installation: Installation) -> None:
    """Let a worker empty the outbox."""
    apply_all(installation.runtime, installation.form_id, range(SENDS))
    seen: list[tuple[float, int]] = []
    with process("webhooks", "worker", MESSAGES, environment=installation.environment()) as pid:
        queue = task_queue(installation.environ["REDIS_URL"])
        deadline = time.monotonic() + LONGEST
        while (not seen or seen[-1][1] < SENDS) and time.monotonic() < deadline:
            queue.ring(MESSAGES, DRAIN)
            time.sleep(0.2)
            seen.append((time.monotonic(), _sent(installation)))
        cpu, memory = cpu_seconds(pid), peak_megabytes(pid)
    steady = [(moment, sent) for moment, sent in seen if SENDS * 0.1 <= sent <= SENDS * 0.9]
    rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(steady, steady[5:], strict=False)]
    report.tell(f"sends, {kind}", rates, "a second", RATE)
    print(f"sends, {kind}: {cpu / SENDS * 1e3:.2f} ms of the worker's CPU each, {memory:.0f} MB at most", flush=True)
    report.demand(f"sends, {kind}: all {SENDS} sent", kept=seen[-1][1] == SENDS)


def _sent(installation: Installation) -> int:
    with reading(installation.runtime) as work:
        sent = select(func.count()).where(Message.status == "sent")
        return int(work.connection.execute(sent).scalar_one())


def measure_claims(report: Report, kind: str, installation: Installation) -> None:
    """Claim while many wait and while few do, by turns."""
    runtime, ratios = installation.runtime, []
    fill(installation, MANY * MESSAGES_EACH)
    queue_one_each(installation, MANY)
    for _ in range(ROUNDS):
        many = claim_seconds(runtime, CLAIMS)
        leave_waiting(runtime, FEW)
        ratios.append(many / claim_seconds(runtime, CLAIMS))
        put_back(runtime)
    empty_outbox(runtime)
    report.tell(f"claim, {kind}, {MANY} waiting", ratios, f"times that with {FEW}", CLAIM)


def measure(report: Report, kind: str, folder: Path, url: str) -> None:
    """Measure one database."""
    with embedded_redis(folder) as redis, provider(folder, "--no-callbacks") as settings:
        installation = install(folder, url, REDIS_URL=redis, CALLBOARD_WHATSAPP_RATE="1000", **settings)
        measure_claims(report, kind, installation)
        measure_sends(report, kind, installation)
    installation.runtime.database.engine.dispose()


if __name__ == "__main__":
    sys.exit(on_each_database(measure))
