"""A welcome that can go no way: the enrolment tells what bars the best way, not the last that was looked at."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.channels.base import ChannelKind
from bot.dialogue.reconciling import refresh_templates
from bot.intake.applications import ConsentGiven
from bot.models import Address, Channel
from bot.work import unit_of_work
from tests.stories import HELLO, Story

BOTH = (["whatsapp", "sms"], ["sms", "whatsapp"])


def why_failed(story: Story, *agreed: ChannelKind) -> str:
    """Let Ann apply, who agreed to these channels; return why she cannot be reached."""
    enrolment = story.enrolment(story.apply(consents=[ConsentGiven(kind, "form") for kind in agreed]).enrolment_id)
    assert enrolment.status == "failed"
    return str(enrolment.reason)


def no_template(story: Story, channels: list[str]) -> None:
    """Publish while the template is approved, which it then is no more."""
    story.job(channels=channels)
    story.sender.listed = [replace(HELLO, status="paused")]
    refresh_templates(story.runtime)


def without(story: Story, kind: ChannelKind) -> None:
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).where(Channel.kind == kind).values(active=False))


@pytest.mark.parametrize("channels", BOTH)
def test_what_is_wrong_where_they_agreed_is_told_and_not_that_they_agreed_to_nothing_else(
    story: Story, channels: list[str]
) -> None:
    no_template(story, channels)
    assert why_failed(story, ChannelKind.WHATSAPP) == "callboard_no_template"


@pytest.mark.parametrize("channels", BOTH)
def test_who_agreed_to_a_channel_that_is_not_connected_needs_no_other_consent(
    story: Story, channels: list[str]
) -> None:
    story.job(channels=channels)
    without(story, ChannelKind.SMS)
    assert why_failed(story, ChannelKind.SMS) == "callboard_no_channel"


def test_of_two_channels_that_they_agreed_to_the_first_is_told_of(story: Story) -> None:
    no_template(story, ["whatsapp", "sms"])
    without(story, ChannelKind.SMS)
    assert why_failed(story, ChannelKind.WHATSAPP, ChannelKind.SMS) == "callboard_no_template"


def test_that_nobody_agreed_to_anything_is_told_where_it_is_so(story: Story) -> None:
    no_template(story, ["whatsapp", "sms"])
    assert why_failed(story) == "callboard_no_consent"


def test_a_number_that_cannot_be_reached_where_they_agreed_is_told(story: Story) -> None:
    story.job(channels=["whatsapp", "sms"])
    story.apply(consents=[ConsentGiven(ChannelKind.WHATSAPP, "form")])
    story.job("Driver", channels=["whatsapp", "sms"])
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Address).values(unreachable_code="63024"))
    driver = story.apply("Driver/rejected")
    assert story.enrolment(driver.enrolment_id).reason == "63024"
