"""Pictures, films and documents over SMS: attached where MMS can be sent, elsewhere as a link under their caption."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.channels.base import ChannelKind, MessageStatus, Rejected
from bot.models import Job
from bot.phones import region_of
from bot.work import unit_of_work
from tests.stories import ANN, TWO_QUESTIONS, Story

LISBON = "+351912345678"
URL = "https://example.org/team.jpg"
LINKED = f"The team\n{URL}"
QUESTION = "Do you drive?\n1. Yes\n2. No\nReply with the number of your choice."


def with_media(**block: str) -> dict[str, Any]:
    """Return the campaign with one medium as its content."""
    campaign = deepcopy(TWO_QUESTIONS)
    campaign["modules"][0]["blocks"] = [block or {"image": URL, "caption": "The team"}]
    return campaign


def goes_on(story: Story, phone: str, channels: tuple[str, ...] = ("sms",), **block: str) -> list[tuple[str, str]]:
    """Let somebody apply and reply by SMS; return the words and attachment of each message after the welcome."""
    story.job(campaign=with_media(**block), channels=[*channels])
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Job).values(default_country=region_of(phone)))
    story.apply(phone=phone)
    story.says("ok", phone=phone, kind=ChannelKind.SMS)
    return sent(story)[1:]


def sent(story: Story) -> list[tuple[str, str]]:
    return [(message.text, "".join(medium.url for medium in message.media)) for message in story.sender.accepted]


def test_where_mms_reaches_nobody_the_caption_and_a_link_go_as_text(story: Story) -> None:
    assert goes_on(story, LISBON) == [(LINKED, ""), (QUESTION, "")]


def test_where_mms_can_be_sent_the_picture_is_attached(story: Story) -> None:
    assert goes_on(story, ANN) == [("The team", URL), (QUESTION, "")]


@pytest.mark.parametrize("block", [{"video": URL}, {"document": URL, "filename": "Plan.pdf"}])
def test_a_medium_without_a_caption_goes_as_its_link_alone(story: Story, block: dict[str, str]) -> None:
    assert goes_on(story, LISBON, **block)[0] == (URL, "")


@pytest.mark.parametrize("code", ["30011", "21612", "30019"])
def test_a_picture_that_is_not_delivered_comes_again_as_a_link(story: Story, code: str) -> None:
    goes_on(story, ANN)
    story.reports(story.sender.accepted[1].public_id, MessageStatus.FAILED, code)
    story.send()
    assert sent(story)[3:] == [(LINKED, "")]


def test_a_picture_that_is_refused_at_once_goes_as_a_link_and_the_campaign_goes_on(story: Story) -> None:
    story.job(campaign=with_media(), channels=["sms", "whatsapp"])
    story.apply()
    story.sender.fails = [Rejected("no MMS", code="21612")]
    story.says("ok", kind=ChannelKind.SMS)
    assert sorted(sent(story)[1:]) == [(QUESTION, ""), (LINKED, "")]
    assert {message.kind for message in story.sender.accepted} == {ChannelKind.SMS}


def test_a_link_that_fails_is_not_tried_as_a_picture(story: Story) -> None:
    goes_on(story, ANN)
    story.reports(story.sender.accepted[1].public_id, MessageStatus.FAILED, "30011")
    story.send()
    story.last_reports(MessageStatus.FAILED, "30011")
    assert len(sent(story)) == 4


def test_a_link_that_goes_over_whatsapp_instead_is_a_picture_again(story: Story) -> None:
    goes_on(story, LISBON, ("sms", "whatsapp"))
    story.says("hello", phone=LISBON)
    link = next(message for message in story.sender.accepted if message.text == LINKED)
    story.reports(link.public_id, MessageStatus.FAILED, "30006")
    story.send()
    assert ("The team", URL) in sent(story)


def test_a_link_too_long_for_its_caption_is_said_again_without_it(story: Story) -> None:
    long = "https://files.example.org/plan.png?sig=" + "a" * 700
    goes_on(story, LISBON, image=long, caption="Caption. " + "word " * 195)
    for _ in range(2):
        story.clock.move(timedelta(minutes=1))
        story.send()
    link = next(message for message in story.sender.accepted if message.text.startswith("https"))
    story.reports(link.public_id, MessageStatus.FAILED, "30008")
    for _ in range(4):
        story.clock.move(timedelta(hours=1))
        story.send()
    said = [text.split(" ")[0] for text in story.sender.texts()]
    assert (said.count("Caption."), said.count(long)) == (1, 2)
