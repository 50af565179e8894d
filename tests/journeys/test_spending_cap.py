"""The spending cap: it counts what was sent, and no more is sent than it allows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus, NotSent, ProviderRecord, RateLimited, Sent, StatusUpdate
from bot.dialogue.notices import tell
from bot.dialogue.sending import claim_next, deliver, send_due
from bot.dialogue.statuses import record_status
from bot.engine.effects import Phrase
from bot.insight.waiting import why_messages_wait
from bot.messaging import claims
from bot.messaging.claims import Claim
from bot.messaging.settling import settle_unconfirmed_sends
from bot.messaging.thread import lock_thread
from bot.models import Conversation, SendCount
from bot.tallies import read_tallies
from bot.work import reading, unit_of_work
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import ANN, TWO_QUESTIONS, Story

CAP = 3


@pytest.fixture
def capped(build_runtime: Build) -> Story:
    """An installation that may send three messages a day."""
    first = build_runtime()
    sender = FakeSender(first.clock)
    runtime = build_runtime(sender, CALLBOARD_SPENDING_CAP=str(CAP))
    make_ready(runtime)
    return Story(runtime, sender)


def _count(story: Story) -> int:
    with reading(story.runtime) as work:
        count: int = work.connection.execute(select(SendCount.messages)).scalar_one()
        return count


def _apply(story: Story, how_many: int) -> None:
    for number in range(how_many):
        story.apply(phone=f"+1415555020{number}")


def test_what_was_not_sent_does_not_count(capped: Story) -> None:
    capped.job()
    capped.sender.fails = [RateLimited("slower", retry_after=timedelta(seconds=1)), NotSent("no connection")] * 3
    capped.apply()
    for _ in range(20):
        capped.clock.move(timedelta(seconds=3))
        capped.send()
    assert len(capped.sender.accepted) == 1
    assert _count(capped) == 1


def test_what_was_looked_up_and_never_sent_does_not_count(capped: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    capped.job()
    monkeypatch.setattr(type(capped.sender), "send", lambda *_: 1 / 0)  # how far it came is not known
    capped.apply()
    assert _count(capped) == 1
    capped.clock.move(timedelta(seconds=61))
    settle_unconfirmed_sends(capped.runtime)
    assert _count(capped) == 0


def _begin_to_send(story: Story, monkeypatch: pytest.MonkeyPatch) -> Claim:
    """Let a welcome be claimed by a sender that then takes its time."""
    story.job()
    monkeypatch.setattr(Story, "send", lambda _: None)
    story.apply()
    claimed = claim_next(story.runtime)
    assert isinstance(claimed, Claim)
    story.clock.move(timedelta(seconds=61))
    return claimed


def test_a_callback_during_the_look_up_takes_nothing_off_the_count(
    capped: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = _begin_to_send(capped, monkeypatch)
    news = StatusUpdate("SM" + "1" * 32, "sent", MessageStatus.SENT, "", claimed.outgoing.public_id)

    def look_up(*_: object) -> list[ProviderRecord]:
        record_status(capped.runtime, news)
        return []

    monkeypatch.setattr(type(capped.sender), "sent_to", look_up)
    settle_unconfirmed_sends(capped.runtime)
    assert _count(capped) == 1
    capped.runtime.tallies.write_down(capped.runtime.database)
    with reading(capped.runtime) as work:
        assert "callboard_send_settled" not in read_tallies(work.connection)


def test_a_sender_that_says_too_late_that_it_sent_nothing_takes_nothing_off_the_count(
    capped: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = _begin_to_send(capped, monkeypatch)

    def oversleep(*_: object) -> Sent:
        settle_unconfirmed_sends(capped.runtime)
        send_due(capped.runtime)
        raise NotSent("no connection")

    known = type(capped.sender).send
    answers = iter([oversleep, known])

    def send(*given: Any) -> Sent:
        return next(answers)(*given)

    monkeypatch.setattr(type(capped.sender), "send", send)
    deliver(capped.runtime, claimed)
    assert len(capped.sender.accepted) == 1
    assert _count(capped) == 1


def test_beyond_the_cap_messages_wait_for_the_next_day(capped: Story) -> None:
    capped.job()
    _apply(capped, CAP + 2)
    assert len(capped.sender.accepted) == CAP
    capped.clock.move(timedelta(days=1))
    capped.send()
    assert len(capped.sender.accepted) == CAP + 2


def test_senders_that_look_at_the_same_moment_do_not_overrun_the_cap(
    capped: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped.job()
    # as for one who looked before the others had counted
    monkeypatch.setattr(claims, "cap_reached", lambda _: False)
    monkeypatch.setattr(claims, "_pace", lambda *_: None)
    monkeypatch.setattr(Story, "send", lambda _: None)
    _apply(capped, 8)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_due, [capped.runtime] * 4))
    assert len(capped.sender.accepted) == CAP
    assert _count(capped) == CAP


def test_the_confirmation_of_stop_goes_beyond_the_cap_and_counts(capped: Story) -> None:
    capped.job()
    _apply(capped, CAP + 1)
    capped.says("STOP", phone="+14155550200")
    assert len(capped.sender.accepted) == CAP + 1
    assert "no more" in capped.sender.texts()[-1]
    assert _count(capped) == CAP + 1


def test_what_is_owed_does_not_wait_for_what_the_cap_holds_back(capped: Story) -> None:
    capped.job(campaign={**TWO_QUESTIONS, "modules": TWO_QUESTIONS["modules"][1:]})
    capped.apply(phone=ANN)
    capped.says("ok")
    capped.says("withdraw")
    assert len(capped.sender.accepted) == CAP
    with unit_of_work(capped.runtime) as work:
        thread = lock_thread(work, work.connection.execute(select(Conversation.candidate_id)).scalar_one())
        tell(work, thread, Phrase("help", {"company": "us"}), language="en")
    capped.says("yes")
    told = [(message.origin, message.status) for message in capped.messages()[CAP:]]
    assert told == [("bot", "queued"), ("notice", "sent")]


def test_what_is_owed_says_of_no_cap_that_it_holds_it_back(capped: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    capped.job()
    _apply(capped, CAP + 1)
    monkeypatch.setattr(Story, "send", lambda _: None)
    capped.says("STOP", phone="+14155550200")
    with reading(capped.runtime) as work:
        why = why_messages_wait(work, [message.id for message in capped.messages()])
    assert len(why) == 1


def test_what_goes_to_the_sandbox_phone_costs_nothing(build_runtime: Build) -> None:
    runtime = build_runtime(CALLBOARD_SPENDING_CAP="1")
    make_ready(runtime)
    sandbox = Story(runtime, FakeSender(runtime.clock))
    sandbox.job()
    _apply(sandbox, 3)
    assert [message.status for message in sandbox.messages()] == ["delivered"] * 3
    with reading(runtime) as work:
        assert work.connection.execute(select(SendCount.messages)).all() == []
        assert why_messages_wait(work, [message.id for message in sandbox.messages()]) == {}
