"""The figures: of the whole installation whoever is asked, right, cheap, and shown to nobody else."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, text, update

from bot.channels.base import MessageStatus, OutcomeUnknown
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.sending import send_due
from bot.insight.gauges import look
from bot.migrate import upgrade
from bot.models import Message
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.tallies import Tallies
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.operation.test_nothing_leaks import World, applied
from tests.stories import HELLO, Story
from tests.webhooks.api.conftest import api_of
from webhooks.app import create_app
from webhooks.metrics import exposition

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def figures(runtime: Runtime) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return all samples by name and labels."""
    families = text_string_to_metric_families(exposition(runtime).decode())
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def figure(runtime: Runtime, name: str, **labels: str) -> Any:
    return figures(runtime).get((name, frozenset(labels.items())))


def test_what_several_processes_count_is_added_up(build_runtime: Build) -> None:
    processes = [build_runtime() for _ in range(3)]
    make_ready(processes[0])
    for process in processes:
        for _ in range(4):
            process.tallies.count("callboard_webhook_requests", source="twilio", outcome="accepted")
        process.tallies.time("callboard_webhook_duration_seconds", 0.03, source="twilio")
        process.tallies.time("callboard_webhook_duration_seconds", 60, source="twilio")
        process.tallies.stamp("callboard_sweeper_last_success_timestamp_seconds", 7, sweep="x")
        process.tallies.write_down(process.database)
    for asked in processes:
        assert figure(asked, "callboard_webhook_requests_total", source="twilio", outcome="accepted") == 12
        assert figure(asked, "callboard_webhook_duration_seconds_bucket", source="twilio", le="0.05") == 3
        assert figure(asked, "callboard_webhook_duration_seconds_bucket", source="twilio", le="0.025") == 0
        assert figure(asked, "callboard_webhook_duration_seconds_count", source="twilio") == 6
        assert figure(asked, "callboard_webhook_duration_seconds_sum", source="twilio") == pytest.approx(180.09)
        assert figure(asked, "callboard_sweeper_last_success_timestamp_seconds", sweep="x") == 7


