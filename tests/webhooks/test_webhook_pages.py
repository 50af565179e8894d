"""Webhook endpoints on their pages: made with a secret that is shown once, tested, looked into, told again."""

import re
from typing import Any

import pytest

from bot.models import AuditEntry, Role, WebhookDelivery, WebhookEndpoint
from bot.outgoing.announcing import announce
from bot.outgoing.delivering import deliver
from bot.outgoing.posting import Poster
from bot.runtime import Runtime
from bot.settings.values import EVERY_NETWORK
from bot.work import unit_of_work
from tests.bot.outgoing.receiver import Receiver, answer, receiving
from tests.conftest import Build, make_ready
from tests.webhooks.desk import Desk, on_sqlite

SECRET = re.compile(r"whsec_[\w+/=]{40,}")
PAGE = "/settings/webhooks"
EVENTS = ["answer.given", "candidate.opted_out"]


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made


@pytest.fixture
def admin(build_runtime: Build) -> Desk:
    runtime = build_runtime(CALLBOARD_WEBHOOKS_ALLOW_PRIVATE="on")
    make_ready(runtime)
    return Desk(runtime, Role.ADMIN)


def make(admin: Desk, url: str) -> str:
    made = admin.post(f"{PAGE}/new", url=url, events=EVENTS)
    assert made.status_code == 303, made.text
    return made.location


def settle(admin: Desk) -> None:
    deliver(admin.runtime, Poster(EVERY_NETWORK, seconds=3), patience=None)


def happens(admin: Desk, **data: Any) -> None:
    with unit_of_work(admin.runtime) as work:
        endpoints = admin.runtime.subscribers.of(work.connection, "answer.given")
        if endpoints:
            announce(work, endpoints, "answer.given", data)


def test_an_endpoint_is_made_its_secret_is_shown_once_and_a_test_shows_in_the_log(
    admin: Desk, receiver: Receiver
) -> None:
    place = make(admin, receiver.url)
    (secret,) = SECRET.findall(admin.page(place))
    assert SECRET.findall(admin.page(place)) == []
    assert secret not in str(admin.one(WebhookEndpoint.secret))
    admin.post(f"{place}/ping")
    page = admin.page(place)
    assert 'hx-trigger="every 2s"' in page, "the log asks for itself again while something is under way"
    settle(admin)
    page = admin.page(place)
    assert "Delivered" in page
    assert "every 2s" not in page
    assert len(receiver.requests) == 1
    assert admin.one(AuditEntry.action) == "webhook_endpoint.pinged"


