"""R16: two clocks and four sweepers at the same moment, two thousand timers due: each goes off once."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.db import open_database
from bot.dialogue.timers import expire_enrolments, send_reminders
from bot.models import Candidate, Consent, Conversation, Enrolment, EnrolmentEvent, Message
from bot.models.base import new_public_id
from bot.queue import NullQueue
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.ticker import Ticker
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import TWO_QUESTIONS, Story

MANY = 1_000  # of each kind
TIMERS = tuple(sweep for sweep in SWEEPS if sweep.name in ("expire_enrolments", "send_reminders"))


def _copies(work: Any, model: Any, count: int, **changes: Callable[[int], object]) -> list[int]:
    """Copy the only row of *model* so often, with these columns by number; return the new ids."""
    row = work.connection.execute(select(model)).one()._asdict()
    newest = row.pop("id")
    rows = [{**row, **{name: value(number) for name, value in changes.items()}} for number in range(count)]
    work.connection.execute(insert(model), rows)
    return list(work.connection.execute(select(model.id).where(model.id != newest).order_by(model.id)).scalars())


def _public(_number: int) -> str:
    return new_public_id()


def _many_due(story: Story) -> None:
    """Let one person's enrolment be delivered, and two thousand others' with it; half are to be reminded."""
    story.job(campaign={**TWO_QUESTIONS, "reminders": [{"after": "P1D", "text": "Still there?"}]}, channels=["sms"])
    story.apply()
    now = story.clock.now()
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Enrolment).values(status="delivered", expires_at=None, remind_at=None))
        people = _copies(work, Candidate, 2 * MANY, public_id=_public, phone=lambda _: None, phone_key=lambda _: None)
        _copies(work, Consent, 2 * MANY, candidate_id=people.__getitem__)
        enrolments = _copies(
            work,
            Enrolment,
            2 * MANY,
            public_id=_public,
            candidate_id=people.__getitem__,
            stage_move_id=lambda _: None,
            expires_at=lambda number: now if number < MANY else None,
            remind_at=lambda number: now if number >= MANY else None,
            quiet_since=lambda _: now - timedelta(days=1),
        )
        _copies(
            work,
            Conversation,
            2 * MANY,
            candidate_id=people.__getitem__,
            active_enrolment_id=enrolments.__getitem__,
        )


@pytest.mark.storm
def test_two_thousand_timers_go_off_once_each(build_runtime: Build) -> None:
    sender = FakeSender(build_runtime().clock)
    runtime = build_runtime(sender)
    make_ready(runtime)
    _many_due(Story(runtime, sender))
    _run_all(build_runtime, sender)
    with reading(runtime) as work:
        statuses = Counter(work.connection.execute(select(Enrolment.status)).scalars())
        lines = select(EnrolmentEvent.enrolment_id, EnrolmentEvent.cause).where(
            EnrolmentEvent.cause.in_(["not completed in time", "reminder"])
        )
        fired = Counter(tuple(row) for row in work.connection.execute(lines))
        reminders = work.connection.execute(
            select(func.count()).select_from(Message).where(Message.text == "Still there?")
        ).scalar_one()
        sent = work.connection.execute(select(func.max(Enrolment.reminders_sent))).scalar_one()
    assert statuses == {"expired": MANY, "delivered": MANY + 1}
    assert len(fired) == 2 * MANY
    assert set(fired.values()) == {1}
    assert (reminders, sent) == (MANY, 1)


def _run_all(build_runtime: Build, sender: FakeSender) -> None:
    """Let two clocks without Redis and four sweepers go on until nothing is due."""
    url = build_runtime(sender).settings.database_url
    processes = [replace(build_runtime(sender), database=open_database(url)) for _ in range(6)]
    clocks = [Ticker(runtime, TIMERS, NullQueue()) for runtime in processes[:2]]
    start = threading.Barrier(5)
    threads = [threading.Thread(target=_sweep, args=(runtime, start)) for runtime in processes[2:]]
    for thread in threads:
        thread.start()
    start.wait(30)
    for clock in clocks:
        clock.tick()
    for thread in threads:
        thread.join(100)
        assert not thread.is_alive()
    assert all(clock.wait(100) for clock in clocks)
    for runtime in processes:
        runtime.database.engine.dispose()


def _sweep(runtime: Runtime, start: threading.Barrier) -> None:
    start.wait(30)
    for _ in range(20):
        if not expire_enrolments(runtime) + send_reminders(runtime):
            return