def test_processes_that_write_down_at_once_lose_nothing(build_runtime: Build) -> None:
    processes = [build_runtime() for _ in range(4)]
    make_ready(processes[0])

    def live(process: Runtime) -> None:
        for _ in range(10):
            for reason in ("scope", "no_key", "unknown_key"):
                process.tallies.count("callboard_authz_denied", reason=reason)
            process.tallies.write_down(process.database)

    threads = [threading.Thread(target=live, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert figure(processes[0], "callboard_authz_denied_total", reason="scope") == 40


@ONLY_SQLITE
@pytest.mark.unmigrated
def test_counts_are_kept_where_the_database_is_away_and_written_by_themselves(
    build_runtime: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = build_runtime()
    runtime.tallies.count("callboard_login_failures", reason="wrong")
    runtime.tallies.write_down(runtime.database)  # there is no table yet
    upgrade(runtime.database)
    make_ready(runtime)
    assert figure(runtime, "callboard_login_failures_total", reason="wrong") == 1
    monkeypatch.setattr("bot.tallies.EVERY", 0.05)
    alone = Tallies(runtime.database)
    alone.count("callboard_login_failures", reason="wrong")
    assert alone._timer
    alone._timer.join(10)
    assert figure(runtime, "callboard_login_failures_total", reason="wrong") == 2


@ONLY_SQLITE
def test_a_story_moves_every_figure_that_it_should(build_runtime: Build) -> None:
    first = build_runtime()
    sender = FakeSender(first.clock, listed=[HELLO])
    runtime = build_runtime(sender)
    make_ready(runtime)
    refresh_templates(runtime)
    world = World(runtime)
    applied(world)
    assert figure(runtime, "callboard_outbox_backlog_messages", channel="whatsapp", state="queued") == 1
    runtime.clock.move(timedelta(seconds=100))  # type: ignore[attr-defined]
    assert figure(runtime, "callboard_outbox_oldest_due_age_seconds", channel="whatsapp") == 100
    send_due(runtime)
    sent = sender.accepted[-1].public_id
    assert (
        world.twilio(f"status/{sent}", MessageSid=f"SM{1:032x}", MessageStatus="delivered", From="whatsapp:+1") == 204
    )
    assert world.twilio("status/zzz", MessageSid="SM" + "8" * 32, MessageStatus="sent") == 204
    assert (world.says(1, "yes"), world.says(1, "yes"), world.twilio("messages", signed=False)) == (200, 200, 403)
    world.api("GET", "/jobs", query_string={"limit": "1"})
    world.client.get("/api/v1/jobs")
    sender.fails = [OutcomeUnknown("reset")]
    runtime.clock.move(timedelta(seconds=5))  # type: ignore[attr-defined]
    send_due(runtime)
    world.sweep()
    seen = figures(runtime)
    for name, labels in EXPECTED:
        assert seen.get((name, frozenset(labels.items()))), (name, labels)
    assert figure(runtime, "callboard_webhook_requests_total", source="twilio", outcome="duplicate") == 1
    assert figure(runtime, "callboard_webhook_requests_total", source="twilio", outcome="bad_signature") == 1
    assert figure(runtime, "callboard_outbox_backlog_messages", channel="whatsapp", state="sending") == 1
    assert figure(runtime, "callboard_breaker_open", provider="twilio", channel="whatsapp") == 0
    next(sweep for sweep in SWEEPS if sweep.name == "expire_enrolments").run(runtime)
    assert figure(runtime, "callboard_worker_up", role="sweeps") == 1
    runtime.clock.move(timedelta(minutes=5))  # type: ignore[attr-defined]
    assert figure(runtime, "callboard_worker_up", role="sweeps") == 0


EXPECTED: list[tuple[str, dict[str, str]]] = [
    ("callboard_webhook_requests_total", {"source": "twilio", "outcome": "accepted"}),
    ("callboard_webhook_requests_total", {"source": "twilio_status", "outcome": "accepted"}),
    ("callboard_webhook_requests_total", {"source": "twilio_status", "outcome": "unknown"}),
    ("callboard_webhook_duration_seconds_count", {"source": "twilio"}),
    ("callboard_transition_duration_seconds_count", {}),
    ("callboard_send_attempts_total", {"channel": "whatsapp", "class": "sent"}),
    ("callboard_send_attempts_total", {"channel": "whatsapp", "class": "unknown"}),
    ("callboard_duplicates_suppressed_total", {"place": "inbox"}),
    ("callboard_delivery_status_total", {"channel": "whatsapp", "status": "delivered"}),
    ("callboard_reconcile_last_success_timestamp_seconds", {}),
    ("callboard_sweeper_last_success_timestamp_seconds", {"sweep": "expire_enrolments"}),
    ("callboard_authz_denied_total", {"reason": "no_key"}),
    ("callboard_enrolments", {"status": "in_progress"}),
]


@ONLY_SQLITE
def test_every_figure_begins_with_callboard_and_has_a_bounded_number_of_labels(story: Story) -> None:
    story.job()
    story.apply()
    story.says("yes")
    seen = figures(story.runtime)
    assert all(name.startswith("callboard_") for name, _ in seen)
    assert len(seen) < 200
    assert {label for _, labels in seen for label, _ in labels} <= {
        "source", "outcome", "le", "channel", "state", "class", "how", "place", "status", "provider", "sweep", "what", "role",
        "version", "reason",
    }  # fmt: skip


def test_no_figure_reads_a_whole_table_of_messages_or_people(runtime: Runtime) -> None:
    seen: list[tuple[str, Any]] = []
    engine = runtime.database.engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with reading(runtime) as work:
        look(work)
    event.remove(engine, "before_cursor_execute", note)
    statements = [each for each in seen if each[0].startswith("SELECT")]
    assert len(statements) >= 6
    with engine.connect() as connection:
        if not runtime.database.is_sqlite:
            connection.execute(text("SET enable_seqscan = off"))
        for statement, parameters in statements:
            explain = "EXPLAIN QUERY PLAN " if runtime.database.is_sqlite else "EXPLAIN "
            plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))
            for table in ("messages", "conversations", "enrolments"):
                assert f"SCAN {table}'" not in plan, (statement, plan)
                assert f"Seq Scan on {table}" not in plan, (statement, plan)
            if "FROM messages" in statement:
                assert any(
                    name in plan
                    for name in (
                        "ix_messages_due",
                        "ix_messages_sending",
                        "ix_messages_unconfirmed",
                        "ix_messages_received",
                    )
                ), plan


@ONLY_SQLITE
def test_what_is_not_due_or_unconfirmed_is_told_apart(story: Story) -> None:
    story.job()
    story.apply()
    with unit_of_work(story.runtime) as work:
        later = work.now + timedelta(hours=1)
        work.connection.execute(update(Message).values(status=MessageStatus.QUEUED, not_before=later))
    assert figure(story.runtime, "callboard_outbox_oldest_due_age_seconds", channel="whatsapp") == 0
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Message).values(status=MessageStatus.UNCONFIRMED))
    assert figure(story.runtime, "callboard_outbox_backlog_messages", channel="whatsapp", state="unconfirmed") == 1


