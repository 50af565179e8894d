"""What the sender puts on the wire, and what it makes of every kind of answer."""

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import twilio_lookups
from bot.channels.base import (
    ChannelKind,
    LookupFailed,
    Media,
    MediaKind,
    MessageSender,
    NotSent,
    Option,
    OutcomeUnknown,
    OutgoingMessage,
    RateLimited,
    Rejected,
    TemplateList,
    TemplateUse,
)
from bot.channels.twilio import TwilioSender
from bot.channels.twilio_content import Widget, content_variables, widget_for
from bot.channels.twilio_http import retry_after
from tests.fakes import MemoryContents
from tests.provider_specs import SentRequest, specs_folder, violations
from tests.standin.scripted import Answer, ScriptedServer

RECORDED = Path(__file__).resolve().parents[2] / "recorded" / "twilio"
ACCOUNT, TOKEN = "AC" + "5e" * 16, "c0ffee" * 5 + "42"
SERVICE = "MG" + "0c" * 16
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SINCE = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)

WHATSAPP = OutgoingMessage(
    public_id="m1",
    kind=ChannelKind.WHATSAPP,
    sender="+351210000000",
    to="+351910000001",
    text="Shall we start?",
)
SMS = replace(WHATSAPP, kind=ChannelKind.SMS)
CREATED = Answer(201, {"sid": "SM" + "a1" * 16, "status": "queued", "num_segments": "1"})
CONTENT = Answer(201, {"sid": "HX" + "c1" * 16})


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture
def twilio() -> Iterator[ScriptedServer]:
    """A server on loopback; afterwards every request is held against Twilio's own description."""
    with ScriptedServer() as server:
        yield server
    if specs_folder() is not None:
        assert [problem for request in server.requests for problem in violations(request)] == []


@pytest.fixture
def sender(twilio: ScriptedServer) -> TwilioSender:
    return make_sender(twilio.url)


def make_sender(url: str, *, service: str = "", timeout: float = 5.0) -> TwilioSender:
    return TwilioSender(
        ACCOUNT,
        TOKEN,
        api_base=url,
        content_base=url,
        callback_url=lambda public_id: f"https://bot.example.org/webhooks/twilio/status/{public_id}",
        messaging_service_sid=service,
        contents=MemoryContents(),
        timeout=timeout,
    )


def options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"q:{number}", label) for number, label in enumerate(labels))


def with_options(*labels: str, **changes: Any) -> OutgoingMessage:
    lines = [f"{number}. {label}" for number, label in enumerate(labels, 1)]
    numbered = "\n".join(["Shall we start?", *lines])
    return replace(WHATSAPP, options=options(*labels), numbered_text=numbered, list_label="Choose", **changes)


def sent(twilio: ScriptedServer, sender: TwilioSender, message: OutgoingMessage) -> dict[str, str]:
    """Send *message* and return the form of its create request."""
    if not twilio.answers:
        twilio.answer(CREATED)
    sender.send(message)
    last: SentRequest = twilio.requests[-1]
    assert last.target == MESSAGES
    return last.fields


# what goes out


def test_the_sender_offers_what_the_protocol_asks_for(sender: TwilioSender) -> None:
    as_protocol: MessageSender = sender
    assert as_protocol is sender


def test_a_whatsapp_text_has_prefixes_a_body_and_a_callback(twilio: ScriptedServer, sender: TwilioSender) -> None:
    assert sent(twilio, sender, WHATSAPP) == {
        "To": "whatsapp:+351910000001",
        "From": "whatsapp:+351210000000",
        "Body": "Shall we start?",
        "StatusCallback": "https://bot.example.org/webhooks/twilio/status/m1",
    }


def test_an_opaque_whatsapp_id_gets_no_plus(twilio: ScriptedServer, sender: TwilioSender) -> None:
    message = replace(WHATSAPP, to="US.13491208655302741918")
    assert sent(twilio, sender, message)["To"] == "whatsapp:US.13491208655302741918"


def test_a_text_message_has_no_prefix(twilio: ScriptedServer, sender: TwilioSender) -> None:
    fields = sent(twilio, sender, SMS)
    assert (fields["From"], fields["To"]) == ("+351210000000", "+351910000001")


