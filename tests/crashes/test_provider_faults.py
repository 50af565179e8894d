"""R6: eight ways in which a provider fails, fifty messages each, over HTTP; each is taken for what it is, and no more."""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels import status_url
from bot.channels.twilio import TwilioSender
from bot.contents import StoredContents
from bot.dialogue import sending
from bot.dialogue.draining import drain
from bot.dialogue.sending import send_due
from bot.failpoints import EXIT
from bot.intake.applications import Applicant, apply_for
from bot.messaging import claims
from bot.messaging.settling import settle_unconfirmed_sends
from bot.models import Channel, Enrolment, Message
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.crashes.world import ShiftedClock, run_apart
from tests.databases import PostgresDatabase, SqliteFile
from tests.fakes import FakeSender
from tests.standin.twilio import StandIn
from tests.stories import Story

pytestmark = pytest.mark.storm

MANY = 50
PHONES = [f"+1415555{number:04d}" for number in range(1000, 1000 + MANY)]
WAITING = "fifty_waiting"  # a database in which that many messages wait; to make it takes longer than most tests
NOWHERE = "nowhere.invalid"
USUAL, IMPATIENT = 20.0, 0.7  # seconds to wait for an answer; the machine may be busy
THREADS = 10
RETRY_AFTER = 2
REFUSALS = (21610, 21614, 21211, 21612, 30005)


@dataclass(slots=True)
class Line:
    """Our end of the wire, with fifty messages waiting, and the provider at the other."""

    runtime: Runtime
    provider: StandIn
    clock: ShiftedClock

    def connect(self, base: str, timeout: float = USUAL) -> None:
        """Reach the provider at another address, or with another patience."""
        contents = StoredContents(self.runtime.database, self.clock)
        senders = dict(self.runtime.senders)
        senders["twilio"] = TwilioSender(
            self.provider.account,
            self.provider.token,
            callback_url=status_url("http://localhost:8000"),
            contents=contents,
            api_base=base,
            content_base=base,
            timeout=timeout,
        )
        self.runtime = replace(self.runtime, senders=senders)

    def send(self) -> None:
        """Send all that is due, many at once."""
        drain(self.runtime, threads=THREADS)

    def settle(self) -> None:
        """Settle what is unknown, as far as it is time for that; on a busy machine a look-up may take too long."""
        for _ in range(20):
            settle_unconfirmed_sends(self.runtime)
            if "sending" not in self.statuses():
                return

    def statuses(self) -> Counter[str]:
        """Count the messages of each status."""
        return Counter(row.status for row in self.rows())

    def rows(self) -> list[Any]:
        with reading(self.runtime) as work:
            return list(work.connection.execute(select(Message).where(~Message.inbound)).all())

    def accepted(self) -> Counter[str]:
        """Count what the provider has accepted for each number."""
        return Counter(entry["form"]["To"] for entry in self.provider.accepted)

    def paused_until(self) -> datetime:
        with reading(self.runtime) as work:
            sms = select(Channel.paused_until).where(Channel.kind == "sms")
            return work.connection.execute(sms).scalar_one()

    def requests(self) -> int:
        """Count the messages that were handed to the provider, whatever became of them."""
        return sum(entry["event"] == "fault" for entry in self.provider.store.log) + len(self.provider.accepted)

    def later(self, **by: float) -> None:
        self.clock.move(timedelta(**by))


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> SqliteFile | PostgresDatabase:
    return request.getfixturevalue("migrated_file" if database_url.startswith("sqlite") else "migrated_database")


@pytest.fixture
def line(
    build_runtime: Build, database: SqliteFile | PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Line]:
    # here each message must get its own answer; that the circuit opens is the business of another test
    for module in (claims, sending):
        monkeypatch.setattr(module, "BREAKER", 10_000)
    clock = ShiftedClock()
    with StandIn(callbacks=False) as provider:
        build_runtime()
        runtime = build_runtime(FakeSender(clock), CALLBOARD_SMS_RATE="1000")
        made = Line(replace(runtime, clock=clock), provider, clock)
        made.connect(provider.url)
        if database.keeps(WAITING):
            database.put_back(WAITING)
        else:
            _let_fifty_apply(made)
            database.keep(WAITING)
        yield made


