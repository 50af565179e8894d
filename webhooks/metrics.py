"""The figures for Prometheus; addresses and ids are never labels.

All of them are of the whole installation, whichever process is asked: what stands in the database now, and
what all processes have counted (`bot/tallies.py`). So one process is enough to be scraped.
"""

from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import version

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bot.insight.gauges import Gauges, look
from bot.runtime import Runtime
from bot.sweeps import SUCCEEDED, SWEEPS
from bot.tallies import BUCKETS, read_tallies
from bot.work import reading

WEBHOOKS = "callboard_webhook_requests"
WEBHOOK_SECONDS = "callboard_webhook_duration_seconds"
TURN_SECONDS = "callboard_transition_duration_seconds"
DUPLICATES = "callboard_duplicates_suppressed"
STATUSES = "callboard_delivery_status"
LOGIN_FAILURES = "callboard_login_failures"
DENIED = "callboard_authz_denied"

COUNTERS = {
    WEBHOOKS: ("Webhook requests.", ("source", "outcome")),
    "callboard_send_attempts": ("Attempts to send, by what is known of them.", ("channel", "class")),
    "callboard_send_settled": ("Sends of unknown outcome that were settled.", ("how",)),
    DUPLICATES: ("Repeats that changed nothing.", ("place",)),
    STATUSES: ("Status callbacks.", ("channel", "status")),
    "callboard_reconcile_recovered": ("Messages that were found in the provider's lists only.", ("what",)),
    LOGIN_FAILURES: ("Failed log-ins.", ("reason",)),
    DENIED: ("Requests without the right to make them.", ("reason",)),
}
HISTOGRAMS = {
    WEBHOOK_SECONDS: ("Time to answer a webhook.", ("source",)),
    TURN_SECONDS: ("Time to store an incoming message, handle it and commit.", ()),
}
RECONCILED = "callboard_reconcile_last_success_timestamp_seconds"
ALIVE = timedelta(minutes=1)
Tallied = dict[str, list[tuple[dict[str, str], float]]]


def exposition(runtime: Runtime) -> bytes:
    """Return all figures in Prometheus' text format."""
    runtime.tallies.write_down(runtime.database)
    with reading(runtime) as work:
        gauges, tallied, now = look(work), read_tallies(work.connection), work.now
    registry = CollectorRegistry()
    registry.register(_Figures([*_gauges(gauges), *_duties(tallied, now.timestamp()), *_counted(tallied)]))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, figures: list[Metric]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from self._figures


def _gauges(gauges: Gauges) -> Iterator[Metric]:
    build = GaugeMetricFamily("callboard_build_info", "The version that runs.", labels=["version"])
    build.add_metric([version("callboard")], 1)
    yield build
    text = "Outgoing messages not settled."
    backlog = GaugeMetricFamily("callboard_outbox_backlog_messages", text, labels=["channel", "state"])
    for (channel, state), count in gauges.outbox.items():
        backlog.add_metric([channel, state], count)
    yield backlog
    text = "How long the message that has waited longest is overdue."
    overdue = GaugeMetricFamily("callboard_outbox_oldest_due_age_seconds", text, labels=["channel"])
    for channel, seconds in gauges.overdue_seconds.items():
        overdue.add_metric([channel], seconds)
    yield overdue
    text = "Incoming messages not handled."
    yield GaugeMetricFamily("callboard_inbox_backlog_messages", text, value=gauges.inbox)
    text = "Age of the oldest incoming message not handled."
    yield GaugeMetricFamily("callboard_inbox_oldest_age_seconds", text, value=gauges.inbox_seconds)
    enrolments = GaugeMetricFamily(
        "callboard_enrolments", "Enrolments by status: not over, or ended in the past day.", labels=["status"]
    )
    for status, count in gauges.enrolments.items():
        enrolments.add_metric([status], count)
    yield enrolments
    text = "Conversations that need a person."
    yield GaugeMetricFamily("callboard_conversations_needing_a_person", text, value=gauges.need_a_person)
    text = "1 while sending to a provider pauses."
    breaker = GaugeMetricFamily("callboard_breaker_open", text, labels=["provider", "channel"])
    for (provider, channel), is_open in gauges.breakers.items():
        breaker.add_metric([provider, channel], float(is_open))
    yield breaker


def _duties(tallied: Tallied, now: float) -> Iterator[Metric]:
    """Say when each duty last ended well, and of each queue whether one was done lately, by a worker or the clock."""
    stamps = {labels["sweep"]: value for labels, value in tallied.get(SUCCEEDED, ())}
    text = "When a periodic duty last ended well."
    succeeded = GaugeMetricFamily(SUCCEEDED, text, labels=["sweep"])
    for name, moment in stamps.items():
        succeeded.add_metric([name], moment)
    yield succeeded
    if "reconcile_messages" in stamps:
        text = "When the provider's lists were last compared with ours."
        yield GaugeMetricFamily(RECONCILED, text, value=stamps["reconcile_messages"])
    text = "1 where a duty of this queue was done within a minute."
    up = GaugeMetricFamily("callboard_worker_up", text, labels=["role"])
    for queue in sorted({sweep.queue for sweep in SWEEPS}):
        latest = max((stamps.get(sweep.name, 0) for sweep in SWEEPS if sweep.queue == queue), default=0)
        up.add_metric([queue], float(now - latest <= ALIVE.total_seconds()))
    yield up


def _counted(tallied: Tallied) -> Iterator[Metric]:
    for name, (text, labels) in COUNTERS.items():
        counter = CounterMetricFamily(name, text, labels=labels)
        for given, value in tallied.get(name, ()):
            counter.add_metric([given[label] for label in labels], value)
        yield counter
    for name, (text, labels) in HISTOGRAMS.items():
        histogram = HistogramMetricFamily(name, text, labels=labels)
        for given, seconds in tallied.get(f"{name}_sum", ()):
            own = {each["le"]: value for each, value in tallied[f"{name}_bucket"] if given.items() <= each.items()}
            histogram.add_metric([given[label] for label in labels], _cumulated(own), seconds)
        yield histogram


def _cumulated(own: dict[str, float]) -> list[tuple[str, float]]:
    """Add up the buckets: each holds all that is at most so long."""
    total, buckets = 0.0, []
    for bound in BUCKETS:
        total += own.get(bound, 0)
        buckets.append((bound, total))
    return buckets