def test_a_messaging_service_goes_with_texts_only_and_beside_the_number(twilio: ScriptedServer) -> None:
    sender = make_sender(twilio.url, service=SERVICE)
    fields = sent(twilio, sender, SMS)
    assert (fields["MessagingServiceSid"], fields["From"]) == (SERVICE, "+351210000000")
    assert "MessagingServiceSid" not in sent(twilio, sender, WHATSAPP)


def test_a_channel_known_by_its_service_alone_leaves_the_sender_to_it(twilio: ScriptedServer) -> None:
    fields = sent(twilio, make_sender(twilio.url, service=SERVICE), replace(SMS, sender=SERVICE))
    assert fields["MessagingServiceSid"] == SERVICE
    assert "From" not in fields


@pytest.mark.parametrize(("valid_for", "seconds"), [(0, 6), (-5, 6), (5, 6), (600.9, 600), (90_000, 36_000)])
def test_validity_stays_within_what_twilio_takes(
    twilio: ScriptedServer, sender: TwilioSender, valid_for: float, seconds: int
) -> None:
    message = replace(SMS, valid_for=timedelta(seconds=valid_for))
    assert sent(twilio, sender, message)["ValidityPeriod"] == str(seconds)


def test_a_text_message_carries_up_to_ten_attachments(twilio: ScriptedServer, sender: TwilioSender) -> None:
    media = tuple(Media(f"https://bot.example.org/media/{n}", MediaKind.IMAGE) for n in range(10))
    sent(twilio, sender, replace(SMS, media=media))
    urls = [value for name, value in twilio.requests[-1].form if name == "MediaUrl"]
    assert urls == [item.url for item in media]


@pytest.mark.parametrize(
    "message",
    [
        replace(WHATSAPP, media=(Media("https://a.example/1", MediaKind.IMAGE),) * 2),
        replace(SMS, media=(Media("https://a.example/1", MediaKind.IMAGE),) * 11),
        replace(SMS, text="x" * 1601),
        replace(SMS, text=""),
        replace(WHATSAPP, template=TemplateUse("welcome", "")),
    ],
)
def test_what_breaks_a_limit_is_refused_before_it_is_sent(
    twilio: ScriptedServer, sender: TwilioSender, message: OutgoingMessage
) -> None:
    with pytest.raises(ValueError, match=r"."):
        sender.send(message)
    assert twilio.requests == []


def test_an_attachment_needs_no_text(twilio: ScriptedServer, sender: TwilioSender) -> None:
    message = replace(WHATSAPP, text="", media=(Media("https://a.example/1", MediaKind.IMAGE),))
    assert "Body" not in sent(twilio, sender, message)


def test_a_template_travels_alone_with_its_values_on_one_line(twilio: ScriptedServer, sender: TwilioSender) -> None:
    values = {"1": " Ana\nSilva\t(new) ", "2": "a     b"}
    use = TemplateUse("welcome", "HX" + "ab" * 16, values)
    media = (Media("https://a.example/1", MediaKind.IMAGE),)
    fields = sent(twilio, sender, replace(WHATSAPP, template=use, media=media, options=options("Yes")))
    assert json.loads(fields["ContentVariables"]) == {"1": "Ana Silva (new)", "2": "a b"}
    assert fields["ContentSid"] == "HX" + "ab" * 16
    assert not {"Body", "MediaUrl"} & set(fields)


def test_a_template_without_blanks_sends_no_variables(twilio: ScriptedServer, sender: TwilioSender) -> None:
    use = TemplateUse("welcome", "HX" + "ab" * 16)
    assert "ContentVariables" not in sent(twilio, sender, replace(WHATSAPP, template=use))


@given(st.dictionaries(st.text(), st.text()))
def test_values_of_templates_never_hold_what_whatsapp_refuses(values: dict[str, str]) -> None:
    cleaned = json.loads(content_variables(values))
    assert set(cleaned) == set(values)
    assert not any(bad in value for value in cleaned.values() for bad in ("\n", "\t", "    "))


def test_half_a_surrogate_pair_does_not_stop_a_message(twilio: ScriptedServer, sender: TwilioSender) -> None:
    assert sent(twilio, sender, replace(WHATSAPP, text="a\ud83db"))["Body"] == "a?b"


# options