def _let_fifty_apply(line: Line) -> None:
    make_ready(line.runtime)
    story = Story(line.runtime, FakeSender(line.clock))
    story.job(channels=["sms"])
    with unit_of_work(line.runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        for phone in PHONES:
            apply_for(work, target, Applicant(phone, "Ann"), source="test", external_id=None, sends=True)


ONCE = Counter(dict.fromkeys(PHONES, 1))


def _refuse_connections(line: Line, _monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        line.connect(f"http://127.0.0.1:{unused.getsockname()[1]}")


def _lose_the_name(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    known = socket.getaddrinfo

    def unknown(host: Any, *args: Any, **more: Any) -> Any:
        if host == NOWHERE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    line.connect(f"http://{NOWHERE}:{line.provider.port}")


@pytest.mark.parametrize("cut", [_refuse_connections, _lose_the_name])
def test_what_never_left_is_sent_later_and_costs_no_attempt(
    line: Line, cut: Callable[[Line, pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(line, monkeypatch)
    line.send()
    assert line.statuses() == {"queued": MANY}
    assert {row.attempts for row in line.rows()} == {0}
    line.connect(line.provider.url)
    line.later(seconds=3)
    line.send()
    assert line.statuses() == {"sent": MANY}
    assert line.accepted() == ONCE


def test_a_provider_that_asks_for_a_pause_gets_it_each_time_and_no_attempt_is_used(line: Line) -> None:
    line.provider.control(faults=[{"kind": "429", "times": MANY, "seconds": RETRY_AFTER}])
    pause = timedelta(seconds=RETRY_AFTER)
    for _ in range(MANY):
        before = line.clock.now()
        assert send_due(line.runtime) == 1
        assert line.paused_until() >= before + pause
        assert line.paused_until() <= line.clock.now() + pause
        assert send_due(line.runtime) == 0
        line.clock.move(pause)
    assert line.requests() == MANY
    assert {(row.status, row.attempts) for row in line.rows()} == {("queued", 0)}
    line.later(seconds=RETRY_AFTER)
    line.send()
    assert line.statuses() == {"sent": MANY}
    assert line.accepted() == ONCE


def test_sending_goes_on_to_the_tenth_when_a_pause_is_over(line: Line) -> None:
    line.provider.control(faults=[{"kind": "429", "times": 1, "seconds": RETRY_AFTER}])
    drain(line.runtime, threads=1)  # so that nothing else is under way when the refusal comes
    assert line.statuses() == {"sent": MANY}
    refused = next(entry["at"] for entry in line.provider.store.log if entry["event"] == "fault")
    gap = min(entry["at"] for entry in line.provider.accepted) - refused
    assert gap + 0.01 >= RETRY_AFTER  # the refusal is noted as its answer leaves
    assert gap <= RETRY_AFTER * 1.1 + _lag()


def _lag() -> float:
    """Return by how much this machine, just now, oversleeps a tenth of a second."""
    began = time.monotonic()
    time.sleep(0.1)
    return 5 * (time.monotonic() - began - 0.1)


def test_what_is_refused_is_not_tried_again(line: Line) -> None:
    codes = dict(zip(PHONES, REFUSALS * (MANY // len(REFUSALS)), strict=True))
    line.provider.control(failures={phone: {"code": code, "how": "answer"} for phone, code in codes.items()})
    line.send()
    assert line.statuses() == {"failed": MANY}
    assert Counter(row.error_code for row in line.rows()) == {str(code): MANY // len(REFUSALS) for code in REFUSALS}
    assert line.accepted() == {}
    line.provider.control(failures={})
    for _ in range(3):
        line.later(hours=6)
        line.settle()
        line.send()
    assert line.accepted() == {}
    assert len(line.rows()) == MANY
    with reading(line.runtime) as work:
        ended = work.connection.execute(select(Enrolment.status, Enrolment.reason)).all()
    # an opt-out at the carrier ends everything, as if it had been written to us; all else has failed and says why
    assert Counter(status for status, _ in ended) == {"failed": MANY}
    assert {reason for _, reason in ended} == {str(code) for code in REFUSALS}


@pytest.mark.parametrize("code", [21606, 30034])
def test_one_destination_that_our_number_does_not_reach_holds_back_nobody_else(line: Line, code: int) -> None:
    line.provider.control(failures={PHONES[0]: {"code": code, "how": "answer"}})
    line.send()
    assert line.statuses() == {"failed": 1, "sent": MANY - 1}
    assert line.accepted() == Counter(dict.fromkeys(PHONES[1:], 1))
    with reading(line.runtime) as work:
        failed = select(Enrolment.reason).where(Enrolment.status == "failed")
        assert work.connection.execute(failed).scalars().all() == [str(code)]


@pytest.mark.parametrize(
    ("faults", "accepted"),
    [
        ([{"kind": "500_after", "times": MANY // 2}, {"kind": "503_before", "times": MANY // 2}], MANY // 2),
        ([{"kind": "hang", "times": MANY, "seconds": 1.5}], MANY),
        ([{"kind": "reset_unread", "times": MANY // 2}, {"kind": "reset_before", "times": MANY // 2}], 0),
        ([{"kind": "reset_after", "times": MANY // 2}, {"kind": "cut", "times": MANY // 2}], MANY),
        ([{"kind": "garbage", "times": MANY // 2}, {"kind": "empty", "times": MANY // 2}], MANY),
    ],
    ids=["5xx", "time-out", "reset before", "reset after", "garbage"],
)
def test_what_may_have_been_sent_is_settled_by_evidence_and_never_repeated_blindly(
    line: Line, faults: list[dict[str, Any]], accepted: int
) -> None:
    line.provider.control(faults=faults)
    line.connect(line.provider.url, IMPATIENT if faults[0]["kind"] == "hang" else USUAL)
    line.send()
    line.connect(line.provider.url)
    assert line.statuses() == {"sending": MANY}
    assert line.accepted().total() == accepted
    requests = line.requests()
    line.provider.control(faults=[])
    line.send()
    settle_unconfirmed_sends(line.runtime)  # it is too early
    line.send()
    assert line.statuses() == {"sending": MANY}
    assert line.requests() == requests
    line.later(seconds=61)
    line.settle()
    assert line.statuses() == {name: n for name, n in (("sent", accepted), ("queued", MANY - accepted)) if n}
    line.send()
    assert line.statuses() == {"sent": MANY}
    assert line.accepted() == ONCE
    assert line.provider.violations == []


OVER_HTTP = ("http_begun", "http_written", "http_written#2")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("point", OVER_HTTP)
def test_a_worker_that_dies_within_a_request_loses_and_doubles_nothing(line: Line, point: str) -> None:
    """Before a byte is written, after the head of the request, and after its body."""
    where, _, at = point.partition("#")
    assert run_apart(line, lambda line: send_due(line.runtime, most=1), where, int(at or 1)) == EXIT
    assert line.statuses() == {"queued": MANY - 1, "sending": 1}
    line.later(seconds=61)
    line.settle()
    assert line.statuses()["sending"] == 0
    line.send()
    assert line.statuses() == {"sent": MANY}
    assert line.accepted() == ONCE
