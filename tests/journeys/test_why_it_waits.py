"""A welcome that is ready and has not gone says why, to a recruiter and over the API."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.base import Rejected
from bot.channels.error_codes import explain
from bot.dialogue.takeover import hold
from bot.insight.enrolments import explain_enrolment, explain_enrolments
from bot.messaging.thread import lock_thread
from bot.models import Application, Channel, Enrolment, EnrolmentEvent, JobState, Message
from bot.work import Work, reading, unit_of_work
from flows.lifecycles import CancelReason
from tests.conftest import Build, make_ready
from tests.fakes import FakeSender
from tests.stories import Story
from webhooks.desk.standing import standings


def _words(code: str) -> str:
    return f"{explain(code).explanation} {explain(code).remedy}"


def _why(story: Story, enrolment_id: int | None) -> str | None:
    """Return what is said of the only application; both places must say the same."""
    assert enrolment_id is not None
    with reading(story.runtime) as work:
        (standing,) = standings(work, Application.id > 0, most=10)
        explained = explain_enrolment(work, enrolment_id)
    assert standing.why == (explained or "")
    return explained


def _pause(cause: str) -> Callable[[Work], None]:
    def pause(work: Work) -> None:
        until = work.now + timedelta(hours=1)
        work.connection.execute(update(Channel).values(paused_until=until, pause_cause=cause))

    return pause


def _lose(work: Work) -> None:
    work.connection.execute(update(Message).values(status="unconfirmed"))


def _hold(work: Work) -> None:
    candidate_id = work.connection.execute(select(Application.candidate_id)).scalar_one()
    hold(work, lock_thread(work, candidate_id), "Maria")


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (lambda _: None, None),
        (_pause("63007"), _words("63007")),
        (_pause("the provider asks us to slow down"), "Waits: the provider asks us to slow down."),
        (_lose, _words("callboard_unconfirmed")),
        (_hold, "Goes out when Maria hands the conversation back."),
    ],
)
def test_what_keeps_a_welcome_is_told(
    story: Story, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Work], None], why: str | None
) -> None:
    story.job()
    monkeypatch.setattr(Story, "send", lambda _: None)
    applied = story.apply()
    with unit_of_work(story.runtime) as work:
        happens(work)
    assert _why(story, applied.enrolment_id) == why


def test_a_welcome_that_was_refused_for_the_sender_says_so_from_the_first_moment_on(story: Story) -> None:
    story.job()
    story.sender.fails = [Rejected("refused", code="20003")]
    applied = story.apply()
    told = []
    for _ in range(3):
        told.append(_why(story, applied.enrolment_id))
        story.clock.move(timedelta(seconds=15))
    assert told == [_words("20003")] * 3


@pytest.mark.parametrize("reply", ["ok", "no"])
def test_a_welcome_that_was_answered_is_not_told_as_lost(story: Story, reply: str) -> None:
    story.job()
    applied = story.apply()
    with unit_of_work(story.runtime) as work:
        _lose(work)
    story.says(reply)
    assert _why(story, applied.enrolment_id) is None


def test_a_welcome_beyond_the_cap_says_so(build_runtime: Build) -> None:
    sender = FakeSender(build_runtime().clock)
    runtime = build_runtime(sender, CALLBOARD_SPENDING_CAP="0")
    make_ready(runtime)
    story = Story(runtime, sender)
    story.job()
    applied = story.apply()
    assert sender.accepted == []
    assert _why(story, applied.enrolment_id) == _words("callboard_spending_cap")


def test_a_welcome_of_a_provider_that_was_taken_away_says_that_no_channel_is_connected(story: Story) -> None:
    story.job()
    story.runtime = replace(story.runtime, senders={})
    applied = story.apply()
    assert _why(story, applied.enrolment_id) == _words("callboard_no_channel")


@pytest.mark.parametrize(
    ("state", "cause", "why"),
    [
        (JobState.DRAFT, "job is a draft", "Waits until the job is open: it is a draft."),
        (JobState.PAUSED, "job paused", "Waits until the job is open again: it is paused."),
    ],
)
def test_what_waits_for_its_job_says_in_which_state_that_is(
    story: Story, state: JobState, cause: str, why: str
) -> None:
    story.job(state=state)
    applied = story.apply()
    assert _why(story, applied.enrolment_id) == why
    with reading(story.runtime) as work:
        last = select(EnrolmentEvent.status, EnrolmentEvent.cause).order_by(EnrolmentEvent.id.desc()).limit(1)
        assert tuple(work.connection.execute(last).one()) == ("queued", cause)


def test_what_waits_for_another_campaign_names_it(story: Story) -> None:
    story.job("Driver")
    story.job()
    first, second = story.apply("Driver/screening"), story.apply()
    with reading(story.runtime) as work:
        (standing, _) = standings(work, Application.id > 0, most=10)
        explained = explain_enrolments(work, [first.enrolment_id or 0, second.enrolment_id or 0])
    words = "Waits until the campaign of stage screening for the job Driver has ended."
    assert (standing.why, explained) == (words, {second.enrolment_id: words})


@pytest.mark.parametrize("reason", list(CancelReason))
def test_what_was_cancelled_says_why(story: Story, reason: CancelReason) -> None:
    story.job()
    applied = story.apply()
    with unit_of_work(story.runtime) as work:
        cancelled = {"status": "cancelled", "reason": reason, "ended_at": work.now}
        work.connection.execute(update(Enrolment).values(**cancelled))
    assert _why(story, applied.enrolment_id)


def test_what_expired_says_what_helps(story: Story) -> None:
    story.job()
    applied = story.apply()
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Enrolment).values(status="expired", ended_at=work.now))
    assert "in time: send the stage again" in (_why(story, applied.enrolment_id) or "")
