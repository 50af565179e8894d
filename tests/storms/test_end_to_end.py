"""Without any disturbance: the documented processes, the stand-in for Twilio, and people who answer."""

import random

import pytest
import requests

from tests.storms import ledger
from tests.storms.conftest import Install
from tests.storms.crowd import Crowd, converse
from tests.storms.installation import Installation
from tests.storms.processes import wait_until
from tests.storms.services import RedisServer, Twilio

pytestmark = [pytest.mark.storm, pytest.mark.timeout(180)]


def test_conversations_run_from_the_application_to_the_conclusion(
    install: Install, twilio: Twilio, redis_server: RedisServer, seed: int
) -> None:
    installation = install(redis_url=redis_server.url)
    form = {"MessageSid": "SM" + "1" * 32, "AccountSid": twilio.account, "From": "+351910000000", "Body": "hi"}
    forged = {"X-Twilio-Signature": "AAAA"}
    for headers in ({}, forged):
        refused = requests.post(f"{installation.url}/webhooks/twilio/messages", form, headers=headers, timeout=10)
        assert refused.status_code == 403
    twilio.control(read=0.5, window=True)
    crowd = Crowd(twilio, random.Random(seed), 4)
    crowd.think = (0.0, 0.1)
    crowd.apply(installation)
    converse(crowd, 60)
    for person in crowd.people:
        assert person.heard == person.script.expected
        enrolment = installation.call("GET", f"/enrolments/{person.enrolment}")
        assert enrolment["status"] == "completed"
        answers = installation.call("GET", f"/enrolments/{person.enrolment}/answers")["items"]
        assert {answer["question"]: answer["value"] for answer in answers} == person.script.values
    assert twilio.violations == []
    assert len(ledger.inbound_ids(installation.database_url)) == sum(len(p.script.lines) for p in crowd.people)
    _check_receipts(installation, crowd)
    _check_welcome(twilio, crowd)


def _check_receipts(installation: Installation, crowd: Crowd) -> None:
    def thread(candidate: str) -> list[dict[str, object]]:
        return list(installation.every(f"/candidates/{candidate}/messages"))

    for person in crowd.people:
        candidate = installation.call("GET", f"/applications/{person.application}")["candidate"]
        wait_until(
            lambda candidate=candidate: (
                {m["status"] for m in thread(candidate) if m["direction"] == "outgoing"} <= {"delivered", "read"}
            ),
            "every message has its receipt",
        )
        spoken = [m["text"] for m in thread(candidate) if m["direction"] == "incoming"]
        assert spoken == person.script.lines
    assert any(person.channel == "whatsapp" for person in crowd.people)


def _check_welcome(twilio: Twilio, crowd: Crowd) -> None:
    """On WhatsApp a conversation may only be opened by a template."""
    for person in crowd.people:
        first = next(e for e in twilio.log if e["event"] == "message" and e["form"]["To"] == person.address)
        assert ("ContentSid" in first["form"]) == (person.channel == "whatsapp")


def test_a_number_without_whatsapp_gets_the_campaign_by_sms(
    install: Install, twilio: Twilio, redis_server: RedisServer, seed: int
) -> None:
    installation = install(redis_url=redis_server.url)
    crowd = Crowd(twilio, random.Random(seed), 1, first=1)
    (person,) = crowd.people
    twilio.control(failures={person.address: {"code": 63024, "how": "callback"}})
    crowd.apply(installation)
    candidate = installation.call("GET", f"/applications/{person.application}")["candidate"]

    def outgoing() -> list[tuple[str, str]]:
        messages = installation.every(f"/candidates/{candidate}/messages")
        return [(m["channel"], m["status"]) for m in messages if m["direction"] == "outgoing"]

    wait_until(lambda: outgoing() == [("whatsapp", "failed"), ("sms", "delivered")], "the text follows by SMS")
    assert ledger.linked_messages(installation.database_url) == [("failed", "delivered")]
    twilio.news()
    texts = [(e["form"]["To"], e["body"]) for e in twilio.log if e["event"] == "message"]
    assert texts == [(person.address, person.script.welcome), (person.phone, person.script.welcome)]
    twilio.write(sender=person.phone, to="+15005550007", body="ok")
    wait_until(lambda: len(outgoing()) == 4, "the conversation goes on by SMS")
    assert {channel for channel, _ in outgoing()[1:]} == {"sms"}
