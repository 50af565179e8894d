"""What follows when a message of ours was not delivered: for the enrolment, the conversation and the channel."""

from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.models import Channel, Conversation
from bot.work import reading
from tests.stories import Story

SMS = ChannelKind.SMS


def test_a_welcome_that_the_provider_cancels_fails_the_enrolment_and_frees_the_turn(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    story.last_reports(MessageStatus.CANCELLED)
    failed = story.enrolment(first.enrolment_id)
    assert (failed.status, failed.reason) == ("failed", "callboard_provider_cancelled")
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_a_question_that_the_provider_cancels_calls_a_person(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.last_reports(MessageStatus.CANCELLED)
    assert story.enrolment(applied.enrolment_id).status == "in_progress"
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "not_delivered"


def test_a_blast_does_not_move_the_conversation_that_runs_to_another_channel(story: Story) -> None:
    story.job(channels=["sms"])
    story.job("Driver")
    story.apply()
    story.says("ok", kind=SMS)
    other = story.apply("Driver/new")
    story.move(other.application_id, "Driver/rejected")
    assert story.sender.accepted[-1].kind is ChannelKind.WHATSAPP
    with reading(story.runtime) as work:
        asked = select(Conversation.channel_id).scalar_subquery()
        assert work.connection.execute(select(Channel.kind).where(Channel.id == asked)).scalar_one() == "sms"
