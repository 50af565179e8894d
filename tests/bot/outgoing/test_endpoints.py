"""What people do with endpoints: replay, ping, give a new secret, disable; and that secrets are kept well."""

import json
from datetime import timedelta

from sqlalchemy import select

from bot.models import WebhookDelivery
from bot.outgoing.deliveries import ping, replay, replay_missed
from bot.outgoing.delivering import deliver
from bot.outgoing.endpoints import delete_endpoint, disable, enable, rotate_secret
from bot.outgoing.posting import Poster
from bot.outgoing.signing import sign
from bot.work import unit_of_work
from tests.bot.outgoing.receiver import Receiver
from tests.bot.outgoing.world import ADMIN, Telling
from tests.conftest import Build
from tests.webhooks.desk import on_sqlite

LATER = timedelta(hours=27)


def test_a_replay_of_one_or_of_all_that_was_missed_keeps_the_id(telling: Telling, receiver: Receiver) -> None:
    endpoint = telling.endpoint(receiver.url)
    telling.happens(name="first")
    telling.deliver()
    telling.clock.move(timedelta(minutes=1))
    since = telling.clock.now()
    with unit_of_work(telling.runtime) as work:
        disable(work, ADMIN, endpoint, "for a test")
        enable(work, ADMIN, endpoint)
    telling.runtime.subscribers.forget()
    telling.happens(name="second")
    with unit_of_work(telling.runtime) as work:
        disable(work, ADMIN, endpoint, "for a test")
        enable(work, ADMIN, endpoint)
    assert telling.statuses() == ["delivered", "dropped"]
    with unit_of_work(telling.runtime) as work:
        assert replay_missed(work, ADMIN, endpoint, since) == 1
        replay(work, ADMIN, telling_first(work))
    telling.deliver()
    assert telling.statuses() == ["delivered", "delivered"]
    names = [json.loads(request.body)["data"]["name"] for request in receiver.requests]
    assert sorted(names) == ["first", "first", "second"]
    ids = {json.loads(r.body)["data"]["name"]: r.headers["webhook-id"] for r in receiver.requests}
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == len(ids) == 2


def telling_first(work):
    return work.connection.execute(select(WebhookDelivery.public_id).order_by(WebhookDelivery.id).limit(1)).scalar_one()


def test_a_ping_reaches_a_disabled_endpoint_is_tried_once_and_judges_it_not(
    telling: Telling, receiver: Receiver
) -> None:
    endpoint = telling.endpoint(receiver.url)
    with unit_of_work(telling.runtime) as work:
        disable(work, ADMIN, endpoint, "for a test")
        ping(work, ADMIN, endpoint)
    receiver.answers_with(500)
    telling.deliver()
    telling.deliver(later=LATER)
    (request,) = receiver.requests
    assert json.loads(request.body)["type"] == "ping"
    assert json.loads(request.body)["data"] == {"webhook_endpoint": endpoint}
    assert telling.statuses() == ["failed"]
    assert telling.row(endpoint).failing_since is None


def test_a_new_secret_signs_beside_the_former_one_for_a_day(telling: Telling, receiver: Receiver) -> None:
    endpoint = telling.endpoint(receiver.url)
    former = telling.secrets[receiver.url]
    with unit_of_work(telling.runtime) as work:
        _, fresh = rotate_secret(work, ADMIN, endpoint)
    for later in (timedelta(hours=23), timedelta(hours=2)):
        telling.clock.move(later)
        telling.happens()
        telling.deliver()
    signed = []
    for request in receiver.requests:
        made = (request.headers["webhook-id"], int(request.headers["webhook-timestamp"]), request.body)
        found = request.headers["webhook-signature"].split()
        signed.append([secret for secret in (fresh, former) if sign(secret, *made) in found])
    assert signed == [[fresh, former], [fresh]]


@on_sqlite
def test_a_secret_is_nowhere_in_the_database(telling: Telling, receiver: Receiver) -> None:
    endpoint = telling.endpoint(receiver.url)
    with unit_of_work(telling.runtime) as work:
        _, fresh = rotate_secret(work, ADMIN, endpoint)
    row = telling.row(endpoint)
    assert not {telling.secrets[receiver.url], fresh} & {str(value) for value in row}
    with unit_of_work(telling.runtime) as work:
        delete_endpoint(work, ADMIN, endpoint)
    row = telling.row(endpoint)
    assert (row.secret, row.former_secret) == ("", None)


def test_with_another_secret_key_the_delivery_fails_and_says_what_to_do(
    telling: Telling, receiver: Receiver, build_runtime: Build
) -> None:
    telling.endpoint(receiver.url)
    telling.happens()
    telling.runtime = build_runtime(CALLBOARD_SECRET_KEY="z" * 32, CALLBOARD_WEBHOOKS_ALLOW_PRIVATE="on")
    telling.deliver()
    (row,) = telling.deliveries()
    assert row.status == "pending"
    assert "CALLBOARD_SECRET_KEY" in row.error
    assert receiver.connections == 0


def test_without_leave_nothing_on_loopback_is_reached(telling: Telling, receiver: Receiver) -> None:
    telling.endpoint(receiver.url)
    telling.happens()
    deliver(telling.runtime, Poster(()), patience=None)
    (row,) = telling.deliveries()
    assert row.status == "pending"
    assert "not a public address" in row.error
    assert receiver.connections == 0
