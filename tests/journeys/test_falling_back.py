"""The welcome goes another way: not to who has answered or opted out, and what failed with it calls nobody."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.models import Conversation
from bot.work import reading
from tests.stories import ONLY_NEWS, TWO_QUESTIONS, Story

SMS, WHATSAPP = ChannelKind.SMS, ChannelKind.WHATSAPP
NOT_THERE = "63024"
LANDLINE = "30006"
WELCOME = "Hi Ann, shall we start?"


def needs_person(story: Story) -> str | None:
    with reading(story.runtime) as work:
        reason: str | None = work.connection.execute(select(Conversation.needs_person)).scalar_one()
        return reason


def over(story: Story, kind: ChannelKind) -> list[str]:
    """Return what went out over a kind of channel."""
    return [message.text for message in story.sender.accepted if message.kind is kind]


def fails(story: Story, index: int, code: str) -> None:
    """Let the provider say that a message was not delivered, and send what follows."""
    story.reports(story.sender.accepted[index].public_id, MessageStatus.FAILED, code)
    story.send()


@pytest.mark.parametrize("text", ["STOP", "stop texting me", "unsubscribe"])
def test_no_sms_follows_an_opt_out_that_came_before_the_welcome_failed(story: Story, text: str) -> None:
    story.job()
    applied = story.apply()
    story.says(text, kind=SMS)
    said = over(story, SMS)
    fails(story, 0, NOT_THERE)
    assert over(story, SMS) == said
    assert WELCOME not in said
    ended = story.enrolment(applied.enrolment_id)
    assert (ended.status, ended.reason) == ("cancelled", "opted_out")


@pytest.mark.parametrize("replies", [["no"], ["no thanks"], ["no", "later"], ["back"]])
@pytest.mark.parametrize("code", [NOT_THERE, "63010"])
def test_no_welcome_follows_an_answer_to_it_that_came_before_it_failed(
    story: Story, replies: list[str], code: str
) -> None:
    story.job()
    applied = story.apply()
    for text in replies:
        story.says(text, kind=SMS)
    said = len(story.sender.accepted)
    fails(story, 0, code)
    story.clock.moment = story.clock.now().replace(hour=12)
    story.send()
    assert len(story.sender.accepted) == said
    assert story.enrolment(applied.enrolment_id).status == "delivered"
    assert needs_person(story) is None
    story.says("ok, let us start", kind=SMS)
    assert over(story, SMS)[-1].startswith("Do you drive?")
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_a_welcome_that_waits_to_go_another_way_is_taken_back_when_they_decline(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.reports(story.sender.accepted[0].public_id, MessageStatus.FAILED, NOT_THERE)
    story.says("no")
    assert WELCOME not in over(story, SMS)
    assert story.enrolment(applied.enrolment_id).status == "delivered"


def test_who_only_asked_for_help_gets_the_welcome_over_sms_all_the_same(story: Story) -> None:
    story.job()
    story.apply()
    story.says("help", kind=SMS)
    fails(story, 0, NOT_THERE)
    assert over(story, SMS)[-1] == WELCOME


def test_who_withdrew_before_the_welcome_failed_gets_none(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("no", kind=SMS)
    story.says("2", kind=SMS)
    fails(story, 0, NOT_THERE)
    assert WELCOME not in over(story, SMS)
    assert story.enrolment(applied.enrolment_id).status == "cancelled"


def long_welcome() -> dict[str, Any]:
    """Return a campaign whose welcome goes by SMS in several parts."""
    campaign = deepcopy(TWO_QUESTIONS)
    campaign["welcome"]["text"] = " ".join(["Hello, a long word of welcome it is."] * 80)
    return campaign


@pytest.mark.parametrize("order", [1, -1], ids=["first to last", "last to first"])
def test_parts_of_a_welcome_that_fail_with_it_call_nobody_where_the_other_way_succeeds(
    story: Story, order: int
) -> None:
    story.job(campaign=long_welcome(), channels=["sms", "whatsapp"])
    applied = story.apply()
    for _ in range(3):
        story.clock.move(timedelta(minutes=1))
        story.send()
    parts = len(story.sender.accepted)
    assert parts > 1
    for index in range(parts)[::order]:
        fails(story, index, LANDLINE)
    assert len(over(story, WHATSAPP)) == 1
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "delivered"
    assert needs_person(story) is None
    story.says("ok")
    assert over(story, WHATSAPP)[-2:] == ["Two questions.", "Do you drive?"]


@pytest.mark.parametrize("order", [1, -1], ids=["first to last", "last to first"])
@pytest.mark.parametrize("wrote", [False, True], ids=["closed window", "open window"])
def test_what_followed_a_welcome_and_fails_with_it_is_told_once_the_other_way(
    story: Story, order: int, *, wrote: bool
) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms", "whatsapp"])
    if wrote:
        story.says("hello")
    before = len(story.sender.accepted)
    applied = story.apply()
    assert over(story, SMS) == ["Hello", "First.", "Second.", "That was all."]
    for index in range(before, len(story.sender.accepted))[::order]:
        fails(story, index, LANDLINE)
    story.says("ok") if not wrote else None
    assert over(story, WHATSAPP)[-4:] == ["Hello", "First.", "Second.", "That was all."]
    assert len(over(story, WHATSAPP)) == before + 4
    welcome = next(m for m in story.sender.accepted if m.kind is WHATSAPP and m.text == "Hello")
    story.reports(welcome.public_id, MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "completed"
    assert needs_person(story) in (None, "wrote")


def test_where_the_other_way_fails_as_well_the_enrolment_fails_with_its_reason(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms", "whatsapp"])
    applied = story.apply()
    for index in range(4):
        fails(story, index, LANDLINE)
    story.last_reports(MessageStatus.FAILED, NOT_THERE)
    ended = story.enrolment(applied.enrolment_id)
    assert (ended.status, ended.reason) == ("failed", NOT_THERE)
    assert needs_person(story) is None


def test_a_part_that_alone_fails_still_calls_a_person(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    story.apply()
    story.reports(story.sender.accepted[0].public_id, MessageStatus.DELIVERED)
    fails(story, 1, "30007")
    assert needs_person(story) is None  # the campaign is complete


WAYS = 6
"""More than there are; a conversation that goes back and forth would take them all."""


@pytest.mark.parametrize("sms", ["21612", "30034", "21606", LANDLINE, "63016"])
@pytest.mark.parametrize("whatsapp", [NOT_THERE, "63032", "63003", "63049", "63016"])
def test_what_neither_way_takes_goes_each_way_once_and_then_calls_a_person(
    story: Story, whatsapp: str, sms: str
) -> None:
    story.job()
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    asked = len(story.sender.accepted) - 1
    for _ in range(WAYS):
        last = story.sender.accepted[-1]
        story.last_reports(MessageStatus.FAILED, sms if last.kind is SMS else whatsapp)
        story.clock.move(timedelta(seconds=30))
        story.send()
    assert [message.kind for message in story.sender.accepted[asked:]] == [WHATSAPP, SMS]
    assert needs_person(story) == "not_delivered"


@pytest.mark.parametrize("sms", ["21612", "63016"])
def test_a_welcome_that_no_way_takes_ends_the_enrolment(story: Story, sms: str) -> None:
    story.job()
    applied = story.apply()
    for _ in range(WAYS):
        last = story.sender.accepted[-1]
        story.last_reports(MessageStatus.FAILED, sms if last.kind is SMS else NOT_THERE)
    assert [message.kind for message in story.sender.accepted] == [WHATSAPP, SMS]
    assert story.enrolment(applied.enrolment_id).status == "failed"
