"""What fails for one, or for a busy database, stops none of the others."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.channels.base import MessageStatus
from bot.dialogue import bulk, bulk_items, reconciling, timers
from bot.dialogue.timers import assume_delivered
from bot.intake import job_changes
from bot.intake.job_changes import change_job, follow_job
from bot.messaging.thread import Thread
from bot.models import BulkMoveItem, Job, JobState
from bot.pipeline.closings import follow_job_state
from bot.runtime import Runtime
from bot.work import Work, reading, unit_of_work
from tests.stories import ANN, Story

BOB = "+14155550102"


def failing_for(bad: int, known: Callable[..., None]) -> Callable[..., None]:
    """Return what does as *known*, but for one message."""

    def take_news(work: Work, message_id: int, *args: Any, **more: Any) -> None:
        if message_id == bad:
            raise ValueError("a bad row")
        known(work, message_id, *args, **more)

    return take_news


def test_one_receipt_that_cannot_be_assumed_stops_no_other(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    first, second = story.apply(), story.apply(phone=BOB)
    story.clock.move(timedelta(hours=25))
    bad = story.messages()[0].id
    take_news = failing_for(bad, timers.take_news)
    with monkeypatch.context() as patched:
        patched.setattr(timers, "take_news", take_news)
        assume_delivered(story.runtime)
        assert [story.enrolment(a.enrolment_id).status for a in (first, second)] == ["sending", "delivered"]
        assert assume_delivered(story.runtime) == 0  # it is tried again, but not every two seconds
    story.clock.move(timers.PUT_OFF)
    assert assume_delivered(story.runtime) == 1
    assert story.enrolment(first.enrolment_id).status == "delivered"


def test_a_busy_database_ends_a_round_of_timers_and_names_the_one_it_met(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    story.job()
    ids = [story.apply(phone=phone).enrolment_id for phone in (ANN, BOB)]
    for message in story.sender.accepted:
        story.reports(message.public_id, MessageStatus.DELIVERED)
    story.clock.move(timedelta(days=8))

    def busy(*_: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    with monkeypatch.context() as patched:
        patched.setattr(timers, "lock_thread", busy)
        timers.expire_enrolments(story.runtime)
    (met,) = [record.ids["enrolment"] for record in caplog.records]  # type: ignore[attr-defined]
    assert met in ids
    timers.expire_enrolments(story.runtime)
    assert [story.enrolment(enrolment_id).status for enrolment_id in ids] == ["expired", "expired"]


def test_each_message_that_stands_still_has_its_turn_to_be_asked_about(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    for number in range(5):
        story.apply(phone=f"+1415555020{number}")
    story.clock.move(timedelta(minutes=6))
    asked: list[str] = []
    monkeypatch.setattr(type(story.sender), "fetch", lambda _, provider_id: asked.append(provider_id))
    monkeypatch.setattr(reconciling, "AT_ONCE", 2)
    for _ in range(3):
        reconciling.refresh_statuses(story.runtime)
        story.clock.move(timedelta(minutes=5))
    assert set(asked) == {m.provider_id for m in story.messages()}


def test_one_status_that_cannot_be_written_down_stops_no_other(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    first, second = story.apply(), story.apply(phone=BOB)
    story.clock.move(timedelta(minutes=6))
    story.sender._records[:] = [replace(record, status="delivered") for record in story.sender._records]
    bad = story.messages()[0].id
    take_news = failing_for(bad, reconciling.take_news)
    monkeypatch.setattr(reconciling, "take_news", take_news)
    reconciling.refresh_statuses(story.runtime)
    assert [story.enrolment(a.enrolment_id).status for a in (first, second)] == ["sending", "delivered"]


def test_one_candidate_for_whom_a_job_cannot_be_closed_stops_no_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    first, second = story.apply(), story.apply(phone=BOB)

    def follow(work: Work, job_id: int, candidate_id: int) -> None:
        if candidate_id == first.candidate_id:
            raise ValueError("a bad row")
        follow_job_state(work, job_id, candidate_id)

    monkeypatch.setattr(job_changes, "follow_job_state", follow)
    with unit_of_work(story.runtime) as work:
        job_id = work.connection.execute(select(Job.id)).scalar_one()
        change_job(work, job_id, {"state": JobState.CLOSED})
    follow_job(story.runtime, job_id)
    assert [story.enrolment(a.enrolment_id).status for a in (first, second)] == ["sending", "cancelled"]


def test_a_busy_database_leaves_a_bulk_move_for_later(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    story.apply("Barista/new")
    with unit_of_work(story.runtime) as work:
        ref = work.connection.execute(select(bulk.Application.public_id)).scalar_one()
        bulk.plan(work, [ref], story.stages["Barista/screening"], sends=True)
    known = bulk_items.move_in

    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(bulk_items, "move_in", busy)
    assert bulk.go_on(story.runtime) == 0
    assert _item(story.runtime) == "pending"
    monkeypatch.setattr(bulk_items, "move_in", known)
    assert bulk.go_on(story.runtime) == 1
    assert _item(story.runtime) == "done"


def test_an_application_that_always_meets_a_busy_database_stops_no_other(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    story.job()
    stuck, other = story.apply("Barista/new"), story.apply("Barista/new", phone=BOB)
    with unit_of_work(story.runtime) as work:
        refs = work.connection.execute(select(bulk.Application.public_id).order_by(bulk.Application.id)).scalars()
        bulk.plan(work, list(refs), story.stages["Barista/screening"], sends=True)
    known = bulk_items.move_in

    def move(work: Work, thread: Thread, application_id: int, *given: Any, **more: Any) -> Any:
        if application_id == stuck.application_id:
            raise OperationalError("UPDATE", {}, Exception("canceling statement due to lock timeout"))
        return known(work, thread, application_id, *given, **more)

    monkeypatch.setattr(bulk_items, "move_in", move)
    assert bulk.go_on(story.runtime) == 1
    with reading(story.runtime) as work:
        items = dict(work.connection.execute(select(BulkMoveItem.application_id, BulkMoveItem.status)).all())
    assert items == {stuck.application_id: "pending", other.application_id: "done"}
    assert [record.ids["move"] for record in caplog.records] == [1]  # type: ignore[attr-defined]


def _item(runtime: Runtime) -> str:
    with reading(runtime) as work:
        status: str = work.connection.execute(select(BulkMoveItem.status)).scalar_one()
        return status
