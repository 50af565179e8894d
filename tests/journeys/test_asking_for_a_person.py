"""Somebody asks for a person while no campaign is under way, or comes back after STOP: the recruiter is told so."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.dialogue.timers import expire_enrolments
from bot.models import Conversation
from bot.work import reading
from flows.wording import LOCALES, phrase
from tests.stories import TWO_QUESTIONS, Story

COLLEAGUE = "Thank you. A colleague has your message and will answer here."


def wanted(story: Story) -> str | None:
    """Return why a person should look at the conversation."""
    with reading(story.runtime) as work:
        return work.connection.execute(select(Conversation.needs_person)).scalar_one()


def begun(story: Story, **person: str) -> int | None:
    """Let Ann begin; return her enrolment."""
    story.job()
    applied = story.apply(**person)
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    return applied.enrolment_id


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_start_is_not_offered_where_no_campaign_would_go_on(story: Story, locale: str) -> None:
    story.job()
    story.apply("Barista/new", language=locale)
    story.says("a person please")
    said = story.sender.texts()[-1]
    assert said == phrase("person_told", locale)
    assert phrase("person_called", locale).startswith(said)
    assert "START" not in said


def test_start_is_offered_in_a_campaign_and_leads_on(story: Story) -> None:
    begun(story)
    story.says("a person please")
    assert story.sender.texts()[-1].endswith("write START.")
    story.says("start")
    assert story.sender.texts()[-1].endswith("Do you drive?")
    assert wanted(story) is None


def test_a_wish_for_a_person_outlives_start_and_what_is_written_outside_a_campaign(story: Story) -> None:
    begun(story)
    for text in ("stop", "start", "hm", "a person please"):
        story.says(text)
    assert wanted(story) == "asked"
    story.says("start")
    assert story.sender.texts()[-1] == COLLEAGUE
    assert wanted(story) == "asked"
    story.says("hm")
    assert wanted(story) == "asked"


def test_start_reopens_what_expired_though_they_asked_for_a_person(story: Story) -> None:
    story.job(campaign={**TWO_QUESTIONS, "reopen": True})
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.says("a person please")
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    story.says("start")
    assert story.sender.texts()[-1].endswith("Do you drive?")
    assert wanted(story) == "asked_before"


def test_who_comes_back_after_stop_is_named_until_the_campaign_is_sent_again(story: Story) -> None:
    enrolment = begun(story)
    for text in ("stop", "hm"):
        story.says(text)
    assert wanted(story) == "wrote_after_stop"
    story.says("start")
    assert wanted(story) == "came_back"
    assert story.enrolment(enrolment).status == "cancelled"
    story.move(story.enrolment(enrolment).application_id, "Barista/screening")
    assert wanted(story) is None


def test_who_comes_back_after_stop_without_a_word_between_is_named_too(story: Story) -> None:
    begun(story)
    for text in ("stop", "start", "hm"):
        story.says(text)
    assert wanted(story) == "came_back"


def test_who_comes_back_when_stop_had_ended_nothing_calls_nobody(story: Story) -> None:
    begun(story)
    for text in ("no", "stop", "hm"):
        story.says(text)
    assert wanted(story) == "wrote_after_stop"
    story.says("start")
    assert wanted(story) is None


def test_coming_back_after_stop_does_not_hide_a_wish_for_a_person(story: Story) -> None:
    begun(story)
    for text in ("a person please", "stop", "start"):
        story.says(text)
    assert wanted(story) == "asked"


def test_what_an_earlier_stop_ended_is_not_told_again(story: Story) -> None:
    enrolment = begun(story)
    for text in ("stop", "start"):
        story.says(text)
    story.move(story.enrolment(enrolment).application_id, "Barista/screening")
    story.last_reports(MessageStatus.DELIVERED)
    for text in ("ok", "no", "stop", "start"):
        story.says(text)
    assert wanted(story) is None
