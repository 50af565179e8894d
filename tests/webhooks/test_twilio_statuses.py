"""What Twilio says of our messages: known or not, in whatever order and words, it moves them forward only."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from bot.models import Message, MessageEvent
from bot.work import reading, unit_of_work
from tests.webhooks.wire import ACCOUNT, STATUS, Wire

STATUS_FIELDS = {"MessageSid": "SM" + "7" * 32, "AccountSid": ACCOUNT, "MessageStatus": "delivered"}


def test_news_of_messages_that_we_do_not_know_is_answered(wire: Wire) -> None:
    for public_id in ("m1", "x" * 3000, "%00", "%ff", "%F0%9F%98%80", "a%2Fb", "%20"):
        for status in ("delivered", "sent", "teleported", "", "\0", "x" * 5000, "READ"):
            body = urlencode({**STATUS_FIELDS, "MessageStatus": status, "ErrorCode": "12\0"}).encode()
            answer = wire.signed(f"/webhooks/twilio/status/{public_id}", body)
            assert answer.status_code in {204, 404}, (public_id, status)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_news_without_an_id_is_refused(wire: Wire) -> None:
    answer = wire.signed(STATUS, urlencode({**STATUS_FIELDS, "MessageSid": ""}).encode())
    assert (answer.status_code, answer.text.partition(":")[0]) == (400, "MessageSid")


def message_of_ours(wire: Wire) -> Any:
    """Have us write to somebody, and return the row."""
    wire.says(Body="hello")
    with unit_of_work(wire.runtime) as work:
        values = {"status": "sent", "provider_id": "SM" + "7" * 32, "public_id": "ours"}
        work.connection.execute(update(Message).where(~Message.inbound).values(**values))
    return "SM" + "7" * 32


def fate(wire: Wire) -> Any:
    with reading(wire.runtime) as work:
        return work.connection.execute(select(Message).where(Message.public_id == "ours")).one()


def reports(wire: Wire, **fields: str) -> int:
    body = urlencode({**STATUS_FIELDS, **fields}).encode()
    return int(wire.signed("/webhooks/twilio/status/ours", body).status_code)


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["sent", "delivered", "read"], "read"),
        (["read", "delivered", "sent"], "read"),
        (["delivered", "sent", "queued", "accepted", "sending"], "delivered"),
        (["delivered", "undelivered", "failed", "canceled"], "delivered"),
        (["teleported", "", "\0", "x" * 500, "DELIVERED"], "delivered"),
        (["read", "read", "read"], "read"),
        (["sent", "delivered", "delivered", "sent"], "delivered"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_status_goes_forward_only_whatever_the_order(wire: Wire, words: list[str], end: str) -> None:
    message_of_ours(wire)
    for word in words:
        assert reports(wire, MessageStatus=word) == 204
    assert fate(wire).status == end
    assert len(events_of(wire)) == len({word.strip("\0") for word in words})


def events_of(wire: Wire) -> list[Any]:
    with reading(wire.runtime) as work:
        return list(work.connection.execute(select(MessageEvent)))


def test_a_failure_keeps_the_providers_code_and_the_news_counts_once(wire: Wire) -> None:
    message_of_ours(wire)
    for _ in range(3):
        assert reports(wire, MessageStatus="undelivered", ErrorCode="63024", ErrorMessage="x" * 3000) == 204
    assert (fate(wire).status, fate(wire).error_code, len(events_of(wire))) == ("failed", "63024", 1)
    for odd in ("abc", "", "-1", "9" * 400, "\0", "٣"):
        assert reports(wire, MessageStatus="undelivered", ErrorCode=odd) == 204


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_receipt_of_whatsapp_counts_as_read_whatever_its_status_says(wire: Wire) -> None:
    message_of_ours(wire)
    assert reports(wire, MessageStatus="sent", EventType="READ", ChannelToAddress="+1XXXX") == 204
    assert fate(wire).status == "read"
