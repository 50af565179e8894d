"""The process really dies at a named point; afterwards nothing is lost and nothing is doubled."""

import multiprocessing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import ChannelKind, InboundMessage
from bot.dialogue.inbox import receive
from bot.dialogue.sending import send_due
from bot.failpoints import EXIT, arm
from bot.intake.applications import Person, apply_for
from bot.messaging.settling import settle_unconfirmed_sends
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender, FileSender
from tests.stories import ANN, OURS, Story

pytestmark = [pytest.mark.storm, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture
def sender(build_runtime: Build, tmp_path: Path) -> FileSender:
    return FileSender(tmp_path / "provider.jsonl", build_runtime().clock)


@pytest.fixture
def runtime(build_runtime: Build, sender: FileSender) -> Runtime:
    """An installation in which a candidate has applied by SMS and nothing has been sent yet."""
    made = build_runtime(sender)
    make_ready(made)
    story = Story(made, FakeSender(made.clock))
    story.job(channels=["sms"])
    with unit_of_work(made) as work:
        target = find_target(work, story.stages["Barista/screening"])
        apply_for(work, target, Person(ANN, "Ann"), source="test", external_id=None, sends=True)
    return made


def _die(runtime: Runtime, point: str, act: str) -> None:
    runtime.database.engine.dispose(close=False)
    arm(point)
    if act == "send":
        send_due(runtime)
    else:
        receive(runtime, "twilio", INBOUND)


INBOUND = InboundMessage("SM" + "a" * 32, ChannelKind.SMS, ANN, OURS[ChannelKind.SMS], "ok")


def _dies(runtime: Runtime, point: str, act: str) -> None:
    runtime.database.engine.dispose()
    process = multiprocessing.get_context("fork").Process(target=_die, args=(runtime, point, act))
    process.start()
    process.join(30)
    assert process.exitcode == EXIT


def _recover(runtime: Runtime) -> None:
    runtime.clock.move(timedelta(seconds=61))  # type: ignore[attr-defined]
    settle_unconfirmed_sends(runtime)
    for _ in range(10):
        send_due(runtime)
        runtime.clock.move(timedelta(seconds=15))  # type: ignore[attr-defined]


@pytest.mark.parametrize("point", ["send_claimed", "send_answered"])
def test_a_worker_that_dies_while_sending_loses_and_doubles_nothing(
    runtime: Runtime, sender: FileSender, point: str
) -> None:
    _dies(runtime, point, "send")
    assert len(sender.records()) == (1 if point == "send_answered" else 0)
    _recover(runtime)
    assert [record.text for record in sender.records()] == ["Hi Ann, shall we start?"]


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_a_web_process_that_dies_while_receiving_takes_the_repeated_message_once(
    runtime: Runtime, sender: FileSender, point: str
) -> None:
    _recover(runtime)
    _dies(runtime, point, "receive")
    receive(runtime, "twilio", INBOUND)
    _recover(runtime)
    assert [record.text for record in sender.records()][1:] == [
        "Two questions.",
        "Do you drive?\n1. Yes\n2. No\nReply with the number of your choice.",
    ]
