"""The stand-in for Twilio, used through our real sender and read by our real receiver."""

import base64
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import (
    ChannelKind,
    InboundMessage,
    MessageStatus,
    NotSent,
    Option,
    OutcomeUnknown,
    OutgoingMessage,
    RateLimited,
    Rejected,
    StatusUpdate,
    TemplateUse,
)
from bot.channels.twilio import TwilioSender
from bot.clock import SystemClock
from tests.fakes import MemoryContents
from tests.provider_specs import specs_folder
from tests.standin.twilio import ACCOUNT, TOKEN, StandIn, attachment
from webhooks.signatures import public_url, raw_path, signed_fields
from webhooks.twilio_forms import form_of, read_inbound, read_status

PUBLIC = "https://user:pass@bot.example.org"
PERSON, OURS = "+351910000001", "+351210000000"
MESSAGE = OutgoingMessage(public_id="m1", kind=ChannelKind.WHATSAPP, sender=OURS, to=PERSON, text="Shall we start?")


@dataclass
class Application:
    """A little of the application: verifies, reads and keeps what is posted."""

    updates: list[StatusUpdate] = field(default_factory=list)
    messages: list[InboundMessage] = field(default_factory=list)
    forged: int = 0
    slow: float = 0.0
    port: int = 0


@pytest.fixture
def application() -> Iterator[Application]:
    state = Application()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path, query = raw_path({"RAW_URI": self.path}), self.path.partition("?")[2]
            fields = signed_fields(
                url=public_url(PUBLIC, path, query),
                body=body,
                content_type=self.headers["Content-Type"],
                headers=dict(self.headers),
                tokens=[TOKEN],
            )
            time.sleep(state.slow)
            if fields is None:
                state.forged += 1
            elif "status" in path:
                state.updates.append(read_status(form_of(fields), query.removeprefix("m=")))
            else:
                state.messages.append(read_inbound(form_of(fields)))
            self.send_response(403 if fields is None else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def twilio(application: Application) -> Iterator[StandIn]:
    standin = StandIn(
        callback_delay=0.005,
        connect_to=f"http://127.0.0.1:{application.port}",
        inbound_url=f"{PUBLIC}/webhooks/twilio/messages",
    )
    with standin:
        yield standin
    assert [entry for entry in standin.store.log if entry["event"] == "bug"] == []


@pytest.fixture
def sender(twilio: StandIn) -> TwilioSender:
    return make_sender(twilio)


def make_sender(twilio: StandIn, *, timeout: float = 5.0, token: str = TOKEN) -> TwilioSender:
    return TwilioSender(
        ACCOUNT,
        token,
        api_base=twilio.url,
        content_base=twilio.url,
        callback_url=lambda public_id: f"{PUBLIC}/webhooks/twilio/status?m={public_id}",
        contents=MemoryContents(),
        timeout=timeout,
    )


def lately() -> Any:
    return SystemClock().now() - timedelta(minutes=1)


def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


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


# what people write


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


# over the wire


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