@pytest.mark.parametrize(
    ("labels", "changes", "expected"),
    [
        (["Yes", "No"], {}, Widget.BUTTONS),
        (["x" * 20], {}, Widget.BUTTONS),
        (["A", "B", "C"], {}, Widget.BUTTONS),
        (["A", "B", "C", "D"], {}, Widget.LIST),
        (["x" * 21, "B"], {}, Widget.LIST),
        (["x" * 24, *"ABCDEFGHI"], {}, Widget.LIST),
        (["x" * 25, "B"], {}, None),
        (list("ABCDEFGHIJK"), {}, None),
        (["Same", "Same"], {}, None),
        (["Yes", " "], {}, None),
        (["Yes", "No"], {"text": "x" * 1024}, Widget.BUTTONS),
        (["Yes", "No"], {"text": "x" * 1025}, None),
        (["Yes", "No"], {"text": ""}, None),
        (["Yes", "No"], {"kind": ChannelKind.SMS}, None),
        (["Yes", "No"], {"media": (Media("https://a.example/1", MediaKind.IMAGE),)}, None),
    ],
)
def test_options_become_buttons_a_list_or_numbered_lines(
    labels: list[str], changes: dict[str, Any], expected: Widget | None
) -> None:
    assert widget_for(with_options(*labels, **changes)) is expected


@pytest.mark.parametrize("label", ["", "x" * 21])
def test_a_list_without_a_fitting_label_is_written_out(label: str) -> None:
    assert widget_for(replace(with_options(*"ABCD"), list_label=label)) is None


def test_an_option_with_a_long_id_is_written_out() -> None:
    assert widget_for(replace(with_options("A"), options=(Option("i" * 201, "A"),))) is None


def test_buttons_are_made_once_and_the_question_is_their_variable(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(CONTENT, CREATED)
    fields = sent(twilio, sender, with_options("Yes", "No"))
    assert json.loads(fields["ContentVariables"]) == {"1": "Shall we start?"}
    assert fields["ContentSid"] == "HX" + "c1" * 16
    assert "Body" not in fields
    body = twilio.requests[0].json
    assert body["language"] == "en"
    assert {name: value for name, value in body["types"].items() if value is not None} == {
        "twilio/quick-reply": {
            "body": "{{1}}",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Yes", "id": "q:0"},
                {"type": "QUICK_REPLY", "title": "No", "id": "q:1"},
            ],
        },
        "twilio/text": {"body": "{{1}}"},
    }
    sent(twilio, sender, with_options("Yes", "No", text="Another question with the same answers?"))
    assert [request.path for request in twilio.requests].count("/v1/Content") == 1


