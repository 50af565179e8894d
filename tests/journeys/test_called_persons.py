"""A person is called: what the candidate is told meanwhile, and what the bot still hears."""

from datetime import timedelta

from sqlalchemy import select, update

from bot.channels.base import MessageStatus
from bot.dialogue import writing
from bot.dialogue.timers import expire_enrolments
from bot.messaging.thread import UNCONFIRMED, change_thread, lock_thread
from bot.models import Conversation, Message
from bot.work import reading, unit_of_work
from tests.stories import TWO_QUESTIONS, Story

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


def test_a_wish_for_a_person_outlives_what_is_misunderstood_and_answered_since(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.says("a person please")
    story.move(applied.application_id, "Barista/screening")
    story.last_reports(MessageStatus.DELIVERED)
    for text in ("ok", "purple", "elephant", "window"):
        story.says(text)
    assert wanted(story) == "asked_before"
    story.says("purple")
    assert story.sender.texts()[-1] == COLLEAGUE
    story.says("yes")
    assert story.sender.texts()[-1] == "How many years?"
    assert wanted(story) == "asked_before"


def test_who_is_answered_by_the_person_who_was_called_is_heard_again(story: Story) -> None:
    misunderstood(story)
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, work.connection.execute(select(Conversation.candidate_id)).scalar_one())
        writing.write(work, thread, "Do you mean yes?")
    story.send()
    story.says("purple")
    assert story.sender.texts()[-1] not in (COLLEAGUE, "Do you mean yes?")
    assert wanted(story) is None


def test_a_campaign_that_is_reopened_asks_again_what_was_not_understood_before_it_expired(story: Story) -> None:
    story.job(campaign={**TWO_QUESTIONS, "reopen": True})
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    for text in ("ok", "purple", "elephant", "window"):
        story.says(text)
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    story.says("yes")
    assert story.sender.texts()[-1] == "How many years?"
    assert wanted(story) is None
    story.says("dunno")
    assert story.sender.texts()[-1] not in (COLLEAGUE, "How many years?")


def test_who_was_not_understood_still_waits_when_a_doubt_about_a_message_is_settled(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    doubtful = story.sender.accepted[-1].public_id
    with unit_of_work(story.runtime) as work:
        this = update(Message).where(Message.public_id == doubtful)
        work.connection.execute(this.values(status=MessageStatus.UNCONFIRMED))
        change_thread(work, lock_thread(work, applied.candidate_id), needs_person=UNCONFIRMED)
    for text in ("purple", "elephant", "window"):
        story.says(text)
    assert wanted(story) == "unconfirmed"
    story.reports(doubtful, MessageStatus.DELIVERED)
    assert wanted(story) == "not_understood"
    story.says("yes")
    assert wanted(story) is None
