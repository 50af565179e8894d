"""A person is called: what the candidate is told meanwhile, and what the bot still hears."""

from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.models import Conversation
from bot.work import reading
from tests.stories import Story

COLLEAGUE = "Thank you. A colleague has your message and will answer here."


def wanted(story: Story) -> str | None:
    """Return why a person should look at the conversation."""
    with reading(story.runtime) as work:
        return work.connection.execute(select(Conversation.needs_person)).scalar_one()


def misunderstood(story: Story, *before: str) -> int:
    """Let Ann begin, answer *before*, and be misunderstood until a person is called; return her application's id."""
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    for text in ("ok", *before, "purple", "elephant", "window"):
        story.says(text)
    assert wanted(story) == "not_understood"
    return applied.application_id


def test_who_was_not_understood_begins_the_next_campaign_with_a_yes(story: Story) -> None:
    application = misunderstood(story)
    again = story.move(application, "Barista/screening")
    story.last_reports(MessageStatus.DELIVERED)
    story.says("yes")
    assert story.enrolment(again).status == "in_progress"
    assert story.sender.texts()[-1] == "Do you drive?"
    assert wanted(story) is None


def test_who_asked_for_a_person_is_heard_in_the_next_campaign_and_still_waits_for_that_person(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.says("a person please")
    again = story.move(applied.application_id, "Barista/screening")
    story.last_reports(MessageStatus.DELIVERED)
    story.says("yes")
    assert story.enrolment(again).status == "in_progress"
    assert wanted(story) == "asked_before"


def test_a_blast_lets_the_conversation_wait_for_the_person_as_before(story: Story) -> None:
    misunderstood(story)
    story.job("Driver")
    blast = story.apply("Driver/new")
    story.move(blast.application_id, "Driver/rejected")
    story.says("purple")
    assert wanted(story) == "not_understood"
    assert story.sender.texts()[-1] == COLLEAGUE


def test_back_is_obeyed_though_a_person_has_been_called(story: Story) -> None:
    misunderstood(story, "yes")
    story.says("back")
    assert story.sender.texts()[-1].endswith("Do you drive?")
    assert wanted(story) is None


def test_a_command_that_leads_nowhere_is_answered_and_the_person_still_called(story: Story) -> None:
    misunderstood(story)
    story.says("skip")
    assert story.sender.texts()[-1].endswith("Do you drive?")
    assert wanted(story) == "not_understood"
    story.says("purple")
    assert story.sender.texts()[-1] == COLLEAGUE
