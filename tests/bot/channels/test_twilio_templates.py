"""Templates at Twilio: what is put on the wire, and what each way to fail becomes."""

import pytest

from bot.channels.base import NotSent, OutcomeUnknown, RateLimited, Rejected, SendError
from bot.channels.twilio import TwilioSender
from flows.template_rules import TemplateText
from tests.bot.channels.twilio_sending import closed_port, make_sender, recorded
from tests.standin.scripted import Answer, ScriptedServer

SID = "HX" + "c1" * 16
TEMPLATE = TemplateText(
    "hello", "en", "UTILITY", "Hi {{1}}, thank you for applying. Shall we?", {"1": "Ann", "9": "x"}, (" Yes ", "No")
)


def act(sender: TwilioSender, name: str) -> object:
    match name:
        case "create":
            return sender.create_template(TEMPLATE)
        case "approve":
            return sender.request_approval(SID, TEMPLATE.name, TEMPLATE.category)
    return sender.delete_template(SID)


def test_a_template_is_made_with_its_buttons_and_a_plain_text(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(201, {"sid": SID}))
    assert sender.create_template(TEMPLATE) == SID
    assert twilio.requests[0].path == "/v1/Content"
    body = twilio.requests[0].json
    assert (body["friendly_name"], body["language"], body["variables"]) == ("hello", "en", {"1": "Ann"})
    types = {name: value for name, value in body["types"].items() if value}
    assert types["twilio/text"]["body"] == TEMPLATE.body
    shown = types["twilio/quick-reply"]
    assert [action["title"] for action in shown["actions"]] == ["Yes", "No"]
    assert set(types) == {"twilio/text", "twilio/quick-reply"}


def test_approval_is_asked_for_under_the_name(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(201, {"status": "received"}))
    act(sender, "approve")
    request = twilio.requests[0]
    assert request.path == f"/v1/Content/{SID}/ApprovalRequests/whatsapp"
    assert (request.json["name"], request.json["category"]) == ("hello", "UTILITY")


def test_a_template_that_is_gone_already_is_deleted(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(Answer(204, b""), Answer(404, {"code": 20404, "status": 404}))
    for _ in range(2):
        act(sender, "delete")
    assert [request.method for request in twilio.requests] == ["DELETE", "DELETE"]


@pytest.mark.parametrize("name", ["create", "approve", "delete"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(400, {"code": 20001, "status": 400}), Rejected),
        (Answer(401, {"code": 20003, "status": 401}), Rejected),
        (Answer(429, {}), RateLimited),
        (Answer(500, {}), OutcomeUnknown),
        (Answer(behaviour="reset"), OutcomeUnknown),
    ],
)
def test_each_way_to_fail_becomes_one_of_ours(
    twilio: ScriptedServer, sender: TwilioSender, name: str, answer: Answer, error: type[SendError]
) -> None:
    twilio.answer(answer)
    with pytest.raises(error):
        act(sender, name)
    assert len(twilio.requests) <= 1


@pytest.mark.parametrize("body", [b"", b"<html>", {}, {"sid": None}, {"sid": "../x"}])
def test_an_answer_without_an_id_tells_nothing(twilio: ScriptedServer, sender: TwilioSender, body: object) -> None:
    twilio.answer(Answer(201, body))
    with pytest.raises(OutcomeUnknown):
        act(sender, "create")


def test_what_never_left_was_not_sent() -> None:
    with pytest.raises(NotSent):
        act(make_sender(f"http://127.0.0.1:{closed_port()}"), "create")


def test_samples_and_buttons_are_listed(twilio: ScriptedServer, sender: TwilioSender) -> None:
    twilio.answer(*(Answer(200, recorded(name)) for name in ("templates_first", "templates_last")))
    listed = {template.name: template for template in sender.templates().templates}
    assert dict(listed["screening_welcome"].samples) == {"1": "Ana", "2": "barista"}
    assert listed["screening_welcome"].buttons == ()
    assert listed["with_buttons"].buttons == ("Sim",)
