"""What becomes of a reply to a campaign that asks nothing."""

from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.models import Conversation
from bot.work import reading
from tests.stories import ONLY_NEWS, Story


def test_a_reply_before_the_receipt_is_thanked_for_once_and_shown_to_a_person(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    applied = story.apply()
    news = ["Hello", "First.", "Second.", "That was all."]
    assert story.sender.texts() == news
    story.says("Thanks a lot!", kind=ChannelKind.SMS)
    story.says("anybody there?", kind=ChannelKind.SMS)
    assert len(story.sender.texts()) == len(news) + 1
    with reading(story.runtime) as work:
        assert work.connection.execute(select(Conversation.needs_person)).scalar_one() == "wrote"
    assert story.enrolment(applied.enrolment_id).status == "sending"
    story.reports(story.sender.accepted[0].public_id, MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "completed"


def test_a_reply_over_a_closed_window_still_brings_the_rest(story: Story) -> None:
    story.job(campaign=ONLY_NEWS)
    applied = story.apply()
    assert story.sender.texts() == ["Hello"]
    story.says("ok")
    assert story.sender.texts() == ["Hello", "First.", "Second.", "That was all."]
    assert story.enrolment(applied.enrolment_id).status == "completed"
