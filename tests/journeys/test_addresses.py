"""Which address belongs to whom, and which is written to."""

from datetime import timedelta

from sqlalchemy import func, select

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus
from bot.dialogue.inbox import receive
from bot.intake.people_changes import change_phone
from bot.messaging.thread import address_for, lock_thread
from bot.models import Address, Candidate
from bot.work import reading, unit_of_work
from tests.stories import ANN, OURS, Story

OPAQUE = "US.13491208655302741918"


def _count(story: Story) -> int:
    with reading(story.runtime) as work:
        count: int = work.connection.execute(select(func.count()).select_from(Candidate)).scalar_one()
        return count


def _code(story: Story, kind: ChannelKind) -> str | None:
    with reading(story.runtime) as work:
        found = select(Address.unreachable_code).where(Address.kind == kind, Address.value == ANN)
        code: str | None = work.connection.execute(found).scalar_one()
        return code


def _writes(story: Story, text: str, sender: str, **more: str) -> None:
    kind = ChannelKind.WHATSAPP
    told = {"provider_id": "SMopaque", "to": OURS[kind], "text": text, **more}
    receive(story.runtime, "twilio", InboundMessage(kind=kind, sender=sender, **told))
    story.send()


def test_an_opaque_sender_whose_number_is_told_is_the_person_of_that_number(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    _writes(story, "ok", OPAQUE, phone=ANN)
    assert _count(story) == 1
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_a_new_person_with_an_opaque_sender_keeps_the_number_that_is_told(story: Story) -> None:
    _writes(story, "hello", OPAQUE, phone=ANN)
    story.job()
    story.apply()
    assert _count(story) == 1


def test_who_writes_from_an_address_can_be_reached_there_again(story: Story) -> None:
    story.job()
    story.apply(channel=ChannelKind.SMS)
    story.last_reports(MessageStatus.FAILED, "30006")
    assert _code(story, ChannelKind.SMS) == "30006"
    story.says("hi", kind=ChannelKind.SMS)
    assert _code(story, ChannelKind.SMS) is None


def test_of_two_addresses_the_one_last_written_from_is_written_to(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    _writes(story, "ok", OPAQUE, phone=ANN)
    story.clock.move(timedelta(hours=1))
    story.says("yes")
    assert _written_to(story, applied.candidate_id) == _id_of(story, ANN)
    story.clock.move(timedelta(hours=1))
    _writes(story, "3", OPAQUE, phone=ANN, provider_id="SMopaque2")
    assert _written_to(story, applied.candidate_id) == _id_of(story, OPAQUE)


def test_who_writes_under_an_id_of_whatsapps_own_is_written_to_there_when_a_number_is_added(story: Story) -> None:
    story.job()
    _writes(story, "hello", OPAQUE)
    with unit_of_work(story.runtime) as work:
        candidate_id = work.connection.execute(select(Candidate.id)).scalar_one()
        change_phone(work, lock_thread(work, candidate_id), ANN)
    story.apply()
    story.last_reports(MessageStatus.FAILED, "63024")
    sent = [(message.kind, message.to, message.template) for message in story.sender.accepted[1:]]
    assert sent == [(ChannelKind.WHATSAPP, OPAQUE, None), (ChannelKind.SMS, ANN, None)]


def _written_to(story: Story, candidate_id: int) -> int | None:
    with reading(story.runtime) as work:
        found = address_for(work, candidate_id, ChannelKind.WHATSAPP)
        return found and found[0]


def _id_of(story: Story, value: str) -> int:
    with reading(story.runtime) as work:
        found = select(Address.id).where(Address.kind == ChannelKind.WHATSAPP, Address.value == value)
        id_: int = work.connection.execute(found).scalar_one()
        return id_
