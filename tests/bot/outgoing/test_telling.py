"""What is told of a whole story: every kind of event, with the ids and statuses that the API shows."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.models import EventType, WebhookEvent
from bot.outgoing.delivering import body_of
from bot.work import reading
from tests.bot.outgoing.world import Telling
from tests.stories import ANN, Story

URL = "https://hooks.example/x"
MOST_BYTES = 20_000


@pytest.fixture
def told(story: Story) -> Telling:
    made = Telling(story.runtime)
    made.endpoint(URL)
    return made


def events(told: Telling) -> list[tuple[str, dict[str, Any]]]:
    with reading(told.runtime) as work:
        rows = work.connection.execute(select(WebhookEvent).order_by(WebhookEvent.id)).all()
    assert all(len(body_of(row.type, row.at, row.data)) < MOST_BYTES for row in rows)
    assert len(told.deliveries()) == len(rows)
    return [(row.type, row.data) for row in rows]


def of_type(told: Telling, event_type: EventType) -> list[dict[str, Any]]:
    return [data for found, data in events(told) if found == event_type]


def test_a_whole_conversation_is_told_in_order(story: Story, told: Telling) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    for text in ("ok", "yes", "2"):
        story.says(text)
    enrolment = story.enrolment(applied.enrolment_id)
    found = events(told)
    assert [event_type for event_type, _ in found][:2] == ["application.created", "enrolment.status_changed"]
    statuses = of_type(told, EventType.STATUS_CHANGED)
    assert [(each["previous_status"], each["status"]) for each in statuses] == [
        ("queued", "sending"), ("sending", "delivered"), ("delivered", "in_progress"), ("in_progress", "completed"),
    ]  # fmt: skip
    assert {each["enrolment"] for each in statuses} == {enrolment.public_id}
    created = of_type(told, EventType.APPLICATION_CREATED)[0]
    assert created.keys() == {"application", "external_id", "candidate", "job", "stage"}
    assert {key: statuses[0][key] for key in created} == created
    answers = of_type(told, EventType.ANSWER_GIVEN)
    assert [(each["question"], each["type"]) for each in answers] == [("licence", "yes_no"), ("years", "number")]
    text = json.dumps(found)
    assert not any(word in text for word in ("Ann", "Silva", ANN, "hooks.example"))


def test_a_move_is_told_with_where_it_came_from_and_what_it_cancelled(story: Story, told: Telling) -> None:
    story.job()
    applied = story.apply()
    story.move(applied.application_id, "Barista/rejected")
    (moved,) = of_type(told, EventType.APPLICATION_MOVED)
    created = of_type(told, EventType.APPLICATION_CREATED)[0]
    assert moved["previous_stage"] == created["stage"] != moved["stage"]
    cancelled = [each for each in of_type(told, EventType.STATUS_CHANGED) if each["status"] == "cancelled"]
    assert [each["reason"] for each in cancelled] == ["superseded"]
    assert cancelled[0]["stage"] == created["stage"]


def test_a_second_campaign_that_waits_is_told_as_queued(story: Story, told: Telling) -> None:
    story.job()
    story.job("Cook")
    story.apply()
    story.apply("Cook/screening")
    waiting = of_type(told, EventType.STATUS_CHANGED)[-1]
    assert (waiting["previous_status"], waiting["status"]) == (None, "queued")


def test_a_message_that_failed_is_told_with_its_code(story: Story, told: Telling) -> None:
    story.job(channels=["whatsapp"])
    story.apply()
    story.last_reports(MessageStatus.FAILED, "63024")
    (failed,) = of_type(told, EventType.MESSAGE_FAILED)
    assert (failed["status"], failed["error_code"], failed["channel"]) == ("failed", "63024", "whatsapp")
    assert failed["enrolment"] is not None
    last = of_type(told, EventType.STATUS_CHANGED)[-1]
    assert (last["status"], last["provider_code"], last["reason"]) == ("failed", "63024", None)


def test_an_opt_out_is_told_once(story: Story, told: Telling) -> None:
    story.job()
    story.apply()
    story.says("STOP")
    story.says("STOP")
    (stopped,) = of_type(told, EventType.OPTED_OUT)
    assert stopped["candidate"] == of_type(told, EventType.APPLICATION_CREATED)[0]["candidate"]


def test_without_endpoints_nothing_is_written_down(story: Story) -> None:
    story.job()
    story.apply()
    assert events(Telling(story.runtime)) == []
