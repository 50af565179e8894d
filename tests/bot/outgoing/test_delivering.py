"""What happens reaches whoever wants to know it: signed, at least once, and without holding up anybody else."""

import json
import threading
import time
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select, update

from bot.intake.users import create_user
from bot.models import AuditEntry, EventType, Mail, Role, WebhookDelivery, WebhookEndpoint, WebhookEvent
from bot.outgoing.announcing import announce, wanting
from bot.outgoing.delivering import LEASE, _claim, deliver, forget_old
from bot.outgoing.posting import Poster
from bot.outgoing.schedule import DELAYS, MOST_ATTEMPTS
from bot.outgoing.signing import sign
from bot.settings.values import EVERY_NETWORK
from bot.work import reading, unit_of_work
from tests.bot.outgoing.receiver import Receiver, answer, dripping, receiving
from tests.bot.outgoing.world import Telling

LATER = timedelta(hours=27)


def test_an_event_reaches_every_endpoint_that_wants_it_once_and_signed(telling: Telling, receiver: Receiver) -> None:
    with receiving() as other:
        telling.endpoint(receiver.url, EventType.OPTED_OUT)
        telling.endpoint(other.url, EventType.ANSWER_GIVEN)
        telling.happens(candidate="c1")
        for _ in range(2):
            telling.deliver()
        assert other.requests == []
    (request,) = receiver.requests
    assert json.loads(request.body) == {
        "type": "candidate.opted_out", "timestamp": "2026-03-02T09:00:00Z", "data": {"candidate": "c1"},
    }  # fmt: skip
    assert request.headers["content-type"] == "application/json"
    at = int(request.headers["webhook-timestamp"])
    expected = sign(telling.secrets[receiver.url], request.headers["webhook-id"], at, request.body)
    assert request.headers["webhook-signature"] == expected
    assert "." not in request.headers["webhook-id"]
    (row,) = telling.deliveries()
    assert (row.status, row.attempts, row.code, row.response, row.error) == ("delivered", 1, 200, "ok", None)
    assert row.latency_ms is not None


