"""The figures for Prometheus; addresses and ids are never labels."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import func, select

from bot.channels.base import MessageStatus
from bot.models import Channel, Conversation, Enrolment, InboundStatus, Message, SweepRun
from bot.runtime import Runtime
from bot.work import reading

WEBHOOKS = Counter(
    "callboard_webhook_requests_total", "Webhook requests by source and outcome.", ["source", "outcome"]
)
"""Of this process alone; everything else is read from the database, and so is of the whole installation."""


def exposition(runtime: Runtime) -> bytes:
    """Return all figures in Prometheus' text format."""
    registry = CollectorRegistry()
    with reading(runtime) as work:
        connection, now = work.connection, work.now
        messages = Gauge("callboard_outbox_messages", "Outgoing messages not settled.", ["status"], registry=registry)
        for status in (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNCONFIRMED):
            count = select(func.count()).select_from(Message).where(Message.status == status, ~Message.inbound)
            messages.labels(status).set(connection.execute(count).scalar_one())
        oldest = select(func.min(Message.created_at)).where(Message.status == MessageStatus.QUEUED, ~Message.held)
        _age(registry, "callboard_outbox_oldest_age_seconds", "Age of the oldest queued message.", connection.execute(oldest).scalar(), now)
        waiting = select(func.min(Message.created_at)).where(Message.status == InboundStatus.RECEIVED)
        _age(registry, "callboard_inbox_oldest_age_seconds", "Age of the oldest message not handled.", connection.execute(waiting).scalar(), now)
        enrolments = Gauge("callboard_enrolments", "Enrolments by status.", ["status"], registry=registry)
        for status, count in connection.execute(select(Enrolment.status, func.count()).group_by(Enrolment.status)):
            enrolments.labels(status).set(count)
        people = select(func.count()).select_from(Conversation).where(Conversation.needs_person.is_not(None))
        Gauge("callboard_conversations_needing_a_person", "Conversations that wait for a person.", registry=registry).set(
            connection.execute(people).scalar_one()
        )
        paused = Gauge("callboard_breaker_open", "Channels on which sending pauses.", ["kind"], registry=registry)
        for kind, until in connection.execute(select(Channel.kind, Channel.paused_until).where(Channel.active)):
            paused.labels(kind).set(1 if until and until > now else 0)
        runs = Gauge("callboard_sweep_last_success_timestamp_seconds", "When a duty last ended well.", ["name"], registry=registry)
        for name, ran_at in connection.execute(select(SweepRun.name, SweepRun.ran_at)):
            runs.labels(name).set(ran_at.timestamp())
    return generate_latest(registry) + generate_latest()


def _age(registry, name, text, since, now):  # type: ignore[no-untyped-def]
    Gauge(name, text, registry=registry).set((now - since).total_seconds() if since else 0)
