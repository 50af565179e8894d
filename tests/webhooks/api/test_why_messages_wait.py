"""What waits in the middle of a conversation says why, the message itself and its enrolment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import MessageStatus
from bot.channels.error_codes import explain
from bot.insight.waiting import why_enrolments_wait, why_messages_wait
from bot.models import Channel, Message
from bot.work import reading, unit_of_work
from tests.stories import TWO_QUESTIONS, Story
from tests.webhooks.api.conftest import Api

CONTENT = {
    "key": "tour",
    "type": "content",
    "blocks": [{"type": "text", "text": "First."}, {"type": "text", "text": "Second."}],
}
TOUR = {**TWO_QUESTIONS, "modules": [CONTENT, *TWO_QUESTIONS["modules"]]}


def queued(story: Story) -> list[Any]:
    with reading(story.runtime) as work:
        waiting = select(Message.id, Message.text).where(Message.status == MessageStatus.QUEUED).order_by(Message.id)
        return list(work.connection.execute(waiting).all())


def reasons(story: Story) -> dict[str, str]:
    """Return what is said of each message that waits."""
    rows = queued(story)
    with reading(story.runtime) as work:
        why = why_messages_wait(work, [row.id for row in rows])
    return {row.text: why[row.id] for row in rows if row.id in why}


def of_enrolment(story: Story, enrolment_id: int | None) -> str | None:
    with reading(story.runtime) as work:
        return why_enrolments_wait(work, [enrolment_id or 0]).get(enrolment_id or 0)


def begin(story: Story) -> int | None:
    story.job(campaign=TOUR)
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    return applied.enrolment_id


def test_what_is_tried_again_says_when_and_what_follows_says_that_it_follows(story: Story) -> None:
    enrolment_id = begin(story)
    story.says("ok")
    first = next(message for message in story.sender.accepted if message.text == "First.")
    story.reports(first.public_id, MessageStatus.FAILED, "30008")
    found = reasons(story)
    assert found["First."].startswith("Is tried in ")
    assert found["First."].endswith(" minutes.")
    assert of_enrolment(story, enrolment_id) == found["First."]


def test_what_waits_for_its_channel_says_why_and_the_rest_that_it_waits_for_that(story: Story) -> None:
    enrolment_id = begin(story)
    with unit_of_work(story.runtime) as work:
        later = work.now + timedelta(hours=1)
        work.connection.execute(update(Channel).values(paused_until=later, pause_cause="63007"))
    story.says("ok")
    first, *others = reasons(story).values()
    assert first == explain("63007").in_words
    assert set(others) == {"Waits for the message before it."}
    assert of_enrolment(story, enrolment_id) == first


def test_what_was_sent_a_while_ago_holds_up_nothing_though_no_callback_came(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.job()
    monkeypatch.setattr(Story, "reports", lambda *_: True)
    applied = story.apply()
    story.clock.move(timedelta(minutes=1))
    with unit_of_work(story.runtime) as work:
        later = work.now + timedelta(hours=1)
        work.connection.execute(update(Channel).values(paused_until=later, pause_cause="63007"))
    again = story.move(applied.application_id, "Barista/screening")
    assert list(reasons(story).values()) == [explain("63007").in_words]
    assert of_enrolment(story, again) == explain("63007").in_words


def test_what_goes_at_once_has_nothing_to_explain(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(story)
    monkeypatch.setattr(Story, "send", lambda _: None)
    story.says("ok")
    assert len(queued(story)) > 1
    assert "First." not in reasons(story)


def test_the_api_shows_why_a_message_waits(api: Api) -> None:
    made = api.apply(api.job())
    with unit_of_work(api.runtime) as work:
        later = work.now + timedelta(hours=1)
        work.connection.execute(update(Channel).values(paused_until=later, pause_cause="63007"))
    api.says("ok")
    candidate, enrolment = (
        api.get(f"/candidates/{made['candidate']}/messages"),
        api.get(f"/enrolments/{made['enrolment']}"),
    )
    assert candidate["items"][-1]["explanation"] == explain("63007").in_words
    assert enrolment["explanation"] == explain("63007").in_words