def test_what_is_rolled_back_is_never_told(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    with suppress(ZeroDivisionError), unit_of_work(telling.runtime) as work:
        announce(work, wanting(work, EventType.OPTED_OUT), EventType.OPTED_OUT, {})
        raise ZeroDivisionError
    telling.deliver()
    assert (receiver.requests, telling.deliveries()) == ([], [])


def test_a_failed_attempt_is_repeated_with_the_same_id_until_it_succeeds(telling: Telling, receiver: Receiver) -> None:
    endpoint = telling.endpoint(receiver.url)
    receiver.answers_with(500, 302, 429)
    telling.happens()
    telling.deliver()
    for attempt, delay in enumerate(DELAYS[:3], start=1):
        telling.deliver(later=delay * 0.85)
        assert len(receiver.requests) == attempt, "it is too early"
        telling.deliver(later=delay * 0.3)
        assert len(receiver.requests) == attempt + 1
    assert len(receiver.requests) == 4
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len({request.body for request in receiver.requests}) == 1
    (row,) = telling.deliveries()
    assert (row.status, row.attempts) == ("delivered", 4)
    assert telling.row(endpoint).failing_since is None


def test_after_ten_attempts_it_has_failed_and_after_three_days_the_endpoint_is_disabled(
    telling: Telling, receiver: Receiver
) -> None:
    with unit_of_work(telling.runtime) as work:
        create_user(work, "ada@example.org", Role.ADMIN, "a long password")
        create_user(work, "bea@example.org", Role.RECRUITER, "a long password")
    endpoint = telling.endpoint(receiver.url)
    receiver.always = answer(503)
    telling.happens()
    for _ in range(2):
        telling.deliver()
    for _ in range(MOST_ATTEMPTS - 1):
        assert telling.row(endpoint).state == "active"
        telling.deliver(later=LATER)
        if telling.row(endpoint).state == "disabled":
            break
    row = telling.row(endpoint)
    assert (row.state, row.state_reason) == ("disabled", "nothing could be delivered for three days")
    with reading(telling.runtime) as work:
        entries = work.connection.execute(select(AuditEntry.action, AuditEntry.actor).order_by(AuditEntry.id)).all()
        mails = work.connection.execute(select(Mail).order_by(Mail.id)).all()
    assert entries[-1] == ("webhook_endpoint.disabled", "system")
    assert [(mail.kind, mail.recipient) for mail in mails] == [("webhook_disabled", "ada@example.org")]
    telling.happens()
    assert len(telling.deliveries()) == 1, "nobody is told any more"


def test_ten_attempts_are_the_most_for_one_delivery(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    receiver.always = answer(500)
    telling.happens()
    for attempts in range(1, MOST_ATTEMPTS + 3):
        with unit_of_work(telling.runtime) as work:  # others succeed meanwhile
            work.connection.execute(update(WebhookEndpoint).values(failing_since=None))
        telling.deliver(later=LATER)
        assert telling.statuses() == ["failed" if attempts >= MOST_ATTEMPTS else "pending"]
    assert len(receiver.requests) == MOST_ATTEMPTS


def test_an_answer_of_410_disables_the_endpoint_and_drops_what_waits(telling: Telling, receiver: Receiver) -> None:
    endpoint = telling.endpoint(receiver.url)
    receiver.always = answer(410)
    telling.happens(times=3)
    telling.deliver()
    assert telling.row(endpoint).state == "disabled"
    assert "410" in telling.row(endpoint).state_reason
    assert set(telling.statuses()) == {"dropped"}
    assert len(receiver.requests) <= 4
    before = len(receiver.requests)
    telling.deliver(later=LATER)
    assert len(receiver.requests) == before


def test_a_slow_endpoint_holds_up_no_other(telling: Telling, receiver: Receiver) -> None:
    with receiving() as slow:
        slow.always = dripping(8)
        telling.endpoint(slow.url)
        telling.endpoint(receiver.url)
        telling.happens(times=6)
        begun = time.monotonic()
        deliver(telling.runtime, Poster(EVERY_NETWORK, seconds=4), patience=1.0)
        assert time.monotonic() - begun < 3.5
        assert len(receiver.requests) == 6
        telling.happens()
        deliver(telling.runtime, Poster(EVERY_NETWORK, seconds=4), patience=1.0)
        assert len(receiver.requests) == 7
        assert slow.connections <= 4, "what is under way to it is not begun again"
        telling.deliver(seconds=1)
        deadline = time.monotonic() + 8
        while "sending" in telling.statuses() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "sending" not in telling.statuses()


def test_of_two_workers_at_once_one_takes_each_delivery(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    telling.happens(times=20)
    poster = Poster(EVERY_NETWORK, seconds=3)
    workers = [
        threading.Thread(target=deliver, args=(telling.runtime, poster), kwargs={"patience": None}) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert len(ids) == len(set(ids)) == 20
    assert set(telling.statuses()) == {"delivered"}


def test_what_a_dead_worker_held_is_tried_again(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    telling.happens()
    (row,) = telling.deliveries()
    with unit_of_work(telling.runtime) as work:
        assert _claim(work, row.endpoint_id) is not None
    telling.deliver()
    assert receiver.requests == []
    telling.clock.move(LEASE)
    telling.deliver()
    assert len(receiver.requests) == 1
    (row,) = telling.deliveries()
    assert (row.status, row.attempts, row.error) == ("delivered", 2, None)


def test_whoever_has_lost_the_claim_writes_nothing(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    telling.happens()

    def takes_it_away(connection) -> None:
        with unit_of_work(telling.runtime) as work:
            work.connection.execute(update(WebhookDelivery).values(lease="another"))
        connection.sendall(answer(200))

    receiver.answers = [takes_it_away]
    telling.deliver()
    (row,) = telling.deliveries()
    assert (row.status, row.lease, row.code) == ("sending", "another", None)


def test_what_is_settled_is_forgotten_after_a_month_and_what_is_not_stays(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    telling.happens(name="old")
    telling.deliver()
    telling.happens(name="waiting")
    telling.clock.move(timedelta(days=29))
    with unit_of_work(telling.runtime) as work:
        forget_old(work)
    assert len(telling.deliveries()) == 2
    telling.clock.move(timedelta(days=2))
    with unit_of_work(telling.runtime) as work:
        forget_old(work)
        assert [row.data for row in work.connection.execute(select(WebhookEvent))] == [{"name": "waiting"}]
    assert telling.statuses() == ["pending"]
