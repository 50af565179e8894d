"""What the stand-in refuses, lists and keeps, as Twilio does."""

import base64
import socket
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.base import ChannelKind, MessageStatus, Option, Rejected, TemplateUse
from bot.channels.twilio import TwilioSender
from tests.standin.meeting import MESSAGE, OURS, PERSON, Application, lately, make_sender
from tests.standin.twilio import ACCOUNT, TOKEN, StandIn


def test_people_can_be_out_of_reach(twilio: StandIn, sender: TwilioSender, application: Application) -> None:
    twilio.control(
        failures={
            f"whatsapp:{PERSON}": {"code": 63016},
            "+351910000002": {"code": 30003, "times": 1},
            "+351910000003": {"code": 21610, "how": "answer"},
        }
    )
    sender.send(MESSAGE)
    text = replace(MESSAGE, kind=ChannelKind.SMS, to="+351910000002", public_id="m2")
    sender.send(text)
    assert twilio.settle()
    assert {(update.public_id, update.provider_status, update.error_code) for update in application.updates} == {
        ("m1", "failed", "63016"),
        ("m2", "undelivered", "30003"),
    }
    with pytest.raises(Rejected) as caught:
        sender.send(replace(text, to="+351910000003"))
    assert caught.value.code == "21610"
    sender.send(replace(text, public_id="m3"))
    assert twilio.settle()
    assert application.updates[-1].status is MessageStatus.DELIVERED


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "12"}, "21211"),
        ({"to": OURS}, "63031"),
        ({"template": TemplateUse("x", "HX" + "0" * 32)}, "21655"),
    ],
)
def test_what_twilio_refuses_it_refuses(
    twilio: StandIn, sender: TwilioSender, change: dict[str, Any], code: str
) -> None:
    twilio.control(approve_unknown=False)
    with pytest.raises(Rejected) as caught:
        sender.send(replace(MESSAGE, **change))
    assert caught.value.code == code
    assert twilio.accepted == []


@pytest.mark.parametrize(("values", "code"), [({}, "63028"), ({"1": "Ann"}, ""), ({"1": "Ann", "2": "x"}, "63028")])
def test_whatsapp_counts_the_values_of_a_template(
    twilio: StandIn, sender: TwilioSender, application: Application, values: dict[str, str], code: str
) -> None:
    types = {"twilio/text": {"body": "Hi {{1}}!"}, "twilio/quick-reply": {"body": "Hi {{1}}!", "actions": []}}
    twilio.control(templates=[{"sid": "HX" + "2" * 32, "friendly_name": "hello", "language": "en", "types": types}])
    sender.send(replace(MESSAGE, template=TemplateUse("hello", "HX" + "2" * 32, values)))
    assert twilio.settle()
    assert {update.error_code for update in application.updates} == {code}


def test_a_wrong_token_is_refused(twilio: StandIn) -> None:
    with pytest.raises(Rejected) as caught:
        make_sender(twilio, token="wrong").send(MESSAGE)
    assert caught.value.code == "20003"


def test_templates_are_listed_with_their_approval(twilio: StandIn, sender: TwilioSender) -> None:
    approved: dict[str, Any] = {"sid": "HX" + "a" * 32, "friendly_name": "welcome", "language": "en"}
    approved |= {"types": {"twilio/text": {"body": "Hi {{1}}, thanks"}}, "approval": {"status": "APPROVED"}}
    many = [{**approved, "sid": f"HX{n:032x}", "friendly_name": f"t{n}"} for n in range(600)]
    twilio.control(templates=[approved, *many])
    found = list(sender.templates().templates)
    assert len(found) == 601
    assert (found[0].name, found[0].status, found[0].variables) == ("welcome", "approved", ("1",))


def test_the_window_is_enforced_when_asked(twilio: StandIn, sender: TwilioSender, application: Application) -> None:
    twilio.control(window=True)
    sender.send(MESSAGE)
    sender.send(replace(MESSAGE, public_id="m2", template=TemplateUse("x", "HX" + "0" * 32)))
    twilio.inbound(sender=f"whatsapp:{PERSON}", to=f"whatsapp:{OURS}", body="Hello", deliver=False)
    sender.send(replace(MESSAGE, public_id="m3"))
    sender.send(replace(MESSAGE, public_id="m4", options=(Option("1", "Yes"),)))
    assert twilio.settle()
    failed = {update.public_id: update.error_code for update in application.updates if update.error_code}
    assert failed == {"m1": "63016"}


def test_buttons_work_and_the_list_shows_their_question(twilio: StandIn, sender: TwilioSender) -> None:
    sender.send(replace(MESSAGE, options=(Option("1", "Yes"), Option("2", "No"))))
    (record,) = sender.sent_to(PERSON, ChannelKind.WHATSAPP, lately())
    assert record.text == "Shall we start?"
    (key,) = twilio.store.contents
    twilio.control(forget_content=[key])
    sender.send(replace(MESSAGE, options=(Option("1", "Yes"), Option("2", "No")), numbered_text="1. Yes 2. No"))
    assert twilio.accepted[-1]["form"]["Body"] == "1. Yes 2. No"


def test_a_message_that_is_still_queued_is_found(twilio: StandIn, sender: TwilioSender) -> None:
    twilio.control(callback_delay=60.0)
    sender.send(MESSAGE)
    assert len(list(sender.sent_to(PERSON, ChannelKind.WHATSAPP, lately()))) == 1


def test_long_lists_are_read_page_by_page(twilio: StandIn, sender: TwilioSender) -> None:
    for number in range(250):
        twilio.store.add({"To": [PERSON], "From": [OURS], "Body": [str(number)]}, inbound=False)
    found = list(sender.sent_to(PERSON, ChannelKind.SMS, lately()))
    assert sorted(int(record.text) for record in found) == list(range(250))


def test_a_request_that_breaks_off_asks_for_nothing(twilio: StandIn, sender: TwilioSender) -> None:
    credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    head = (
        f"POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Length: 100\r\n\r\nBody=Hi"
    )
    host, port = twilio.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert (twilio.violations, twilio.accepted) == ([], [])
    sender.send(MESSAGE)
    assert len(twilio.accepted) == 1
