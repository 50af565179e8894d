"""`POST /messages/{id}/settle`: a person says what became of a message of which nobody could tell."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.dialogue.timers import assume_delivered
from bot.models import Conversation, Message
from bot.work import unit_of_work
from tests.webhooks.api.conftest import Api, api_of, fields_of
from webhooks.metrics import exposition


def unconfirmed(api: Api) -> tuple[Any, str]:
    """Return an application and the address of its welcome, which is given up as unconfirmed."""
    made = api.apply(api.job())
    message = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    with unit_of_work(api.runtime) as work:
        lost = {"status": "unconfirmed", "claimed_at": work.now, "lease": None, "sent_at": None, "confirmed_at": None}
        work.connection.execute(update(Message).values(**lost, delivered_at=None, provider_id=None))
        work.connection.execute(update(Conversation).values(needs_person="unconfirmed"))
    return made, f"/messages/{message['id']}/settle"


def test_what_was_sent_is_recorded_as_sent_and_nobody_is_called_any_more(api: Api) -> None:
    made, path = unconfirmed(api)
    assert api.get(f"/candidates/{made['candidate']}")["needs_person"] == "unconfirmed"
    settled = api.post(path, {"outcome": "sent"}, 200)
    assert (settled["status"], settled["sent_at"]) == ("sent", "2026-03-02T09:00:00Z")
    assert settled["explanation"] == "A person says that it was sent."
    assert api.get(f"/candidates/{made['candidate']}")["needs_person"] is None


def test_what_never_got_a_receipt_says_that_it_only_counts_as_delivered(api: Api) -> None:
    made, path = unconfirmed(api)
    api.post(path, {"outcome": "sent"}, 200)
    api.runtime.clock.move(timedelta(hours=24))  # type: ignore[attr-defined]
    assume_delivered(api.runtime)
    welcome = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    assert (welcome["status"], welcome["explanation"]) == ("delivered", "Counts as delivered: no receipt.")


def test_what_was_not_sent_is_queued_again(api: Api) -> None:
    _, path = unconfirmed(api)
    settled = api.post(path, {"outcome": "not_sent"}, 200)
    assert (settled["status"], settled["explanation"]) == ("queued", "A person had it sent again.")


def test_a_message_that_is_known_to_have_gone_is_a_conflict(api: Api) -> None:
    made = api.apply(api.job())
    message = api.get(f"/candidates/{made['candidate']}/messages")["items"][0]
    refused = api.post(f"/messages/{message['id']}/settle", {"outcome": "sent"}, 409)
    assert refused["detail"] == f"only what is unconfirmed can be settled: this is {message['status']}"


def test_what_the_candidate_wrote_is_a_conflict_and_what_is_not_there_is_not_found(api: Api) -> None:
    made = api.apply(api.job())
    api.says("hello")
    written = next(m for m in api.get(f"/candidates/{made['candidate']}/messages")["items"] if m["text"] == "hello")
    api.post(f"/messages/{written['id']}/settle", {"outcome": "sent"}, 409)
    api.post("/messages/x/settle", {"outcome": "sent"}, 404)


@pytest.mark.parametrize("body", [{}, {"outcome": "delivered"}, {"outcome": None}])
def test_only_two_outcomes_can_be_told(api: Api, body: Any) -> None:
    _, path = unconfirmed(api)
    assert fields_of(api.post(path, body, 422)) == ["outcome"]


def test_a_repeated_request_gets_the_first_answer(api: Api) -> None:
    _, path = unconfirmed(api)
    settled = api.post(path, {"outcome": "sent"}, 200, Idempotency_Key="k")
    assert api.post(path, {"outcome": "sent"}, 200, Idempotency_Key="k") == settled
    api.post(path, {"outcome": "sent"}, 409)


def test_a_key_that_may_only_read_settles_nothing(api: Api) -> None:
    _, path = unconfirmed(api)
    api_of(api.runtime, "read").post(path, {"outcome": "sent"}, 403)
    api_of(api.runtime, "write").post(path, {"outcome": "sent"}, 200)


def test_what_people_settle_is_counted(api: Api) -> None:
    _, path = unconfirmed(api)
    api.post(path, {"outcome": "sent"}, 200)
    assert 'callboard_send_settled_total{how="human"} 1.0' in exposition(api.runtime).decode()
