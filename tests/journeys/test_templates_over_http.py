"""Templates go to a stand-in for Twilio over HTTP: whatever happens to the answers, each is there once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.channels.twilio import TwilioSender
from bot.clock import MovableClock
from bot.dialogue.reconciling import refresh_templates
from bot.dialogue.template_submissions import delete_template, work_on_submissions
from bot.insight.template_list import list_templates
from bot.messaging.submissions import submit_builtin
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from flows.builtin_templates import Use, builtin
from tests.conftest import Build, make_ready
from tests.fakes import MemoryContents
from tests.standin.twilio import StandIn
from tests.webhooks.desk import on_sqlite

CHOSEN = [builtin(use, language) for use in (Use.WELCOME, Use.REMINDER) for language in ("en", "ar")]


@pytest.fixture
def twilio() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def connected(build_runtime: Build, twilio: StandIn) -> Runtime:
    sender = TwilioSender(
        twilio.account,
        twilio.token,
        api_base=twilio.url,
        content_base=twilio.url,
        callback_url="http://localhost/{}".format,
        contents=MemoryContents(),
        timeout=2,
    )
    runtime = build_runtime(sender)
    make_ready(runtime)
    return runtime


def work_on(runtime: Runtime) -> None:
    """Go on until nothing is left to do, however often something fails."""
    assert isinstance(runtime.clock, MovableClock)
    for _ in range(6):
        work_on_submissions(runtime)
        runtime.clock.move(timedelta(minutes=30))


def states(runtime: Runtime) -> list[tuple[str, str]]:
    with reading(runtime) as work:
        return [(line.text.language, line.words.label) for line in list_templates(work)]


@on_sqlite
@pytest.mark.parametrize("kind", ["500_after", "500_before", "reset_after", "reset_before", "garbage", "empty", "429"])
def test_each_template_is_there_once_whatever_happens_to_the_answers(
    connected: Runtime, twilio: StandIn, kind: str
) -> None:
    with unit_of_work(connected) as work:
        submit_builtin(work, CHOSEN, None)
    twilio.control(
        faults=[{"kind": kind, "on": "content", "times": 3}, {"kind": "500_before", "on": "reads", "times": 1}]
    )
    work_on(connected)
    held = [(item["content"]["friendly_name"], item["content"]["language"]) for item in twilio.store.contents.values()]
    assert sorted(held) == sorted((each.text.name, each.text.language) for each in CHOSEN)
    assert {item["approval"]["status"] for item in twilio.store.contents.values()} == {"received"}
    assert {label for _, label in states(connected)} == {"Being looked at"}
    assert twilio.violations == []


@on_sqlite
def test_a_template_is_followed_to_its_end(connected: Runtime, twilio: StandIn) -> None:
    with unit_of_work(connected) as work:
        submit_builtin(work, CHOSEN[:1], None)
    work_on(connected)
    (sid,) = twilio.store.contents
    for status, label in (("approved", "Approved"), ("paused", "Paused by WhatsApp"), ("rejected", "Rejected")):
        twilio.store.contents[sid]["approval"]["status"] = status
        refresh_templates(connected)
        assert states(connected) == [("en", label)]
    delete_template(connected, sid)
    assert (twilio.store.contents, states(connected)) == ({}, [])
