"""The provider tells us that somebody has opted out: nothing more goes to them, not even what waits."""

from datetime import timedelta

import pytest

from bot.channels.base import ChannelKind, MessageStatus
from tests.stories import Story


def test_an_opt_out_that_the_provider_knows_of_releases_nothing_that_waits(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    story.last_reports(MessageStatus.FAILED, "21610")
    assert (story.enrolment(first.enrolment_id).status, story.enrolment(first.enrolment_id).reason) == (
        "failed",
        "21610",
    )
    assert story.history(second.enrolment_id) == ["queued", "cancelled"]
    assert story.enrolment(second.enrolment_id).reason == "opted_out"
    assert len(story.sender.accepted) == 1


def test_what_runs_when_the_provider_tells_of_an_opt_out_is_cancelled(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    story.says("ok")
    story.last_reports(MessageStatus.FAILED, "21610")
    for applied in (first, second):
        ended = story.enrolment(applied.enrolment_id)
        assert (ended.status, ended.reason) == ("cancelled", "opted_out")
        assert ended.sent_at is None or applied is first


def test_a_welcome_that_fails_so_after_it_was_answered_leaves_nothing_running(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.reports(story.sender.accepted[0].public_id, MessageStatus.FAILED, "21610")
    ended = story.enrolment(applied.enrolment_id)
    assert (ended.status, ended.reason) == ("cancelled", "opted_out")


@pytest.mark.parametrize("code", ["21610", "63033"])
def test_what_the_provider_says_of_a_message_from_before_a_start_stops_nothing(story: Story, code: str) -> None:
    story.job()
    story.job("Driver")
    story.apply()
    story.says("ok")
    on_its_way = story.sender.accepted[-1].public_id
    story.says("stop")
    story.says("start")
    second = story.apply("Driver/screening")
    story.reports(on_its_way, MessageStatus.FAILED, code)
    assert story.enrolment(second.enrolment_id).status == "sending"
    story.last_reports(MessageStatus.FAILED, code)
    assert story.enrolment(second.enrolment_id).status == "failed"
    third = story.move(second.application_id, "Driver/rejected")
    assert story.enrolment(third).reason == "callboard_opted_out"


def came_back(story: Story, kind: ChannelKind) -> None:
    """Let somebody say STOP by SMS and, a minute later, START over a kind of channel."""
    story.job()
    story.apply()
    story.says("stop", kind=ChannelKind.SMS)
    story.clock.move(timedelta(minutes=1))
    story.says("start", kind=kind)


def test_a_carrier_that_still_blocks_us_undoes_no_start_that_came_over_whatsapp(story: Story) -> None:
    came_back(story, ChannelKind.WHATSAPP)
    story.job("Driver", channels=["sms", "whatsapp"])
    applied = story.apply("Driver/screening")
    assert story.sender.accepted[-1].kind is ChannelKind.SMS
    story.last_reports(MessageStatus.FAILED, "21610")
    assert story.sender.accepted[-1].kind is ChannelKind.WHATSAPP
    assert story.enrolment(applied.enrolment_id).status == "sending"
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_nothing_goes_by_sms_until_they_write_there_again(story: Story) -> None:
    came_back(story, ChannelKind.WHATSAPP)
    story.job("Driver", channels=["sms", "whatsapp"])
    story.apply("Driver/screening")
    story.last_reports(MessageStatus.FAILED, "21610")
    story.job("Cook", channels=["sms"])
    cook = story.apply("Cook/screening")
    story.last_reports(MessageStatus.DELIVERED)
    for text in ("ok", "no"):
        story.says(text)
    assert story.enrolment(cook.enrolment_id).reason == "21610"
    story.says("start", kind=ChannelKind.SMS)
    story.move(cook.application_id, "Cook/screening")
    assert story.sender.accepted[-1].kind is ChannelKind.SMS


def test_a_block_after_a_start_by_sms_is_a_new_opt_out(story: Story) -> None:
    came_back(story, ChannelKind.SMS)
    story.job("Driver", channels=["sms", "whatsapp"])
    applied = story.apply("Driver/screening")
    said = len(story.sender.accepted)
    story.clock.move(timedelta(minutes=1))
    story.last_reports(MessageStatus.FAILED, "21610")
    assert len(story.sender.accepted) == said
    assert story.enrolment(applied.enrolment_id).reason == "21610"


def blocked_by_sms(story: Story) -> int:
    """Let a carrier say that somebody wants no SMS, who has written over WhatsApp only; return their application."""
    story.says("hello")
    story.job("Driver", channels=["sms", "whatsapp"])
    applied = story.apply("Driver/screening")
    story.last_reports(MessageStatus.FAILED, "21610")
    assert story.enrolment(applied.enrolment_id).reason == "21610"
    return applied.application_id


def test_a_block_that_was_known_before_a_start_over_whatsapp_does_not_undo_it(story: Story) -> None:
    driver = blocked_by_sms(story)
    story.clock.move(timedelta(minutes=1))
    story.says("start")
    enrolment_id = story.move(driver, "Driver/screening")
    assert story.sender.accepted[-1].kind is ChannelKind.SMS
    story.last_reports(MessageStatus.FAILED, "21610")
    assert story.sender.accepted[-1].kind is ChannelKind.WHATSAPP
    assert story.enrolment(enrolment_id).status == "sending"


def test_a_block_that_was_not_known_before_a_start_over_whatsapp_is_a_new_opt_out(story: Story) -> None:
    story.says("stop")
    story.clock.move(timedelta(minutes=1))
    story.says("start")
    blocked_by_sms(story)
    story.says("ok")
    assert story.sender.accepted[-1].kind is ChannelKind.SMS
