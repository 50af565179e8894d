"""A welcome that is ready and has not gone says why, to a recruiter and over the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.channels.error_codes import explain
from bot.dialogue.takeover import hold
from bot.insight.enrolments import explain_enrolment
from bot.messaging.thread import lock_thread
from bot.models import Application, Channel, Message
from bot.work import Work, reading, unit_of_work
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


def test_a_welcome_beyond_the_cap_says_so(build_runtime: Build) -> None:
    sender = FakeSender(build_runtime().clock)
    runtime = build_runtime(sender, CALLBOARD_SPENDING_CAP="0")
    make_ready(runtime)
    story = Story(runtime, sender)
    story.job()
    applied = story.apply()
    assert sender.accepted == []
    assert _why(story, applied.enrolment_id) == _words("callboard_spending_cap")
