"""The page of the channels tells what came and went last, what waits, and what stops a channel."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.channels.base import MessageStatus
from bot.insight.channel_health import ChannelPage, Health, look_at_channels
from bot.messaging.channels import pause_channel
from bot.models import Channel
from bot.runtime import Runtime
from bot.settings.public_address import in_clear, messages_webhook, unreachable
from bot.work import reading, unit_of_work
from tests.conftest import Build
from tests.stories import Story


def look(runtime: Runtime) -> ChannelPage:
    with reading(runtime) as work:
        return look_at_channels(work)


def test_a_channel_nobody_has_used_yet_says_so(story: Story) -> None:
    page = look(story.runtime)
    assert [(each.kind, each.health) for each in page.channels[:2]] == [
        ("whatsapp", Health.UNTRIED),
        ("sms", Health.UNTRIED),
    ]
    assert [each.health for each in page.channels[2:]] == []
    assert (page.channels[0].pace, page.channels[1].pace) == ("80 messages a second", "1 segment a second")
    assert (page.connected, page.sent_today, page.cap) == (True, 0, None)


def test_it_tells_what_came_and_went_last_and_what_was_counted(story: Story) -> None:
    story.job()
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("yes")
    whatsapp, sms = look(story.runtime).channels[:2]
    assert whatsapp.health is Health.WORKING
    assert whatsapp.last_inbound is not None
    assert whatsapp.last_sent is not None
    assert whatsapp.last_callback is not None
    assert (sms.last_inbound, sms.last_sent, sms.last_callback) == (None, None, None)
    assert look(story.runtime).sent_today == len(story.sender.accepted)


def test_what_waits_is_counted_and_the_oldest_told(story: Story) -> None:
    story.job()
    began = story.clock.now()
    with unit_of_work(story.runtime) as work:
        pause_channel(work, _id(story, "whatsapp"), timedelta(minutes=30), "63018")
    story.apply()
    story.clock.move(timedelta(minutes=5))
    whatsapp = look(story.runtime).channels[0]
    assert (whatsapp.health, whatsapp.queued, whatsapp.oldest_due) == (Health.PAUSED, 1, began)
    assert whatsapp.paused_until == began + timedelta(minutes=30)
    assert whatsapp.why
    assert "63018" not in whatsapp.why.split()[0]


def _id(story: Story, kind: str) -> int:
    return next(each.id for each in look(story.runtime).channels if each.kind == kind)


def test_a_channel_that_fails_is_told_apart_from_one_that_is_not_in_use(story: Story) -> None:
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).where(Channel.kind == "whatsapp").values(failures=4))
        work.connection.execute(update(Channel).where(Channel.kind == "sms").values(active=False))
    first, second = look(story.runtime).channels[:2]
    assert (first.health, first.why[:60]) == (
        Health.FAILING,
        "The provider could not be reached 4 times in a row. It is tr",
    )
    assert second.health is Health.OFF


def test_the_sandbox_has_channels_and_no_warnings(runtime: Runtime) -> None:
    page = look(runtime)
    assert [(each.provider, each.pace) for each in page.channels] == [("sandbox", ""), ("sandbox", "")]
    assert (page.connected, page.warnings) == (False, [])


def test_an_address_that_twilio_cannot_call_is_warned_of(build_runtime: Build, story: Story) -> None:
    assert look(story.runtime).warnings == [
        "Twilio cannot reach this machine by that name: write its public address.",
    ]
    runtime = build_runtime(story.sender, CALLBOARD_PUBLIC_URL="https://jobs.example.org")
    page = look(runtime)
    assert (page.warnings, page.webhook) == ([], "https://jobs.example.org/webhooks/twilio/messages#rc=3&rp=all")


@pytest.mark.parametrize(
    ("public", "provider", "problems"),
    [
        ("http://localhost:8000", "https://api.twilio.com", 2),
        ("http://localhost:8000", "http://127.0.0.1:4010", 0),
        ("http://jobs.example.org", "https://api.twilio.com", 1),
        ("https://jobs.example.org", "https://api.twilio.com", 0),
    ],
)
def test_an_address_is_judged_by_where_the_provider_is(public: str, provider: str, problems: int) -> None:
    assert sum(map(bool, (unreachable(public, provider), in_clear(public, provider)))) == problems
    assert messages_webhook(public).startswith(public)
