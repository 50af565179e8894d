"""The figures for Prometheus; addresses and ids are never labels."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import Select, func, select

from bot.channels.base import MessageStatus
from bot.models import Channel, Conversation, Enrolment, InboundStatus, Message, SweepRun
from bot.runtime import Runtime
from bot.work import Work, reading

WEBHOOKS = Counter("callboard_webhook_requests_total", "Webhook requests by source and outcome.", ["source", "outcome"])
"""Of this process alone; everything else is read from the database, and so is of the whole installation."""


def exposition(runtime: Runtime) -> bytes:
    """Return all figures in Prometheus' text format."""
    registry = CollectorRegistry()
    with reading(runtime) as work:
        _messages(work, registry)
        _enrolments(work, registry)
        _channels(work, registry)
        _sweeps(work, registry)
    return generate_latest(registry) + generate_latest()


def _messages(work: Work, registry: CollectorRegistry) -> None:
    gauge = Gauge("callboard_outbox_messages", "Outgoing messages not settled.", ["status"], registry=registry)
    for status in (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNCONFIRMED):
        counted = select(func.count()).select_from(Message).where(Message.status == status, ~Message.inbound)
        gauge.labels(status).set(work.connection.execute(counted).scalar_one())
    queued = select(func.min(Message.created_at)).where(Message.status == MessageStatus.QUEUED, ~Message.held)
    _age(work, registry, "callboard_outbox_oldest_age_seconds", "Age of the oldest queued message.", queued)
    received = select(func.min(Message.created_at)).where(Message.status == InboundStatus.RECEIVED)
    _age(work, registry, "callboard_inbox_oldest_age_seconds", "Age of the oldest message not handled.", received)


def _enrolments(work: Work, registry: CollectorRegistry) -> None:
    gauge = Gauge("callboard_enrolments", "Enrolments by status.", ["status"], registry=registry)
    for status, count in work.connection.execute(select(Enrolment.status, func.count()).group_by(Enrolment.status)):
        gauge.labels(status).set(count)
    people = select(func.count()).select_from(Conversation).where(Conversation.needs_person.is_not(None))
    waiting = Gauge("callboard_conversations_needing_a_person", "Conversations that need a person.", registry=registry)
    waiting.set(work.connection.execute(people).scalar_one())


def _channels(work: Work, registry: CollectorRegistry) -> None:
    gauge = Gauge("callboard_breaker_open", "Channels on which sending pauses.", ["kind"], registry=registry)
    for kind, until in work.connection.execute(select(Channel.kind, Channel.paused_until).where(Channel.active)):
        gauge.labels(kind).set(1 if until and until > work.now else 0)


def _sweeps(work: Work, registry: CollectorRegistry) -> None:
    text = "When a duty last ended well."
    gauge = Gauge("callboard_sweep_last_success_timestamp_seconds", text, ["name"], registry=registry)
    for name, ran_at in work.connection.execute(select(SweepRun.name, SweepRun.ran_at)):
        gauge.labels(name).set(ran_at.timestamp())


def _age(work: Work, registry: CollectorRegistry, name: str, text: str, oldest: Select[Any]) -> None:
    since = work.connection.execute(oldest).scalar_one_or_none()
    Gauge(name, text, registry=registry).set((work.now - since).total_seconds() if since else 0)