def test_a_list_has_its_label_and_its_items(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(CONTENT, CREATED)
    sent(twilio, sender, with_options("A", "B", "C", "D"))
    picker = twilio.requests[0].json["types"]["twilio/list-picker"]
    assert picker["button"] == "Choose"
    assert [(item["id"], item["item"]) for item in picker["items"]] == [
        ("q:0", "A"), ("q:1", "B"), ("q:2", "C"), ("q:3", "D"),
    ]  # fmt: skip


def test_other_options_another_language_or_another_label_are_another_resource(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    first = with_options(*"ABCD")
    others = [with_options(*"ABCE"), replace(first, language="pt"), replace(first, list_label="Pick")]
    for message in [first, *others, first]:
        twilio.answers.clear()
        twilio.answer(CONTENT, CREATED)
        sender.send(message)
        twilio.answers.clear()
        twilio.answer(CREATED)
    assert [request.path for request in twilio.requests].count("/v1/Content") == 4


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(400, {"code": 20001, "message": "bad", "status": 400}),
        Answer(500),
        Answer(201, b""),
        Answer(201, {}),
    ],
)
def test_where_buttons_cannot_be_made_the_lines_are_numbered(
    twilio: ScriptedServer, sender: TwilioSender, refusal: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.answer(refusal, CREATED)
    assert sent(twilio, sender, with_options("Yes", "No"))["Body"] == "Shall we start?\n1. Yes\n2. No"
    assert "buttons_refused" in caplog.text


def test_a_slow_down_for_buttons_is_passed_on(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(429, {}, {"Retry-After": "3"}))
    with pytest.raises(RateLimited):
        sender.send(with_options("Yes", "No"))


def test_buttons_that_twilio_no_longer_knows_are_forgotten_and_written_out(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    gone = Answer(400, {"code": 21655, "message": "gone", "status": 400})
    twilio.answer(CONTENT, gone, CREATED)
    assert sent(twilio, sender, with_options("Yes", "No"))["Body"].endswith("2. No")
    twilio.answers.clear()
    twilio.answer(CONTENT, CREATED)
    assert "ContentSid" in sent(twilio, sender, with_options("Yes", "No"))


def test_any_other_refusal_of_buttons_is_passed_on(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(CONTENT, Answer(400, recorded("error_21211")))
    with pytest.raises(Rejected, match="21211"):
        sender.send(with_options("Yes", "No"))
    assert len(twilio.requests) == 2


def test_where_the_content_address_cannot_be_reached_nothing_is_sent(twilio: ScriptedServer) -> None:
    sender = TwilioSender(
        ACCOUNT,
        TOKEN,
        api_base=twilio.url,
        content_base=f"http://127.0.0.1:{closed_port()}",
        callback_url=str,
        contents=MemoryContents(),
    )
    with pytest.raises(NotSent):
        sender.send(with_options("Yes", "No"))
    assert twilio.requests == []


def test_many_threads_make_buttons_once(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(replace(CONTENT, seconds=0.05), CREATED)
    threads = [threading.Thread(target=sender.send, args=(with_options("Yes", "No"),)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [request.path for request in twilio.requests].count("/v1/Content") == 1
    assert len(twilio.requests) == 17


# what comes back


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


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


# look-ups


def test_a_message_is_fetched_by_its_id(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(200, recorded("created")))
    record = sender.fetch("SM" + "a1" * 16)
    assert record is not None
    assert (record.kind, record.sender, record.to) == (ChannelKind.WHATSAPP, "+351210000000", "+351910000001")
    assert record.created_at == datetime(2026, 3, 3, 9, 15, 2, tzinfo=UTC)
    assert not record.inbound


def test_a_message_that_is_not_there_is_none(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(404, recorded("error_20404")))
    assert sender.fetch("SM" + "a1" * 16) is None
    assert sender.fetch("SM/../../../Accounts") is None
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(401, {}),
        Answer(429),
        Answer(200, b"no"),
        Answer(200, {"sid": 1}),
        Answer(behaviour="reset"),
    ],
)
def test_a_look_up_that_fails_says_so(twilio: ScriptedServer, sender: TwilioSender, answer: Answer) -> None:
    twilio.answer(answer)
    now = SINCE
    for ask in (
        lambda: sender.fetch("SM" + "a1" * 16),
        lambda: sender.sent_to("+351910000001", ChannelKind.SMS, now),
        lambda: sender.received_by("+351210000000", ChannelKind.SMS, now),
        lambda: sender.attachments("MM" + "d1" * 16),
        sender.templates,
    ):
        with pytest.raises(LookupFailed):
            ask()


def test_the_list_of_what_was_sent_follows_pages_skips_oddities_and_stops_in_time(
    twilio: ScriptedServer, sender: TwilioSender, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.answer(Answer(200, recorded("sent_list")), Answer(200, recorded("sent_list_last")))
    found = list(sender.sent_to("+351910000001", ChannelKind.WHATSAPP, SINCE))
    assert [record.provider_id[2:4] for record in found] == ["b1", "b2"]
    assert found[1].sender == ""
    assert "twilio_entry_unreadable" in caplog.text
    assert "PageToken=PASM1" in twilio.requests[1].target
    assert not any("DateSent" in request.target for request in twilio.requests)


def test_a_page_that_is_too_old_ends_the_reading(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(200, recorded("sent_list")))
    late = datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert list(sender.sent_to("+351910000001", ChannelKind.WHATSAPP, late)) == []
    assert len(twilio.requests) == 1


def test_part_of_a_second_does_not_hide_a_message(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(200, recorded("sent_list")), Answer(200, recorded("sent_list_last")))
    since = datetime(2026, 3, 3, 9, 20, 0, 900_000, tzinfo=UTC)
    assert len(list(sender.sent_to("+351910000001", ChannelKind.WHATSAPP, since))) == 1


def test_a_next_page_that_points_to_itself_or_elsewhere_leaks_nothing(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    page = recorded("templates_last")
    page["meta"]["next_page_url"] = "https://elsewhere.example/v1/ContentAndApprovals?PageSize=500&Page=1"
    twilio.answer(Answer(200, page))
    assert not sender.templates().whole
    assert len(twilio.requests) == 2


def test_what_came_in_is_listed_and_its_attachments_are_asked_for_apart(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    twilio.answer(Answer(200, recorded("received_list")), Answer(200, recorded("media_list")))
    papers, yes, opaque = sender.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE)
    assert [papers.media_to_ask_for, yes.media_to_ask_for] == [True, False]
    attached = sender.attachments(papers.provider_id)
    assert [item.kind for item in attached] == [MediaKind.IMAGE, MediaKind.DOCUMENT]
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'d1' * 16}/Media/ME{'e1' * 16}"
    assert attached[0].url == twilio.url + path
    assert (yes.text, yes.sender, yes.media) == ("Yes", "+351910000001", ())
    assert opaque.sender == "US.13491208655302741918"
    query = dict(twilio.requests[0].query)
    assert query["To"] == "whatsapp:+351210000000"
    assert query["DateSent>"] == "2026-03-03T09:12:00Z"
    assert [request.path.endswith("Media.json") for request in twilio.requests] == [False, True]


def test_a_list_that_is_too_long_to_be_read_to_its_end_is_not_taken_for_the_whole(
    twilio: ScriptedServer, sender: TwilioSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_lookups, "MOST_RECEIVED", 2)
    twilio.answer(Answer(200, recorded("received_list")), Answer(200, recorded("media_list")))
    with pytest.raises(LookupFailed, match="too many to compare"):
        list(sender.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE))


def test_attachments_that_were_deleted_are_none(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(404, recorded("error_20404")))
    assert sender.attachments("MM" + "d1" * 16) == ()


def test_what_came_in_can_be_stored_whatever_it_holds(twilio: ScriptedServer, sender: TwilioSender) -> None:
    listed = recorded("received_list")
    for message in listed["messages"]:
        message["body"] = "hi \0\ud83d"
    twilio.answer(Answer(200, listed))
    assert {m.text for m in sender.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE)} == {"hi \ufffd"}


def test_nothing_comes_in_for_a_messaging_service_itself(twilio: ScriptedServer, sender: TwilioSender) -> None:
    assert list(sender.received_by("MG" + "0c" * 16, ChannelKind.SMS, SINCE)) == []
    assert twilio.requests == []


def test_templates_are_read_from_all_pages_without_our_own_buttons(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    twilio.answer(Answer(200, recorded("templates_first")), Answer(200, recorded("templates_last")))
    listed = sender.templates()
    welcome, buttons, card, odd = listed.templates
    assert (welcome.name, welcome.status, welcome.variables) == ("screening_welcome", "approved", ("1", "2"))
    assert welcome.body.startswith("Olá {{1}}")
    assert (buttons.status, buttons.variables) == ("rejected", ("2", "10", "name"))
    assert buttons.rejection_reason == "INVALID_FORMAT"
    assert (card.status, card.body, card.variables) == ("unsubmitted", "Entrevista {{1}}", ("1",))
    assert (odd.body, odd.variables) == ("", ("1",))
    assert "PageToken=DNHX1" in twilio.requests[1].target


@pytest.mark.parametrize(("field", "value", "whole"), [("sid", "HX0", True), ("sid", None, False), ("types", 7, True)])
def test_a_list_with_an_entry_that_cannot_be_read_is_not_whole(
    twilio: ScriptedServer, sender: TwilioSender, field: str, value: object, *, whole: bool
) -> None:
    page = recorded("templates_last")
    page["contents"] = [entry for entry in page["contents"] if entry["friendly_name"]]
    page["contents"][0][field] = value
    twilio.answer(Answer(200, page))
    assert sender.templates().whole is whole


def test_an_entry_that_the_library_cannot_build_makes_a_list_less_than_whole(
    twilio: ScriptedServer, sender: TwilioSender
) -> None:
    twilio.answer(Answer(200, recorded("templates_last") | {"contents": ["?"]}))
    assert sender.templates() == TemplateList([], whole=False)
