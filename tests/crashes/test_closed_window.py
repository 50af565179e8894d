"""WhatsApp says that its window is closed (63016), whatever our clock thinks: a template, another channel, or a reason."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus
from bot.channels.error_codes import explain
from bot.dialogue.failures import OTHER_NEWS
from bot.dialogue.reconciling import refresh_templates
from bot.models import Conversation, Message
from bot.work import reading
from tests.stories import HELLO, Story

CLOSED = "63016"


def _person(story: Story) -> Any:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Conversation)).one()


def _wrote_before(story: Story, channels: list[str]) -> int | None:
    """Ann wrote on WhatsApp, so we believe that the window is open; then she applies."""
    story.job(channels=channels)
    story.says("hello")
    applied = story.apply()
    welcome = story.sender.accepted[-1]
    assert welcome.template is None
    assert welcome.text == "Hi Ann, shall we start?"
    return applied.enrolment_id


def test_a_welcome_that_comes_too_late_goes_again_as_the_template(story: Story) -> None:
    enrolment = _wrote_before(story, ["whatsapp", "sms"])
    refused = story.sender.accepted[-1]
    story.last_reports(MessageStatus.FAILED, CLOSED)
    again = story.sender.accepted[-1]
    assert again.kind is ChannelKind.WHATSAPP
    assert again.template is not None
    assert story.enrolment(enrolment).status == "sending"
    with reading(story.runtime) as work:
        link = select(Message.fallback_of_id).where(Message.public_id == again.public_id)
        first = select(Message.id).where(Message.public_id == refused.public_id)
        assert work.connection.execute(link).scalar_one() == work.connection.execute(first).scalar_one()
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(enrolment).status == "delivered"


def test_a_template_that_is_refused_as_well_gives_way_to_sms_and_that_to_a_reason(story: Story) -> None:
    enrolment = _wrote_before(story, ["whatsapp", "sms"])
    story.last_reports(MessageStatus.FAILED, CLOSED)
    story.last_reports(MessageStatus.FAILED, CLOSED)
    assert story.sender.accepted[-1].kind is ChannelKind.SMS
    story.last_reports(MessageStatus.FAILED, "30005")
    ended = story.enrolment(enrolment)
    assert (ended.status, ended.reason) == ("failed", "30005")


def test_without_an_approved_template_and_without_sms_it_fails_and_says_why(story: Story) -> None:
    enrolment = _wrote_before(story, ["whatsapp"])
    story.sender.listed = [HELLO.__class__(**{**_fields(HELLO), "status": "paused"})]
    refresh_templates(story.runtime)
    sent = len(story.sender.accepted)
    story.last_reports(MessageStatus.FAILED, CLOSED)
    ended = story.enrolment(enrolment)
    assert (ended.status, ended.reason) == ("failed", CLOSED)
    assert "24 hours" in explain(CLOSED).explanation
    assert len(story.sender.accepted) == sent


def _fields(template: Any) -> dict[str, Any]:
    return {name: getattr(template, name) for name in template.__slots__}


@pytest.mark.parametrize(("channels", "called"), [(["whatsapp"], "not_delivered"), (["whatsapp", "sms"], None)])
def test_a_question_that_comes_too_late_goes_by_sms_or_calls_a_person(
    story: Story, channels: list[str], called: str | None
) -> None:
    story.job(channels=channels)
    enrolment = story.apply().enrolment_id
    story.says("ok")
    assert story.sender.texts()[-1] == "Do you drive?"
    story.last_reports(MessageStatus.FAILED, CLOSED)
    story.clock.move(OTHER_NEWS)  # of the part before it, which might have to go that way too
    story.send()
    person = _person(story)
    assert person.window_until is None
    assert person.needs_person == called
    assert story.enrolment(enrolment).status == "in_progress"
    by_sms = [message for message in story.sender.accepted if message.kind is ChannelKind.SMS]
    assert len(by_sms) == (called is None)
    story.clock.move(timedelta(hours=1))
    story.send()
    assert [message for message in story.sender.accepted if message.kind is ChannelKind.SMS] == by_sms
