"""Options become buttons, a list or numbered lines, and what happens where Twilio will not have them."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.base import ChannelKind, Media, MediaKind, NotSent, Option, RateLimited, Rejected
from bot.channels.twilio import TwilioSender
from bot.channels.twilio_content import Widget, widget_for
from tests.bot.channels.twilio_sending import (
    ACCOUNT,
    CONTENT,
    CREATED,
    TOKEN,
    closed_port,
    recorded,
    sent,
    with_options,
)
from tests.fakes import MemoryContents
from tests.standin.scripted import Answer, ScriptedServer


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
