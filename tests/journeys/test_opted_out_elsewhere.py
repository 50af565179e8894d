"""The provider tells us that somebody has opted out: nothing more goes to them, not even what waits."""

import pytest

from bot.channels.base import MessageStatus
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
