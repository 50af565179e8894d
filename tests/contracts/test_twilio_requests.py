"""Every request that our client builds for Twilio, held against Twilio's own description of its API."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.channels.base import ChannelKind, Media, MediaKind, Option, OutgoingMessage, TemplateUse
from bot.channels.twilio import TwilioSender
from bot.channels.twilio_account import ask_account
from flows.builtin_templates import BuiltIn, all_builtin
from flows.template_rules import TemplateText
from tests.fakes import MemoryContents
from tests.provider_specs import CONTENT, MESSAGES, SentRequest, Specification, load, require_specs, violations
from tests.standin.scripted import Answer, ScriptedServer

ACCOUNT, TOKEN = "AC" + "5e" * 16, "t" * 32
RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "twilio"
SINCE = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)
TEMPLATE = TemplateUse("welcome", "HX" + "ab" * 16, {"1": "Ana", "2": "a\nb"})
WRITTEN = TemplateText(
    "welcome", "pt_PT", "UTILITY", "Olá {{1}}, obrigado pela candidatura. Começamos?", {"1": "Ana"}, ("Sim", "Não")
)
PHOTO = Media("https://bot.example.org/media/x", MediaKind.IMAGE)


@pytest.fixture(autouse=True)
def specs() -> Path:
    return require_specs()


@pytest.fixture
def twilio() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


def sender(twilio: ScriptedServer, *, service: str = "") -> TwilioSender:
    return TwilioSender(
        ACCOUNT,
        TOKEN,
        api_base=twilio.url,
        content_base=twilio.url,
        callback_url="https://bot.example.org:8443/webhooks/twilio/status/{}?a=1".format,
        messaging_service_sid=service,
        contents=MemoryContents(),
    )


def message(kind: ChannelKind, **changes: Any) -> OutgoingMessage:
    given = {"sender": "+351210000000", "to": "+351910000001", "text": "Olá, começamos?"} | changes
    return OutgoingMessage(public_id="m1", kind=kind, **given)


def choices(count: int) -> tuple[Option, ...]:
    return tuple(
        Option(f"question:{n}" + "x" * (189 - 2 * (n > 9)), f"{n}. " + "é" * (17 - (n > 9))) for n in range(count)
    )


SENT = {
    "a text on WhatsApp": message(ChannelKind.WHATSAPP),
    "a text by SMS": message(ChannelKind.SMS, valid_for=timedelta(hours=99)),
    "a text of 1,600 characters": message(ChannelKind.SMS, text="é☕" * 800),
    "an opaque id": message(ChannelKind.WHATSAPP, to="US.13491208655302741918"),
    "a photo": message(ChannelKind.WHATSAPP, media=(PHOTO,), valid_for=timedelta(0)),
    "a photo alone": message(ChannelKind.WHATSAPP, media=(PHOTO,), text=""),
    "ten photos": message(ChannelKind.SMS, media=(PHOTO,) * 10),
    "a template": message(ChannelKind.WHATSAPP, template=TEMPLATE),
    "a template without blanks": message(ChannelKind.WHATSAPP, template=TemplateUse("x", TEMPLATE.content_sid)),
    "buttons": message(ChannelKind.WHATSAPP, options=choices(3)),
    "a list": message(ChannelKind.WHATSAPP, options=choices(10), list_label="Escolha uma opção ão"),
    "numbered lines": message(ChannelKind.SMS, options=choices(3), numbered_text="Olá\n1. A\n2. B\n3. C"),
}


@pytest.mark.parametrize("service", ["", "MG" + "0c" * 16])
@pytest.mark.parametrize("name", SENT)
def test_every_kind_of_message_is_as_the_provider_describes_it(twilio: ScriptedServer, name: str, service: str) -> None:
    created = json.loads((RECORDED / "created.json").read_text())
    interactive = name in {"buttons", "a list"}
    twilio.answer(*[Answer(201, created | {"sid": "HX" + "c1" * 16})] * interactive, Answer(201, created))
    sender(twilio, service=service).send(SENT[name])
    assert len(twilio.requests) == 1 + interactive
    assert [problem for request in twilio.requests for problem in violations(request)] == []


ASKED: dict[str, Callable[[TwilioSender], Any]] = {
    "fetch": lambda twilio: twilio.fetch("SM" + "a1" * 16),
    "sent_to": lambda twilio: twilio.sent_to("+351910000001", ChannelKind.WHATSAPP, SINCE),
    "received_by": lambda twilio: twilio.received_by("+351210000000", ChannelKind.WHATSAPP, SINCE),
    "attachments": lambda twilio: twilio.attachments("MM" + "d1" * 16),
    "templates": lambda twilio: twilio.templates(),
}
ANSWERS = {
    "fetch": ["created"],
    "sent_to": ["sent_list", "sent_list_last"],
    "received_by": ["received_list"],
    "attachments": ["media_list"],
    "templates": ["templates_first", "templates_last"],
}


@pytest.mark.parametrize("name", ASKED)
def test_every_look_up_is_as_the_provider_describes_it(twilio: ScriptedServer, name: str) -> None:
    bodies = [json.loads((RECORDED / f"{answer}.json").read_text()) for answer in ANSWERS[name]]
    twilio.answer(*(Answer(200, body) for body in bodies))
    ASKED[name](sender(twilio))
    assert len(twilio.requests) == len(bodies)
    assert [problem for request in twilio.requests for problem in violations(request)] == []


KEPT: dict[str, tuple[Callable[[TwilioSender], Any], Answer]] = {
    "a template with buttons": (lambda twilio: twilio.create_template(WRITTEN), Answer(201, {"sid": "HX" + "c1" * 16})),
    "a template": (
        lambda twilio: twilio.create_template(replace(WRITTEN, buttons=())),
        Answer(201, {"sid": "HX" + "c1" * 16}),
    ),
    "approval": (
        lambda twilio: twilio.request_approval("HX" + "c1" * 16, WRITTEN.name, WRITTEN.category),
        Answer(201, {"name": WRITTEN.name, "status": "received"}),
    ),
    "deletion": (lambda twilio: twilio.delete_template("HX" + "c1" * 16), Answer(204, b"")),
}


@pytest.mark.parametrize("name", KEPT)
def test_every_request_about_a_template_is_as_the_provider_describes_it(twilio: ScriptedServer, name: str) -> None:
    act, answer = KEPT[name]
    twilio.answer(answer)
    act(sender(twilio))
    assert [problem for request in twilio.requests for problem in violations(request)] == []
    assert len(twilio.requests) == 1


@pytest.mark.parametrize("each", all_builtin(), ids=lambda each: f"{each.text.name} {each.text.language}")
def test_what_comes_with_callboard_is_as_the_provider_describes_it(twilio: ScriptedServer, each: BuiltIn) -> None:
    twilio.answer(Answer(201, {"sid": "HX" + "c1" * 16}))
    sender(twilio).create_template(each.text)
    assert violations(twilio.requests[0]) == []


def test_the_question_whether_an_account_is_accepted_is_as_the_provider_describes_it(twilio: ScriptedServer) -> None:
    twilio.answer(Answer(200, json.loads((RECORDED / "sent_list.json").read_text())))
    ask_account(ACCOUNT, TOKEN, api_base=twilio.url, timeout=5)
    (request,) = twilio.requests
    assert (request.path, request.query) == (f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", [("PageSize", "1")])
    assert violations(request) == []


# the judge itself


def create(**fields: Any) -> SentRequest:
    form = {"To": "+351910000001", "From": "+351210000000", "Body": "x"} | fields
    kept = {name: value for name, value in form.items() if value is not None}
    headers = {"authorization": "Basic x", "content-type": "application/x-www-form-urlencoded"}
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return SentRequest("POST", path, headers, urlencode(kept, doseq=True).encode())


@pytest.mark.parametrize(
    "fields",
    [
        {"Body": "x" * 1601},
        {"To": None},
        {"To": "0123"},
        {"Body": None},
        {"Foo": "1"},
        {"body": "x"},
        {"Body": ["x", "y"]},
        {"MediaUrl": ["https://a.example"] * 11},
        {"ValidityPeriod": "36001"},
        {"ValidityPeriod": "soon"},
        {"MessagingServiceSid": "MG1"},
        {"StatusCallback": "https://under_score.example/x"},
        {"ContentSid": "HX" + "a" * 32},
        {"ContentVariables": "{}"},
    ],
)
def test_the_judge_finds_what_is_wrong_with_a_message(fields: dict[str, Any]) -> None:
    assert violations(create()) == []
    assert violations(create(**fields)) != []


def content(types: dict[str, Any], **changes: Any) -> SentRequest:
    body = {"language": "en", "types": types} | changes
    headers = {"authorization": "Basic x", "content-type": "application/json"}
    return SentRequest("POST", "/v1/Content", headers, json.dumps(body).encode())


def test_the_judge_finds_what_is_wrong_with_content() -> None:
    action = {"title": "Yes", "id": "1", "type": "QUICK_REPLY"}
    item = {"item": "Yes", "id": "1"}
    assert violations(content({"twilio/text": {"body": "{{1}}"}, "twilio/card": None})) == []
    for types in (
        {},
        {"twilio/nothing": {"body": "x"}},
        {"twilio/text": {"body": ""}},
        {"twilio/quick-reply": {"body": "x", "actions": [action] * 11}},
        {"twilio/quick-reply": {"body": "x", "actions": [action | {"title": "y" * 21}]}},
        {"twilio/quick-reply": {"body": "x", "actions": [action | {"colour": "red"}]}},
        {"twilio/list-picker": {"body": "x", "button": "y", "items": [item] * 11}},
        {"twilio/list-picker": {"body": "x", "button": "y", "items": [item | {"item": "y" * 25}]}},
        {"twilio/list-picker": {"body": "x", "items": [item]}},
    ):
        assert violations(content(types)) != []


def test_the_judge_finds_wrong_addresses_methods_queries_and_credentials() -> None:
    good = create()
    path = good.path
    for bad in (
        SentRequest("POST", path.replace("Messages", "Message"), good.headers, good.body),
        SentRequest("PUT", path, good.headers, good.body),
        SentRequest("POST", path.replace("AC", "XX"), good.headers, good.body),
        SentRequest("POST", path, {"content-type": good.headers["content-type"]}, good.body),
        SentRequest("POST", path, {"authorization": "Basic x", "content-type": "application/json"}, b"{}"),
        SentRequest("GET", path + "?Too=1", {"authorization": "Basic x"}),
        SentRequest("GET", path + "?PageSize=1001", {"authorization": "Basic x"}),
        SentRequest("GET", path, {"authorization": "Basic x"}, b"body"),
    ):
        assert violations(bad) != []


def test_both_descriptions_are_there(specs: Path) -> None:
    for name in (MESSAGES, CONTENT):
        assert isinstance(load(name, specs), Specification)
