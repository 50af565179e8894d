"""The stand-in for Twilio, used through our real sender and read by our real receiver."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.base import ChannelKind, MessageStatus, NotSent, OutcomeUnknown, RateLimited
from bot.channels.twilio import TwilioSender
from tests.provider_specs import specs_folder
from tests.standin.meeting import MESSAGE, PERSON, Application, lately, make_sender, until
from tests.standin.twilio import StandIn


def test_a_message_is_accepted_and_its_signed_callbacks_arrive(
    twilio: StandIn, sender: TwilioSender, application: Application
) -> None:
    receipt = sender.send(MESSAGE)
    assert twilio.settle()
    assert sorted(update.status or "" for update in application.updates) == ["delivered", "sent"]
    assert {update.provider_id for update in application.updates} == {receipt.provider_id}
    assert {update.public_id for update in application.updates} == {"m1"}
    assert application.forged == 0
    record = sender.fetch(receipt.provider_id)
    assert record is not None
    assert record.status == "delivered"


def test_requests_are_judged_by_the_providers_description(twilio: StandIn, sender: TwilioSender) -> None:
    if specs_folder() is None:
        pytest.skip("the providers' API descriptions are absent")
    sender.send(MESSAGE)
    assert all("user:pass" in entry["problem"] for entry in twilio.violations)  # the description knows no user
    twilio.store.violations.clear()
    sender.fetch("SM" + "0" * 31)
    assert {entry["request"][:3] for entry in twilio.violations} == {"GET"}


def test_read_receipts_come_last_and_only_on_whatsapp(
    twilio: StandIn, sender: TwilioSender, application: Application
) -> None:
    twilio.control(read=1.0)
    sender.send(MESSAGE)
    sender.send(replace(MESSAGE, kind=ChannelKind.SMS, public_id="m2"))
    assert twilio.settle()
    reads = [update.public_id for update in application.updates if update.status is MessageStatus.READ]
    assert reads == ["m1"]


def test_callbacks_can_be_repeated_shuffled_and_dropped(
    twilio: StandIn, sender: TwilioSender, application: Application
) -> None:
    twilio.control(repeat=1.0, shuffle=True)
    for number in range(20):
        sender.send(replace(MESSAGE, public_id=f"m{number}"))
    assert twilio.settle()
    assert len(application.updates) == 80
    order = [update.status for update in application.updates if update.public_id == "m3"]
    assert order.count(MessageStatus.SENT) == order.count(MessageStatus.DELIVERED) == 2
    by_message = {f"m{n}": [u.status for u in application.updates if u.public_id == f"m{n}"] for n in range(20)}
    assert any(statuses[0] is MessageStatus.DELIVERED for statuses in by_message.values())
    twilio.control(drop=1.0)
    sender.send(MESSAGE)
    assert twilio.settle()
    assert len(application.updates) == 80


def test_the_same_seed_gives_the_same_chances() -> None:
    first, second, other = StandIn(seed=7), StandIn(seed=7), StandIn(seed=8)
    draws = [[standin.plan.uniform() for _ in range(5)] for standin in (first, second, other)]
    assert draws[0] == draws[1] != draws[2]
    for standin in (first, second, other):
        standin._server.server_close()


def test_a_slow_application_does_not_stop_the_stand_in(
    twilio: StandIn, sender: TwilioSender, application: Application
) -> None:
    application.slow = 0.3
    start = time.monotonic()
    for number in range(30):
        sender.send(replace(MESSAGE, public_id=f"m{number}"))
    assert time.monotonic() - start < 2
    assert twilio.settle()
    assert len(application.updates) == 60


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        ("500_after", OutcomeUnknown, 1),
        ("500_before", OutcomeUnknown, 0),
        ("503_before", OutcomeUnknown, 0),
        ("429", RateLimited, 0),
        ("reset_unread", OutcomeUnknown, 0),
        ("reset_before", OutcomeUnknown, 0),
        ("reset_after", OutcomeUnknown, 1),
        ("hang", OutcomeUnknown, 1),
        ("garbage", OutcomeUnknown, 1),
        ("empty", OutcomeUnknown, 1),
        ("cut", OutcomeUnknown, 1),
    ],
)
def test_each_fault_is_told_apart_and_the_list_tells_the_truth(
    twilio: StandIn, kind: str, error: type[Exception], accepted: int
) -> None:
    sender = make_sender(twilio, timeout=0.5)
    twilio.control(faults=[{"kind": kind, "times": 1, "seconds": 2.0}])
    with pytest.raises(error) as caught:
        sender.send(MESSAGE)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == timedelta(seconds=2)
    assert len(twilio.accepted) == accepted
    assert len(list(sender.sent_to(PERSON, ChannelKind.WHATSAPP, lately()))) == accepted
    assert sender.send(MESSAGE).provider_id


def test_a_slow_answer_is_still_an_answer(twilio: StandIn, sender: TwilioSender) -> None:
    twilio.control(faults=[{"kind": "slow", "seconds": 0.2, "times": 1}], answer_delay=0.05)
    start = time.monotonic()
    assert sender.send(MESSAGE).provider_id
    assert time.monotonic() - start >= 0.25


def test_faults_can_be_aimed(twilio: StandIn, sender: TwilioSender) -> None:
    twilio.control(faults=[{"kind": "500_before", "to": "whatsapp:+351910000009"}, {"kind": "429", "on": "reads"}])
    assert sender.send(MESSAGE).provider_id
    with pytest.raises(OutcomeUnknown):
        sender.send(replace(MESSAGE, to="+351910000009"))
    with pytest.raises(Exception, match="too fast"):
        sender.sent_to(PERSON, ChannelKind.WHATSAPP, lately())


def test_going_down_refuses_and_coming_back_remembers(twilio: StandIn, sender: TwilioSender) -> None:
    sender.send(MESSAGE)
    twilio.go_down(0.4)
    until(lambda: refused(sender))
    before = len(twilio.accepted)
    until(lambda: not refused(sender))
    assert len(twilio.accepted) == before + 1
    assert len(list(sender.sent_to(PERSON, ChannelKind.WHATSAPP, lately()))) == before + 1


def refused(sender: TwilioSender) -> bool:
    try:
        sender.send(MESSAGE)
    except NotSent:
        return True
    except OutcomeUnknown:  # a connection that was open is dropped
        return False
    return False
