"""What the sender makes of every kind of answer to a message, and of none."""

import logging
import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import ChannelKind, LookupFailed, NotSent, OutcomeUnknown, RateLimited, Rejected
from bot.channels.twilio import TwilioSender
from bot.channels.twilio_http import retry_after
from tests.bot.channels.twilio_sending import (
    CREATED,
    SINCE,
    SMS,
    TOKEN,
    WHATSAPP,
    closed_port,
    make_sender,
    recorded,
    sent,
)
from tests.standin.scripted import Answer, ScriptedServer


def test_the_receipt_holds_id_status_and_at_least_one_segment(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(201, recorded("created_with_service")))
    receipt = sender.send(SMS)
    assert (receipt.provider_id, receipt.status, receipt.segments) == ("SM" + "a1" * 16, "accepted", 1)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, recorded("error_21211"), "21211"),
        (400, recorded("error_rfc9457"), "21656"),
        (403, {"code": 21610, "message": "x", "status": 403}, "21610"),
        (401, {"code": "20003", "message": "x", "status": 401}, "20003"),
        (404, b"<html>not here</html>", "http_404"),
        (400, b"", "http_400"),
        (422, [1, 2], "http_422"),
        (403, {"message": "forbidden"}, "http_403"),
        (400, {"code": None}, "http_400"),
    ],
)
def test_a_refusal_has_twilios_code_or_else_the_status(
    twilio: ScriptedServer, sender: TwilioSender, status: int, body: Any, code: str
) -> None:
    twilio.answer(Answer(status, body))
    with pytest.raises(Rejected) as caught:
        sender.send(WHATSAPP)
    assert caught.value.code == code
    assert "+12" not in str(caught.value)
    assert "+351" not in str(caught.value)


def test_a_message_that_fails_in_the_very_answer_is_a_refusal(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(201, {"sid": "SM1", "status": "failed", "error_code": 30002}))
    with pytest.raises(Rejected) as caught:
        sender.send(WHATSAPP)
    assert caught.value.code == "30002"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, recorded("error_20500")),
        Answer(503, b"<html>away</html>"),
        Answer(502, {"code": 21211, "message": "a code does not make it certain", "status": 502}),
        Answer(408, b""),
        Answer(307, b"", {"Location": "/elsewhere"}),
        Answer(201, b"<html>\xff"),
        Answer(201, b""),
        Answer(201, {"sid": None}),
        Answer(201, {"sid": {"deep": 1}}),
        Answer(201, [1]),
        Answer(201, {"sid": "SM1", "date_created": 7}),
        Answer(201, {"sid": "SM1", "status": "queued"}, behaviour="cut"),
        Answer(behaviour="reset"),
        Answer(behaviour="reset_unread"),
    ],
)
def test_what_may_have_been_sent_is_unknown(twilio: ScriptedServer, sender: TwilioSender, answer: Answer) -> None:
    twilio.answer(answer)
    with pytest.raises(OutcomeUnknown):
        sender.send(WHATSAPP)
    assert len(twilio.requests) <= 1


def test_a_time_out_after_sending_is_unknown_and_not_repeated(twilio: ScriptedServer) -> None:
    twilio.answer(Answer(201, {"sid": "SM1"}, seconds=0.6))
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        make_sender(twilio.url, timeout=0.2).send(WHATSAPP)
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("host", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}", "http://nowhere.invalid"])
def test_no_connection_means_not_sent(host: str) -> None:
    with pytest.raises(NotSent) as caught:
        make_sender(host.format(port=closed_port())).send(WHATSAPP)
    assert "+351" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_failed_tls_handshake_means_not_sent(twilio: ScriptedServer) -> None:
    twilio.answer(CREATED)
    with pytest.raises(NotSent):
        make_sender(twilio.url.replace("http://", "https://")).send(WHATSAPP)


def test_a_connection_that_takes_too_long_to_open_means_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        with pytest.raises(NotSent):
            make_sender(f"http://127.0.0.1:{address[1]}", timeout=0.2).send(WHATSAPP)
        for one in waiting:
            one.close()


def test_a_connection_kept_from_before_that_has_died_is_opened_anew(twilio: ScriptedServer) -> None:
    sender = make_sender(twilio.url)
    twilio.answer(replace(CREATED, headers={"Connection": "close"}))
    for _ in range(3):
        assert sender.send(WHATSAPP).status == "queued"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 1),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "999999999999"}, 3600),
        ({"Retry-After": "-3"}, 1),
        ({"Retry-After": "soon"}, 1),
        ({"Retry-After": "²"}, 1),
        ({"Retry-After": "Tue, 03 Mar 2026 09:15:30 GMT", "Date": "Tue, 03 Mar 2026 09:15:00 GMT"}, 30),
        ({"Retry-After": "Tue, 03 Mar 2026 09:15:30 GMT"}, 1),
        ({"Retry-After": "Tue, 03 Mar 2026 09:15:30 GMT", "Date": "Tue, 03 Mar 2026 09:16:00 -0000"}, 1),
    ],
)
def test_retry_after_is_read_in_both_forms(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(headers) == timedelta(seconds=seconds)


def test_too_fast_says_when_to_go_on(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(429, recorded("error_20429"), {"Retry-After": "5"}))
    with pytest.raises(RateLimited) as caught:
        sender.send(WHATSAPP)
    assert caught.value.retry_after == timedelta(seconds=5)


def test_code_20429_with_another_status_is_too_fast_as_well(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(400, recorded("error_20429")))
    with pytest.raises(RateLimited):
        sender.send(WHATSAPP)


def test_neither_the_token_nor_a_number_is_shown_or_logged(
    twilio: ScriptedServer, sender: TwilioSender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    twilio.answer(CREATED, Answer(500))
    sender.send(WHATSAPP)
    with pytest.raises(LookupFailed) as caught:
        sender.sent_to("+351910000001", ChannelKind.WHATSAPP, SINCE)
    shown = f"{sender!r} {vars(sender)!r} {caplog.text} {caught.value}"
    assert TOKEN not in shown
    assert "351910000001" not in shown


def test_a_region_in_the_environment_does_not_move_the_addresses(
    twilio: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    assert sent(twilio, make_sender(twilio.url), WHATSAPP)