def test_the_log_is_asked_for_alone_by_htmx(admin: Desk, receiver: Receiver) -> None:
    place = make(admin, receiver.url)
    happens(admin, question="licence")
    part = admin.client.get(place, headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="log"')
    assert "<html" not in part
    assert "answer.given" in part
    assert SECRET.findall(admin.page(place)), "the part has not used it up"


def test_a_delivery_shows_what_was_sent_and_what_came_back_and_is_sent_again(admin: Desk, receiver: Receiver) -> None:
    place = make(admin, receiver.url)
    receiver.answers = [answer(500, b"<script>alert(1)</script>")]
    happens(admin, question="licence")
    settle(admin)
    delivery = f"{PAGE}/deliveries/{admin.one(WebhookDelivery.public_id)}"
    page = admin.page(delivery)
    assert "&#34;question&#34;: &#34;licence&#34;" in page
    assert "&lt;script&gt;" in page
    assert "It answered 500, which is no success." in page
    assert "Failing" in admin.page(place)
    assert admin.post(f"{delivery}/replay").location == delivery
    settle(admin)
    assert "Delivered" in admin.page(delivery)
    ids = {request.headers["webhook-id"] for request in receiver.requests}
    assert (len(receiver.requests), len(ids)) == (2, 1)
    assert ids.pop() in page


def test_an_endpoint_is_disabled_enabled_and_told_what_it_missed(admin: Desk, receiver: Receiver) -> None:
    place = make(admin, receiver.url)
    happens(admin, number=1)
    admin.post(f"{place}/switch", to="disabled")
    page = admin.page(place)
    assert "It is told nothing: a person has disabled it." in page
    assert "Send again" not in page
    happens(admin, number=2)
    admin.post(f"{place}/switch", to="active")
    admin.post(f"{place}/replay", since="24")
    assert "1 event is sent again." in admin.page(place)
    settle(admin)
    assert len(receiver.requests) == 1
    admin.post(f"{place}/replay", since="24")
    assert "Nothing was missed." in admin.page(place)


def test_the_log_is_filtered_and_paged(admin: Desk, receiver: Receiver) -> None:
    place = make(admin, receiver.url)
    for number in range(53):
        happens(admin, number=number)
    assert admin.page(place).count('data-label="Happened"') == 50
    older = re.search(rf'href="({re.escape(place)}\?before=\d+)"', admin.page(place))
    assert older
    assert admin.page(older[1]).count('data-label="Happened"') == 3
    assert "No delivery is of this status" in admin.page(f"{place}?status=failed")
    assert admin.page(f"{place}?status=pending").count('data-label="Happened"') == 50
    for odd in ("?status=x", "?before=x", f"?before={'9' * 40}", "?before=²"):
        assert admin.page(place + odd).count('data-label="Happened"') == 50


def test_an_endpoint_is_changed_given_a_new_secret_and_deleted(admin: Desk, receiver: Receiver) -> None:
    place = make(admin, receiver.url)
    (first,) = SECRET.findall(admin.page(place))
    assert admin.post(f"{place}/edit", url=receiver.url, events=["message.failed"]).location == place
    assert admin.one(WebhookEndpoint.events) == ["message.failed"]
    admin.post(f"{place}/secret")
    page = admin.page(place)
    (second,) = SECRET.findall(page)
    assert second != first
    assert "The former one signs too" in page
    assert admin.post(f"{place}/delete").location == PAGE
    assert "is told nothing any more" in admin.page(PAGE)
    admin.page(place, 404)
    assert admin.one(WebhookEndpoint.secret) == ""


@on_sqlite
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://127.0.0.1/", "not a public address"),
        ("https://localhost/", "not a public address"),
        ("http://93.184.215.14/", "only https"),
        ("", "such as https://"),
        ("https://<script>/", "no name"),
    ],
)
def test_an_address_that_may_not_be_reached_is_refused_at_its_field(runtime: Runtime, url: str, words: str) -> None:
    admin = Desk(runtime, Role.ADMIN)
    refused = admin.post(f"{PAGE}/new", url=url, events=EVENTS)
    assert refused.status_code == 422
    assert words.lower() in refused.text.lower()
    assert 'id="url-fault"' in refused.text
    assert "No other system is told anything yet" in admin.page(PAGE)


@on_sqlite
def test_an_endpoint_without_events_is_refused_and_an_address_is_judged_anew_when_it_changes(
    admin: Desk, receiver: Receiver
) -> None:
    refused = admin.post(f"{PAGE}/new", url=receiver.url, events=[])
    assert (refused.status_code, "Choose at least one event." in refused.text) == (422, True)
    place = make(admin, receiver.url)
    refused = admin.post(f"{place}/edit", url="ftp://example.org/", events=EVENTS)
    assert (refused.status_code, "An address begins with https://." in refused.text) == (422, True)


@on_sqlite
@pytest.mark.parametrize("role", [Role.RECRUITER, Role.HIRING_MANAGER, Role.VIEWER])
def test_only_administrators_see_endpoints(admin: Desk, receiver: Receiver, role: Role) -> None:
    place = make(admin, receiver.url)
    other = Desk(admin.runtime, role)
    for path in (PAGE, place, f"{place}/edit", f"{PAGE}/new"):
        assert other.client.get(path).status_code == 403
    for path in ("ping", "secret", "delete", "switch", "replay"):
        assert other.post(f"{place}/{path}").status_code == 403
    assert PAGE not in other.page("/jobs")


@on_sqlite
def test_what_is_not_there_is_not_found(admin: Desk) -> None:
    for path in (f"{PAGE}/x", f"{PAGE}/x/edit", f"{PAGE}/deliveries/x"):
        admin.page(path, 404)
    for path in (f"{PAGE}/x/ping", f"{PAGE}/x/switch", f"{PAGE}/deliveries/x/replay", f"{PAGE}/x/delete"):
        assert admin.post(path).status_code == 404
