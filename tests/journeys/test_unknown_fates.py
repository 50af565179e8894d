"""What became of a message is not known: nothing is sent twice, and nothing waits for ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.channels.base import LookupFailed, MessageStatus
from bot.dialogue import bulk, reconciling, timers
from bot.dialogue.sending import send_due
from bot.dialogue.timers import assume_delivered
from bot.intake import job_changes
from bot.intake.applications import Person, apply_for
from bot.intake.job_changes import change_job, follow_job
from bot.messaging.settling import ASK_AGAIN, GIVE_UP, settle_unconfirmed_sends
from bot.messaging.thread import Thread
from bot.models import BulkMoveItem, Channel, Conversation, Job, JobState, Message
from bot.pipeline.closings import follow_job_state
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.sweeps import SWEEPS
from bot.work import Work, reading, unit_of_work
from tests.stories import ANN, Story

BOB = "+14155550102"


def _messages(story: Story) -> list[Any]:
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Message).where(~Message.inbound).order_by(Message.id)).all())


def _needs_person(story: Story) -> str | None:
    with reading(story.runtime) as work:
        reason: str | None = work.connection.execute(select(Conversation.needs_person)).scalar_one()
        return reason


def _loses_the_answer(story: Story, altered: str) -> int | None:
    """Let a welcome go out whose answer is lost, and which the provider lists as *altered*; return its enrolment."""
    story.job(channels=["sms"])
    story.sender.loses_answer = 1
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        applied = apply_for(work, target, Person(ANN, "Ann"), source="test", external_id=None, sends=True)
    send_due(story.runtime)  # and no callback comes either
    record = story.sender._records[0]
    story.sender._records[0] = replace(record, text=altered.format(record.text))
    story.clock.move(timedelta(seconds=61))
    return applied.enrolment_id


@pytest.mark.parametrize("altered", ["Sent from your Twilio trial account - {}", "Hi Ann,  shall we\u00a0start?\n"])
def test_a_message_that_the_provider_lists_in_another_spelling_is_known_again(story: Story, altered: str) -> None:
    _loses_the_answer(story, altered)
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert [m.status for m in _messages(story)] == ["sent"]
    assert len(story.sender.accepted) == 1


def test_what_might_be_the_message_is_not_sent_again_and_a_person_is_told_in_the_end(story: Story) -> None:
    _loses_the_answer(story, "Hi, shall we?")
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert [m.status for m in _messages(story)] == ["sending"]
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert len(story.sender.accepted) == 1
    assert [(m.status, m.cause) for m in _messages(story)] == [
        ("unconfirmed", "the provider lists a message with a similar text")
    ]
    assert _needs_person(story) == "unconfirmed"


@pytest.mark.parametrize("other", ["Your parcel arrives at 9", "Pay Hi Ann, shall we start? and more at 9, or do not"])
def test_what_another_system_sent_to_the_same_number_is_not_taken_for_ours(story: Story, other: str) -> None:
    _loses_the_answer(story, other)
    settle_unconfirmed_sends(story.runtime)
    assert [m.provider_id for m in _messages(story)] == [None]


def test_what_only_another_system_sent_does_not_keep_ours_back(story: Story) -> None:
    _loses_the_answer(story, "Your parcel of Hiann was started")
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert [(m.status, m.provider_id) for m in _messages(story)] == [("sent", f"SM{2:032x}")]


def test_an_unclear_answer_is_not_asked_for_again_at_once(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    _loses_the_answer(story, "Hi, shall we?")
    settle_unconfirmed_sends(story.runtime)
    asked = []
    monkeypatch.setattr(type(story.sender), "sent_to", lambda *given: asked.append(given) or [])
    settle_unconfirmed_sends(story.runtime)
    assert not asked
    story.clock.move(ASK_AGAIN)
    settle_unconfirmed_sends(story.runtime)
    assert len(asked) == 1


def test_an_unconfirmed_welcome_counts_as_delivered_after_a_day_and_keeps_the_turn_no_longer_than_others(
    story: Story,
) -> None:
    enrolment_id = _loses_the_answer(story, "Hi, shall we?")
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    assert assume_delivered(story.runtime) == 0
    story.clock.move(timedelta(hours=24))
    assert assume_delivered(story.runtime) == 1
    assert story.enrolment(enrolment_id).status == "delivered"
    assert story.enrolment(enrolment_id).expires_at is not None


def test_a_message_that_counts_as_delivered_says_so_until_a_receipt_comes(story: Story) -> None:
    story.job()
    story.apply()
    story.clock.move(timedelta(hours=24))
    assume_delivered(story.runtime)
    assert [(m.status, m.cause) for m in _messages(story)] == [("delivered", "no receipt")]
    story.last_reports(MessageStatus.SENT)
    assert [m.cause for m in _messages(story)] == ["no receipt"]
    story.last_reports(MessageStatus.DELIVERED)
    assert [(m.status, m.cause) for m in _messages(story)] == [("delivered", None)]


def test_what_the_provider_says_itself_ends_what_was_thought_before(story: Story) -> None:
    _loses_the_answer(story, "Hi, shall we?")
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    assert [m.cause for m in _messages(story)] != [None]
    story.last_reports(MessageStatus.DELIVERED)
    assert [(m.status, m.cause) for m in _messages(story)] == [("delivered", None)]


def test_a_message_of_a_provider_that_was_taken_away_is_given_up_in_time(story: Story) -> None:
    _loses_the_answer(story, "{}")
    without = replace(story.runtime, senders={})
    settle_unconfirmed_sends(without)
    assert [m.status for m in _messages(story)] == ["sending"]
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(without)
    assert [m.status for m in _messages(story)] == ["unconfirmed"]


def test_what_never_gets_a_receipt_is_acted_on_within_seconds() -> None:
    (sweep,) = (sweep for sweep in SWEEPS if sweep.name == "assume_delivered")
    assert sweep.every <= timedelta(seconds=5)


def test_one_receipt_that_cannot_be_assumed_stops_no_other(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    first, second = story.apply(), story.apply(phone=BOB)
    story.clock.move(timedelta(hours=25))
    bad = _messages(story)[0].id
    known = timers.take_news

    def take_news(work: Work, message_id: int, *args: Any, **more: Any) -> None:
        if message_id == bad:
            raise ValueError("a bad row")
        known(work, message_id, *args, **more)

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
    assert set(asked) == {m.provider_id for m in _messages(story)}


def test_one_status_that_cannot_be_written_down_stops_no_other(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.job()
    first, second = story.apply(), story.apply(phone=BOB)
    story.clock.move(timedelta(minutes=6))
    story.sender._records[:] = [replace(record, status="delivered") for record in story.sender._records]
    bad = _messages(story)[0].id
    known = reconciling.take_news

    def take_news(work: Work, message_id: int, *args: Any, **more: Any) -> None:
        if message_id == bad:
            raise ValueError("a bad row")
        known(work, message_id, *args, **more)

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
    known = bulk.move_in

    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(bulk, "move_in", busy)
    assert bulk.go_on(story.runtime) == 0
    assert _item(story.runtime) == "pending"
    monkeypatch.setattr(bulk, "move_in", known)
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
    known = bulk.move_in

    def move(work: Work, thread: Thread, application_id: int, *given: Any, **more: Any) -> Any:
        if application_id == stuck.application_id:
            raise OperationalError("UPDATE", {}, Exception("canceling statement due to lock timeout"))
        return known(work, thread, application_id, *given, **more)

    monkeypatch.setattr(bulk, "move_in", move)
    assert bulk.go_on(story.runtime) == 1
    with reading(story.runtime) as work:
        items = dict(work.connection.execute(select(BulkMoveItem.application_id, BulkMoveItem.status)).all())
    assert items == {stuck.application_id: "pending", other.application_id: "done"}
    assert [record.ids["move"] for record in caplog.records] == [1]  # type: ignore[attr-defined]


def _item(runtime: Runtime) -> str:
    with reading(runtime) as work:
        status: str = work.connection.execute(select(BulkMoveItem.status)).scalar_one()
        return status


def test_what_was_written_to_us_is_asked_for_again_until_all_of_it_could_be_read(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_many(*_: Any) -> list[Any]:
        raise LookupFailed("too many")

    before = _looked_at(story)
    with monkeypatch.context() as patched:
        patched.setattr(type(story.sender), "received_by", too_many)
        assert not reconciling.reconcile_inbound(story.runtime)
    assert _looked_at(story) == before
    assert reconciling.reconcile_inbound(story.runtime)
    assert _looked_at(story) != before


def _looked_at(story: Story) -> list[Any]:
    with reading(story.runtime) as work:
        found = select(Channel.id, Channel.looked_at).where(Channel.provider == "twilio").order_by(Channel.id)
        return list(work.connection.execute(found).all())
