"""R10: a message that makes the handler raise, the process exit, or the turn hang, is tried a few times and set aside."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import sweeps, time_limit
from bot.channels.base import ChannelKind, InboundMessage
from bot.dialogue import inbox
from bot.dialogue.inbox import Reception, receive
from bot.models import Conversation, Message
from bot.work import reading
from tests.conftest import Build, make_ready
from tests.crashes.provider import FileProvider
from tests.crashes.world import BOB, World, run_apart
from tests.stories import ANN, OURS

pytestmark = [pytest.mark.storm, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

POISON = "poison"
MOST = 5
Harm = Callable[[], None]


def _raise() -> None:
    raise RuntimeError("the handler has a bug")


def _exit() -> None:
    os._exit(9)


def _loop() -> None:
    while True:
        """A loop in Python can be ended from outside."""


def _wait_for_ever() -> None:
    time.sleep(3_600)


HARMS: list[Harm] = [_raise, _exit, _loop, _wait_for_ever]


@pytest.fixture
def world(build_runtime: Build, tmp_path: Path) -> World:
    provider = FileProvider(tmp_path / "provider.jsonl", build_runtime().clock)
    runtime = build_runtime(provider, CALLBOARD_SMS_RATE="1000")
    make_ready(runtime)
    made = World(runtime, provider)
    for phone in (ANN, BOB):
        made.apply(phone=phone)
    made.go_on()
    made.says("hello", phone="+14155550103")  # so that all that is read once has been read, by every process
    return made


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A file that gets a line for each time that the poison is handled, in whatever process."""
    path, harm, read = tmp_path / "tries", request.param, inbox.read_command

    def poisoned(text: str, *rest: Any, **more: Any) -> Any:
        if text == POISON:
            with path.open("a", encoding="utf-8") as file:
                file.write("tried\n")
            harm()
        return read(text, *rest, **more)

    monkeypatch.setattr(inbox, "read_command", poisoned)
    if harm in (_loop, _wait_for_ever):
        monkeypatch.setattr(inbox, "LONGEST_TURN", 1.0)
        monkeypatch.setattr("bot.dialogue.backlog.LONGEST_TURN", 1.0)
        monkeypatch.setattr(time_limit, "LOOK_EVERY", 0.05)
        monkeypatch.setattr(time_limit, "PATIENCE", 0.2)
    return path


def _receive_last(world: World) -> None:
    receive(world.runtime, "twilio", world.provider.received[-1])


def _sweep(world: World) -> None:
    sweeps.reconcile_messages(world.runtime)
    sweeps.handle_leftover_inbound(world.runtime)


def _rows(world: World) -> dict[str, str]:
    with reading(world.runtime) as work:
        rows = work.connection.execute(select(Message.text, Message.status).where(Message.inbound))
        return {row.text: row.status for row in rows}


@pytest.mark.parametrize("tries", HARMS, indirect=True, ids=lambda harm: harm.__name__.strip("_"))
def test_poison_is_tried_a_few_times_and_set_aside_and_nobody_else_waits(world: World, tries: Path) -> None:
    world.writes(POISON)
    run_apart(world, _receive_last)
    world.writes("ok", phone=ANN)
    world.writes("ok", phone=BOB)
    for sweeps_run in range(1, 30):
        run_apart(world, _sweep)
        if sweeps_run == 2:
            # whatever the poison did to the first sweep, the second has served the other
            world.go_on_sending()
            assert world.provider.texts(BOB)[1:] == ["Two questions.", "Do you drive?"]
        if _rows(world).get(POISON) == "abandoned":
            break
        world.clock.move(timedelta(seconds=3 if sweeps_run == 1 else 21))
    world.go_on()
    assert _rows(world) == {POISON: "abandoned", "ok": "handled", "hello": "handled"}
    assert 2 <= len(tries.read_text(encoding="utf-8").splitlines()) <= MOST
    assert world.provider.texts(ANN)[1:] == ["Two questions.", "Do you drive?"]
    with reading(world.runtime) as work:
        called = select(Conversation.needs_person).order_by(Conversation.id)
        assert work.connection.execute(called).scalars().all() == ["not_handled", None, "wrote"]


@pytest.mark.parametrize("tries", [_loop], indirect=True)
def test_a_turn_that_loops_is_ended_where_it_runs_and_its_message_kept(world: World, tries: Path) -> None:
    kind = ChannelKind.SMS
    message = InboundMessage("SMin" + "f" * 28, kind, ANN, OURS[kind], POISON)
    began = time.monotonic()
    assert receive(world.runtime, "twilio", message) is Reception.STORED
    assert time.monotonic() - began < 20
    assert receive(world.runtime, "twilio", message) is Reception.DUPLICATE
    bob = InboundMessage("SMin" + "e" * 28, kind, BOB, OURS[kind], "ok")
    assert receive(world.runtime, "twilio", bob) is Reception.HANDLED
    assert _rows(world) == {POISON: "received", "ok": "handled", "hello": "handled"}
