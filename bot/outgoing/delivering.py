"""Posting what waits: many endpoints at once, and none of them held up by another.

A delivery is claimed in one transaction, posted outside of any, and settled in a second one; whoever dies in between
leaves a claim that lapses. So an endpoint may be told twice, with the same `webhook-id`, and never not at all.
"""

import json
import logging
import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, select, update

from bot.audit import SYSTEM
from bot.errors import InvalidEvent
from bot.log import log_event
from bot.models import PING, DeliveryStatus, EndpointState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from bot.outgoing.addresses import read_target
from bot.outgoing.announcing import moment
from bot.outgoing.endpoints import PURPOSE, disable
from bot.outgoing.notices import tell_administrators
from bot.outgoing.posting import Answer, NotPosted, Poster
from bot.outgoing.schedule import MOST_ATTEMPTS, is_given_up, next_attempt
from bot.outgoing.signing import signed_headers
from bot.runtime import Runtime
from bot.secrets_at_rest import Unreadable, unseal
from bot.work import Work, reading, unit_of_work

LANES = 4
"""Posts to one endpoint at once; one alone to an endpoint that fails."""
MOST_AT_ONCE = 32
SERVE_SECONDS = 10.0
PATIENCE_SECONDS = 1.5
"""So long a sweep waits for its posts. Slow ones go on by themselves, and the next sweep passes them over."""
LEASE = timedelta(seconds=60)
KEPT_FOR = timedelta(days=30)
SHOWN = 1000
"""Characters of an answer that are kept."""
GONE = 410
LOST = "whoever tried it ended before an answer came"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to try, with all that a post takes."""

    id: int
    lease: str
    endpoint: str
    event: str
    type: str
    data: dict[str, Any]
    happened_at: datetime
    attempts: int
    url: str
    sealed: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; without a code no answer came."""

    error: str | None
    code: int | None = None
    response: str | None = None
    latency_ms: int | None = None


def deliver(runtime: Runtime, poster: Poster | None = None, *, patience: float | None = PATIENCE_SECONDS) -> None:
    """Post what is due. Returns after *patience* seconds at most; without them, when all is done that can be."""
    lanes = _lanes(runtime)
    if not lanes:
        return
    poster = poster or Poster(runtime.settings.webhooks_allow_private)
    pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="outgoing")
    begun = [pool.submit(_serve, runtime, poster, endpoint_id) for endpoint_id in lanes]
    for served in begun:
        served.add_done_callback(_log_fault)
    pool.shutdown(wait=False)
    wait(begun, timeout=patience)


def take_back_lost(runtime: Runtime) -> None:
    """Try again what nobody has settled in time; the attempt counts, as it may be what ends its worker."""
    with reading(runtime) as work:
        lost = (WebhookDelivery.status == DeliveryStatus.SENDING, WebhookDelivery.claimed_at <= work.now - LEASE)
        if work.connection.execute(select(WebhookDelivery.id).where(*lost).limit(1)).first() is None:
            return
    last = WebhookDelivery.attempts >= MOST_ATTEMPTS
    status = case((last, DeliveryStatus.FAILED.value), else_=DeliveryStatus.PENDING.value)
    with unit_of_work(runtime) as work:
        again = {"status": status, "not_before": work.now, "lease": None, "error": LOST}
        work.connection.execute(update(WebhookDelivery).where(*lost).values(**again))


def forget_old(work: Work) -> None:
    """Drop what happened a month ago and is settled."""
    before = work.now - KEPT_FOR
    old = select(WebhookEvent.id).where(WebhookEvent.at <= before)
    settled = WebhookDelivery.status.not_in((DeliveryStatus.PENDING, DeliveryStatus.SENDING))
    work.connection.execute(delete(WebhookDelivery).where(WebhookDelivery.event_id.in_(old), settled))
    told = select(WebhookDelivery.id).where(WebhookDelivery.event_id == WebhookEvent.id).exists()
    work.connection.execute(delete(WebhookEvent).where(WebhookEvent.at <= before, ~told))


def _log_fault(served: "Future[None]") -> None:
    if error := served.exception():
        log_event(_LOG, "outgoing_failed", level=logging.ERROR, error=error)


