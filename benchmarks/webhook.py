"""The inbound webhook over HTTP, all of it: signature, dedupe, step, answer, outbox, commit, bell in Redis.

How: `callboard serve` (gunicorn gthread, processes of eight threads) and a bare Flask route on the very same
server stand side by side. A client of 16 connections in a process of its own sends slices of a second to
one and the other by turns: to ours distinct, validly signed messages, whole conversations with every kind of
answer. No worker runs, so that the two have the same machine. Beside the ratio of the rates stands that of the
CPU that the servers' processes use for a request: it hardly depends on what else the machine does. Both run as many
processes as Callboard takes on this machine, or as `WEB_CONCURRENCY` says (docs/decisions/017).

Floor: 0.20 of the bare route's rate on SQLite (NORMAL), 0.15 on PostgreSQL with durable commits; aim: 0.35 and 0.25.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import func, select

from benchmarks.support.budget import Budget, Report
from benchmarks.support.conversation import SCRIPT, apply_all
from benchmarks.support.databases import POSTGRESQL, SQLITE, on_each_database
from benchmarks.support.installation import Installation, embedded_redis, free_port, install, process
from benchmarks.support.load import CONNECTIONS, Load, load
from benchmarks.support.processes import cpu_seconds, family
from benchmarks.support.wire import conversation, hello
from bot.models import Enrolment, Message
from bot.work import reading

BUDGETS = {
    SQLITE: Budget(floor=0.20, aim=0.35, better="more"),
    POSTGRESQL: Budget(floor=0.15, aim=0.25, better="more"),
}
PAIRS, SECONDS, WARM_UP = 8, 1.0, 0.5
PEOPLE = 80 * CONNECTIONS  # more than can be served in that time


def compare(report: Report, kind: str, folder: Path, url: str) -> None:
    """Measure one database."""
    with embedded_redis(folder) as redis:
        installation = install(folder, url, REDIS_URL=redis)
        apply_all(installation.runtime, installation.form_id, range(PEOPLE))
        lines = [
            [
                request
                for person in range(line, PEOPLE, CONNECTIONS)
                for request in conversation(person, installation.port)
            ]
            for line in range(CONNECTIONS)
        ]
        requests = {"messages": lines, "hello": [[hello()] * 40_000] * CONNECTIONS}
        bare_port = free_port()
        bare = process("benchmarks.support.bare_flask", environment=_bare(installation, bare_port), port=bare_port)
        ours = process("webhooks", "serve", environment=installation.environment(), port=installation.port)
        with bare as bare_pid, ours as our_pid, load(folder, requests) as client:
            answered = measure(
                report, kind, client, {"hello": (bare_port, bare_pid), "messages": (installation.port, our_pid)}
            )
        _check(report, kind, installation, answered)


def measure(report: Report, kind: str, client: Load, servers: dict[str, tuple[int, int]]) -> int:
    """Send slices by turns, tell the ratios; return how many messages were answered."""
    answered, rates, costs = 0, {"hello": [], "messages": []}, {"hello": [], "messages": []}
    latencies = []
    for what, (port, _) in servers.items():
        answered += client.slice(port, what, WARM_UP)["count"] * (what == "messages")
    for place in range(PAIRS):
        for what, (port, pid) in sorted(servers.items(), reverse=bool(place % 2)):
            before = cpu_seconds(pid)
            counted = client.slice(port, what, SECONDS)
            costs[what].append((cpu_seconds(pid) - before) / counted["count"] * 1e6)
            rates[what].append(counted["count"] / counted["seconds"])
            if what == "messages":
                answered += counted["count"]
                latencies += counted["latencies"]
    name = f"webhook, {kind}"
    print(f"{name}: web processes: {len(family(servers['messages'][1])) - 1}", flush=True)
    ratios = [ours / bare for ours, bare in zip(rates["messages"], rates["hello"], strict=True)]
    by_cpu = [bare / ours for ours, bare in zip(costs["messages"], costs["hello"], strict=True)]
    report.tell(name, ratios, "of bare Flask's rate", BUDGETS[kind])
    report.tell(f"{name}, by the servers' CPU for a request", by_cpu, "of bare Flask's")
    report.tell(f"{name}, rate", rates["messages"], "a second")
    report.tell(f"{name}, bare Flask", rates["hello"], "a second")
    report.tell(f"{name}, CPU of a request", costs["messages"], "us")
    report.tell_latencies(name, latencies)
    return answered


def _bare(installation: Installation, port: int) -> dict[str, str]:
    return installation.environment(PORT=str(port))


def _check(report: Report, kind: str, installation: Installation, answered: int) -> None:
    """A figure counts only if the work was done: every message stored once, whole conversations at their end."""
    with reading(installation.runtime) as work:
        stored = work.connection.execute(select(func.count()).where(Message.inbound)).scalar_one()
        completed = select(func.count()).where(Enrolment.status == "completed")
        ended = work.connection.execute(completed).scalar_one()
    installation.runtime.database.engine.dispose()
    whole = answered // len(SCRIPT) - CONNECTIONS <= ended <= answered // len(SCRIPT)
    report.demand(
        f"webhook, {kind}: {answered} messages stored once, {ended} conversations completed",
        kept=stored == answered and whole,
    )


if __name__ == "__main__":
    sys.exit(on_each_database(compare))