@ONLY_SQLITE
def test_only_this_machine_may_look_unless_there_is_a_token(build_runtime: Build) -> None:
    runtime = build_runtime()
    make_ready(runtime)
    client = create_app(runtime).test_client()
    for address, status in {"127.0.0.1": 200, "127.8.0.1": 200, "::1": 200, "::ffff:127.0.0.1": 200, "10.0.0.1": 403,
                            "::ffff:10.0.0.1": 403, "8.8.8.8": 403, "": 403, "x": 403}.items():  # fmt: skip
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": address}).status_code == status, address
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "x-forwarded-proto"):
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 403
    guarded = create_app(build_runtime(CALLBOARD_METRICS_TOKEN="a-long-token")).test_client()
    for given, status in {"Bearer a-long-token": 200, "Bearer a-long-toke": 403, "": 403, "Bearer é": 403}.items():
        assert guarded.get("/metrics", headers={"Authorization": given}).status_code == status
    answer = guarded.get("/metrics", headers={"Authorization": "Bearer a-long-token"})
    assert answer.content_type.startswith("text/plain; version=")


@ONLY_SQLITE
@pytest.mark.unmigrated
def test_health_tells_alive_from_ready(build_runtime: Build) -> None:
    runtime = build_runtime()
    client = create_app(runtime).test_client()
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    upgrade(runtime.database)
    make_ready(runtime)
    assert client.get("/health/ready").json == {"status": "ready"}
    with unit_of_work(runtime) as work:
        work.connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
    runtime.stopping.set()
    assert client.get("/health/ready").json == {"status": "stopping"}


@ONLY_SQLITE
def test_without_a_database_it_is_alive_and_not_ready(build_runtime: Build) -> None:
    runtime = build_runtime(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    client = create_app(runtime).test_client()
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json) == (503, {"status": "no database"})
    for address, form in (("/api/v1/jobs", "application/problem+json"), ("/metrics", "text/plain")):
        refused = client.get(address, headers={"Authorization": "Bearer cb_x"})
        assert (refused.status_code, refused.mimetype, refused.headers["Retry-After"]) == (503, form, "5")
        assert "nobody" not in refused.text


@ONLY_SQLITE
def test_all_duties_note_that_they_ended_well(runtime: Runtime) -> None:
    api_of(runtime)
    for sweep in SWEEPS:
        sweep.run(runtime)
    assert {sweep.name for sweep in SWEEPS} == {
        dict(labels)["sweep"] for name, labels in figures(runtime) if name.startswith("callboard_sweeper_last")
    }
