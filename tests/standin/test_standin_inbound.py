"""The stand-in writes to us as Twilio does, lets its media be fetched, and can be controlled."""

import base64
import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import ChannelKind, OutcomeUnknown
from bot.channels.twilio import TwilioSender
from tests.standin.meeting import MESSAGE, OURS, PERSON, Application, lately
from tests.standin.twilio import ACCOUNT, TOKEN, StandIn, attachment


def test_an_inbound_message_arrives_signed_and_is_in_the_list(
    twilio: StandIn, sender: TwilioSender, application: Application
) -> None:
    twilio.control(repeat=1.0)
    sid = twilio.inbound(
        sender=f"whatsapp:{PERSON}",
        to=f"whatsapp:{OURS}",
        body="Olá ☕",
        media=[attachment(b"picture", "image/jpeg")],
        extra={"ButtonPayload": "q:1"},
    )["sid"]
    assert twilio.settle()
    first, second = application.messages
    assert first == second
    assert (first.provider_id, first.sender, first.text, first.tapped) == (sid, PERSON, "Olá ☕", "q:1")
    (listed,) = sender.received_by(OURS, ChannelKind.WHATSAPP, lately())
    assert (listed.provider_id, listed.text) == (sid, "Olá ☕")
    assert sender.attachments(sid) == first.media
    assert application.forged == 0


def test_a_missed_inbound_message_is_only_in_the_list(
    twilio: StandIn, sender: TwilioSender, application: Application
) -> None:
    twilio.inbound(sender=PERSON, to=OURS, body="hello", deliver=False)
    assert twilio.settle()
    assert application.messages == []
    assert [message.text for message in sender.received_by(OURS, ChannelKind.SMS, lately())] == ["hello"]


def test_a_failed_connection_is_tried_once_more_and_never_again(twilio: StandIn) -> None:
    twilio.control(connect_to="http://127.0.0.1:9")
    assert twilio.inbound(sender=PERSON, to=OURS, body="hello", wait=True)["answer"] == 0
    (posted,) = [entry for entry in twilio.store.log if entry["event"] == "inbound_posted"]
    assert posted["tries"] == 2


@pytest.mark.parametrize(("overrides", "tries"), [("", 1), ("#rc=1&rp=5xx", 1), ("#rc=1&rp=4xx", 2), ("#rp=all", 2)])
def test_the_address_says_after_which_answers_to_try_again(twilio: StandIn, overrides: str, tries: int) -> None:
    twilio.control(inbound_url=f"https://elsewhere.example.org/webhooks/twilio/messages{overrides}")
    assert twilio.inbound(sender=PERSON, to=OURS, body="hello", wait=True)["answer"] == 403
    (posted,) = [entry for entry in twilio.store.log if entry["event"] == "inbound_posted"]
    assert posted["tries"] == tries


def test_media_are_fetched_with_credentials_by_way_of_a_redirect(twilio: StandIn, application: Application) -> None:
    twilio.inbound(sender=PERSON, to=OURS, media=[attachment(b"picture", "image/jpeg")], wait=True)
    (url,) = [media.url for media in application.messages[0].media]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url, timeout=5)
    credentials = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    request = urllib.request.Request(url, headers={"Authorization": f"Basic {credentials}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"picture", "image/jpeg")


def call(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=5) as answer:
        return json.load(answer)


def test_it_is_controlled_over_the_wire(twilio: StandIn, sender: TwilioSender, application: Application) -> None:
    call(f"{twilio.url}/_control", {"faults": [{"kind": "500_before", "times": 1}], "read": 1})
    with pytest.raises(OutcomeUnknown):
        sender.send(MESSAGE)
    sid = call(f"{twilio.url}/_inbound", {"sender": PERSON, "to": OURS, "body": "x", "wait": True})["sid"]
    sender.send(MESSAGE)
    assert twilio.settle()
    log = call(f"{twilio.url}/_log")
    assert log["idle"]
    assert [entry["event"] for entry in log["log"]][:4] == ["fault", "inbound", "inbound_posted", "message"]
    assert log["log"][1]["sid"] == sid
    assert [entry["at"] for entry in log["log"]] == sorted(entry["at"] for entry in log["log"])
    assert call(f"{twilio.url}/_log?since={log['next']}")["log"] == []


@pytest.mark.parametrize("body", [{"faults": [{"kind": "nonsense"}]}, {"nonsense": 1}, [], {"failures": {"+1": {}}}])
def test_nonsense_is_refused(twilio: StandIn, body: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        call(f"{twilio.url}/_control", body)


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "tests.standin.twilio", "--port", "0", "--control", "--repeat", "0.2"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4].rstrip(",")
        assert call(f"{url}/_control", {"read": 0.5}) == {"ok": True}
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0


def test_without_leave_it_cannot_be_controlled() -> None:
    with StandIn(controllable=False) as standin, pytest.raises(urllib.error.HTTPError, match="404"):
        call(f"{standin.url}/_control", {"read": 1})
