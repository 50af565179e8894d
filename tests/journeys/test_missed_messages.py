"""What candidates wrote and no webhook brought is found in the provider's list, whatever stands beside it there."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from bot.channels.base import ChannelKind, InboundMessage, Media, MediaKind
from bot.dialogue import reconciling
from bot.dialogue.inbox import Reception
from bot.dialogue.reconciling import reconcile_inbound
from bot.models import Channel, Message
from bot.runtime import Runtime
from bot.work import reading, unit_of_work
from tests.stories import ANN, OURS, Story

PICTURE = Media("https://example.org/1", MediaKind.IMAGE, "image/jpeg")


def _missed(story: Story, name: str, **more: Any) -> None:
    """Let the provider list a message that never came."""
    values = {"text": name, "to": OURS[ChannelKind.WHATSAPP], "sent_at": story.clock.now(), **more}
    story.sender.received.append(
        InboundMessage(provider_id=f"SM{name}", kind=ChannelKind.WHATSAPP, sender=ANN, **values)
    )


def _stored(story: Story) -> dict[str, int]:
    """Return what came in, with how much was attached."""
    with reading(story.runtime) as work:
        rows = work.connection.execute(select(Message.provider_id, Message.content).where(Message.inbound)).all()
    return {row.provider_id.removeprefix("SM"): len(row.content.get("media", ())) for row in rows}


def _later(story: Story, hours: float) -> bool:
    story.clock.move(timedelta(hours=hours))
    return reconcile_inbound(story.runtime)


def test_one_message_that_cannot_be_stored_stops_no_other_and_is_named(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = reconciling.receive_alone

    def receive_alone(runtime: Runtime, provider: str, inbound: InboundMessage) -> Reception:
        if inbound.text == "bad":
            raise ValueError("no text")
        return known(runtime, provider, inbound)

    _missed(story, "bad")
    _missed(story, "good")
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(reconciling, "receive_alone", receive_alone)
        assert not reconcile_inbound(story.runtime)
    assert _stored(story) == {"good": 0}
    assert [record.ids["provider_id"] for record in caplog.records] == ["SMbad"]  # type: ignore[attr-defined]
    assert _later(story, 3)
    assert _stored(story) == {"bad": 0, "good": 0}


def test_a_message_that_can_never_be_stored_is_given_up_after_a_day(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive_alone(*_: object) -> Reception:
        raise ValueError("no text")

    monkeypatch.setattr(reconciling, "receive_alone", receive_alone)
    _missed(story, "bad")
    assert not _later(story, 23)
    assert _later(story, 2)


def test_a_busy_database_loses_nothing_however_old_it_is(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> Reception:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    _missed(story, "good")
    with monkeypatch.context() as patched:
        patched.setattr(reconciling, "receive_alone", busy)
        assert not _later(story, 25)
    assert _later(story, 0)
    assert _stored(story) == {"good": 0}


def test_attachments_that_cannot_be_listed_keep_back_their_own_message_for_a_day(story: Story) -> None:
    _missed(story, "papers", media_to_ask_for=True)
    _missed(story, "good")
    story.sender.attached["SMpapers"] = ()
    assert not reconcile_inbound(story.runtime)
    assert not _later(story, 3)
    assert _stored(story) == {"good": 0}
    story.sender.attached["SMpapers"] = (PICTURE,)
    assert _later(story, 1)
    assert _stored(story) == {"papers": 1, "good": 0}


def test_a_message_comes_in_without_its_attachments_rather_than_never(story: Story) -> None:
    _missed(story, "papers", media_to_ask_for=True)
    story.sender.attached["SMpapers"] = ()
    assert _later(story, 25)
    assert _stored(story) == {"papers": 0}


def test_attachments_are_asked_for_only_of_what_is_missing(story: Story) -> None:
    story.says("known", provider_id="SMknown")
    _missed(story, "known", media_to_ask_for=True)  # to ask for them would be an error: none are given here
    assert reconcile_inbound(story.runtime)


def test_a_number_that_received_and_is_not_used_to_send_is_asked_about_too(story: Story) -> None:
    """As with a Messaging Service, which has many numbers, and none of them a channel of ours."""
    with unit_of_work(story.runtime) as work:
        work.connection.execute(update(Channel).values(active=False))
    _missed(story, "good")
    assert reconcile_inbound(story.runtime)
    assert _stored(story) == {"good": 0}


def test_the_log_says_over_which_kind_of_channel_the_provider_could_not_be_asked(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.sender.cannot_be_asked = True
    assert not reconcile_inbound(story.runtime)
    failed = [record.ids["kind"] for record in caplog.records if record.msg == "lookup_failed"]  # type: ignore[attr-defined]
    assert set(failed) == {"whatsapp", "sms"}