def _lanes(runtime: Runtime) -> list[int]:
    """Return the endpoints that have something due, each as often as it may be posted to now; healthy ones first."""
    with reading(runtime) as work:
        due = (*_of_endpoint(DeliveryStatus.PENDING), WebhookDelivery.not_before <= work.now)
        found = select(WebhookEndpoint.id, WebhookEndpoint.failing_since).where(exists().where(*due))
        endpoints = work.connection.execute(found.order_by(WebhookEndpoint.id)).all()
        endpoints = sorted(endpoints, key=lambda row: row.failing_since is not None)
        return [row.id for row in endpoints for _ in range(_free_lanes(work, row))]


def _of_endpoint(status: DeliveryStatus) -> tuple[ColumnElement[bool], ...]:
    return (WebhookDelivery.endpoint_id == WebhookEndpoint.id, WebhookDelivery.status == status)


def _free_lanes(work: Work, endpoint: Any) -> int:
    """Return how many posts may begin, of which there are as many due."""
    this = WebhookDelivery.endpoint_id == endpoint.id
    due = select(WebhookDelivery.id).where(this, WebhookDelivery.status == DeliveryStatus.PENDING)
    due = due.where(WebhookDelivery.not_before <= work.now).limit(LANES)
    waiting = len(work.connection.execute(due).all())
    under_way = select(func.count()).where(this, WebhookDelivery.status == DeliveryStatus.SENDING)
    most = LANES if endpoint.failing_since is None else 1
    return min(waiting, max(0, most - work.connection.execute(under_way).scalar_one()))


def _serve(runtime: Runtime, poster: Poster, endpoint_id: int) -> None:
    """Post to one endpoint, one after the other, until nothing is due, one fails, or others should have their turn."""
    until = monotonic() + SERVE_SECONDS
    while monotonic() < until and not runtime.stopping.is_set():
        with unit_of_work(runtime) as work:
            claimed = _claim(work, endpoint_id)
        if claimed is None:
            return
        outcome = _attempt(claimed, poster, runtime.settings.secret_key)
        with unit_of_work(runtime) as work:
            went_on = _settle(work, claimed, outcome)
        if not went_on:
            runtime.subscribers.forget()
        if outcome.error:
            return


def _claim(work: Work, endpoint_id: int) -> Claimed | None:
    """Take the oldest that is due, if there is one; what nobody is to be told any more is dropped on the way."""
    due = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == DeliveryStatus.PENDING)
        .where(WebhookDelivery.not_before <= work.now)
        .order_by(WebhookDelivery.not_before, WebhookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (delivery_id := work.connection.execute(due).scalar_one_or_none()) is not None:
        if (claimed := _take(work, delivery_id)) is not None:
            return claimed
    return None


def _take(work: Work, delivery_id: int) -> Claimed | None:
    row = work.connection.execute(
        select(
            WebhookDelivery.attempts,
            WebhookEvent.public_id,
            WebhookEvent.type,
            WebhookEvent.data,
            WebhookEvent.at,
            WebhookEndpoint.public_id.label("endpoint"),
            WebhookEndpoint.url,
            WebhookEndpoint.state,
            WebhookEndpoint.secret,
            WebhookEndpoint.former_secret,
            WebhookEndpoint.former_until,
        )
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.id == delivery_id)
    ).one()
    if row.state == EndpointState.DELETED or (row.state == EndpointState.DISABLED and row.type != PING):
        _change(work, delivery_id, DeliveryStatus.PENDING, status=DeliveryStatus.DROPPED, error=f"it is {row.state}")
        return None
    lease = secrets.token_hex(8)
    taken = {"status": DeliveryStatus.SENDING, "lease": lease, "claimed_at": work.now, "attempts": row.attempts + 1}
    if not _change(work, delivery_id, DeliveryStatus.PENDING, **taken):
        return None
    both = row.former_secret and row.former_until and row.former_until > work.now
    sealed = (row.secret, row.former_secret) if both else (row.secret,)
    said = (row.endpoint, row.public_id, row.type, row.data, row.at, row.attempts + 1, row.url)
    return Claimed(delivery_id, lease, *said, sealed, work.now)


def _change(work: Work, delivery_id: int, expected: DeliveryStatus, **changes: Any) -> bool:
    guarded = (WebhookDelivery.id == delivery_id, WebhookDelivery.status == expected)
    return work.connection.execute(update(WebhookDelivery).where(*guarded).values(**changes)).rowcount == 1


def body_of(event_type: str, happened_at: datetime, data: dict[str, Any]) -> bytes:
    """Return what is posted, which is the same at each attempt."""
    body = {"type": event_type, "timestamp": moment(happened_at), "data": data}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _attempt(claimed: Claimed, poster: Poster, secret_key: str) -> Outcome:
    """Post it. Never raises for what is wrong with the endpoint."""
    body = body_of(claimed.type, claimed.happened_at, claimed.data)
    begun = monotonic()
    try:
        in_force = [unseal(secret_key, PURPOSE, sealed) for sealed in claimed.sealed]
        headers = signed_headers(in_force, claimed.event, claimed.now, body)
        headers |= {"Content-Type": "application/json", "User-Agent": "Callboard-Webhooks/1"}
        answer = poster.post(read_target(claimed.url), body, headers)
    except (NotPosted, InvalidEvent, Unreadable) as error:
        return Outcome(str(error), latency_ms=_since(begun))
    return _judged(answer, _since(begun))


def _since(begun: float) -> int:
    return round((monotonic() - begun) * 1000)


def _judged(answer: Answer, latency_ms: int) -> Outcome:
    said = answer.text[:SHOWN]
    if 200 <= answer.code < 300:
        return Outcome(None, answer.code, said, latency_ms)
    words = "a redirect, which is not followed" if 300 <= answer.code < 400 else "which is no success"
    return Outcome(f"it answered {answer.code}, {words}", answer.code, said, latency_ms)


def _settle(work: Work, claimed: Claimed, outcome: Outcome) -> bool:
    """Write down what came of it, if the claim is still ours. False: the endpoint was disabled over it."""
    following = None if claimed.type == PING else next_attempt(claimed.attempts, work.now)
    status = DeliveryStatus.DELIVERED
    if outcome.error:
        status = DeliveryStatus.PENDING if following else DeliveryStatus.FAILED
    settled = work.connection.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == claimed.id, WebhookDelivery.lease == claimed.lease)
        .values(
            status=status,
            not_before=following or work.now,
            lease=None,
            attempted_at=work.now,
            code=outcome.code,
            latency_ms=outcome.latency_ms,
            response=outcome.response,
            error=outcome.error,
        )
    )
    if settled.rowcount == 0 or claimed.type == PING:
        return True
    return _judge_endpoint(work, claimed, outcome)


def _judge_endpoint(work: Work, claimed: Claimed, outcome: Outcome) -> bool:
    this = WebhookEndpoint.public_id == claimed.endpoint
    stands = select(WebhookEndpoint.state, WebhookEndpoint.failing_since).where(this)
    if not outcome.error:
        if work.connection.execute(stands).one().failing_since is not None:
            work.connection.execute(update(WebhookEndpoint).where(this).values(failing_since=None))
        return True
    row = work.connection.execute(stands.with_for_update()).one()  # another attempt may be disabling it now
    if row.state != EndpointState.ACTIVE:  # since it was claimed
        _change(work, claimed.id, DeliveryStatus.PENDING, status=DeliveryStatus.DROPPED)
        return True
    if row.failing_since is None:
        work.connection.execute(update(WebhookEndpoint).where(this).values(failing_since=work.now))
    reason = _given_up_because(outcome, row.failing_since, work.now)
    if reason is None:
        return True
    disable(work, SYSTEM, claimed.endpoint, reason)
    tell_administrators(work, claimed.endpoint, claimed.url, reason)
    return False


def _given_up_because(outcome: Outcome, failing_since: datetime | None, now: datetime) -> str | None:
    if outcome.code == GONE:
        return "it answered 410, that it is gone"
    return "nothing could be delivered for three days" if is_given_up(failing_since, now) else None
