"""A candidate's number is corrected, and what failed is sent again there."""

import pytest
from sqlalchemy import select

from bot.channels.base import ChannelKind, MessageStatus, NotSent
from bot.dialogue.failures import OTHER_NEWS
from bot.dialogue.sending import NO_CONNECTION, claim_next, deliver
from bot.intake.applications import Applicant, Applied, apply_for
from bot.intake.people_changes import change_phone
from bot.messaging.claims import Claim
from bot.messaging.thread import lock_thread
from bot.models import Address, Message
from bot.pipeline.stages import find_target
from bot.work import reading, unit_of_work
from tests.stories import ONLY_NEWS, Story
from tests.webhooks.api.conftest import ANN, BEN, Api, fields_of

RIGHT = "+14155550199"


def numbers(api: Api) -> list[str]:
    """Return where the messages of ours went, in order."""
    with reading(api.runtime) as work:
        sent = select(Address.value).join(Message, Message.address_id == Address.id).where(~Message.inbound)
        return list(work.connection.execute(sent.order_by(Message.id)).scalars())


def test_messages_go_to_the_corrected_number_on_every_channel(api: Api) -> None:
    made = api.apply(api.job())
    path = f"/candidates/{made['candidate']}"
    assert api.patch(path, {"phone": "+1 (415) 555-0199"})["phone"] == RIGHT
    api.post(f"/applications/{made['id']}/moves", {"stage": made["stage"]})
    api.send()
    assert api.get(f"/candidates?phone={RIGHT.replace('+', '%2B')}")["items"][0]["id"] == made["candidate"]
    assert numbers(api) == [ANN, RIGHT]


def test_what_waits_goes_to_the_corrected_number_too(api: Api) -> None:
    job = api.job()
    candidate = {"first_name": "Ann", "last_name": "Silva", "phone": ANN}
    applies = {"job": job["id"], "stage": job["stages"][1]["id"], "candidate": candidate}
    made = api.post("/applications", applies, 201)
    api.patch(f"/candidates/{made['candidate']}", {"phone": RIGHT})
    api.send()
    assert numbers(api) == [RIGHT]


def test_who_writes_from_the_old_number_is_known_still(api: Api) -> None:
    made = api.apply(api.job())
    api.patch(f"/candidates/{made['candidate']}", {"phone": RIGHT})
    api.says("ok", phone=ANN)
    api.says("yes", phone=RIGHT)
    assert [person["id"] for person in api.get("/candidates")["items"]] == [made["candidate"]]


@pytest.mark.parametrize("phone", ["5550199", "nonsense", "", None])
def test_what_is_no_number_changes_nothing(api: Api, phone: str | None) -> None:
    made = api.apply(api.job())
    path = f"/candidates/{made['candidate']}"
    assert fields_of(api.patch(path, {"phone": phone, "city": "Faro"}, 422)) == ["phone"]
    assert (api.get(path)["phone"], api.get(path)["city"]) == (ANN, None)


def test_the_number_of_somebody_else_is_refused(api: Api) -> None:
    job = api.job()
    ann, ben = api.apply(job), api.apply(job, phone=BEN)
    refused = api.patch(f"/candidates/{ann['candidate']}", {"phone": BEN}, 409)
    assert refused["detail"] == "this is the number of another candidate"
    assert api.get(f"/candidates/{ben['candidate']}")["phone"] == BEN


def corrects(story: Story, applied: Applied) -> None:
    """Let the number be corrected, while a message to the wrong one is on its way."""
    with unit_of_work(story.runtime) as work:
        change_phone(work, lock_thread(work, applied.candidate_id), RIGHT)


@pytest.mark.parametrize("code", ["30008", "21211", "30003", "63003", "63014", "21610"])
def test_what_failed_at_the_wrong_number_goes_to_the_corrected_one_on_the_same_channel(story: Story, code: str) -> None:
    story.job()
    applied = story.apply()
    corrects(story, applied)
    story.last_reports(MessageStatus.FAILED, code)
    sent = [(message.to, message.kind) for message in story.sender.accepted]
    assert sent == [(ANN, ChannelKind.WHATSAPP), (RIGHT, ChannelKind.WHATSAPP)]
    assert story.enrolment(applied.enrolment_id).status == "sending"


def test_a_block_at_the_wrong_number_is_no_opt_out(story: Story) -> None:
    story.job()
    applied = story.apply()
    corrects(story, applied)
    found = []
    for _ in ("at the old number", "at the new one, where it is theirs"):
        story.last_reports(MessageStatus.FAILED, "63014")
        with reading(story.runtime) as work:
            found.append(lock_thread(work, applied.candidate_id).opted_out_at is not None)
    assert found == [False, True]


def test_what_follows_the_welcome_follows_it_to_the_corrected_number(story: Story) -> None:
    story.job("Cook", ONLY_NEWS, channels=["sms"])
    applied = story.apply("Cook/screening")
    corrects(story, applied)
    before = list(story.sender.accepted)
    for message in reversed(before):  # the word of the welcome comes last
        story.reports(message.public_id, MessageStatus.FAILED, "30005")
        story.send()
    story.clock.move(OTHER_NEWS * 2)
    story.send()
    assert [message.text for message in story.sender.accepted] == [message.text for message in before] * 2
    assert {message.to for message in story.sender.accepted[len(before) :]} == {RIGHT}


def test_what_certainly_did_not_reach_the_wrong_number_goes_to_the_corrected_one(story: Story) -> None:
    story.job()
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        applied = apply_for(work, target, Applicant(ANN, "Ann"), source="test", external_id=None, sends=True)
    claimed = claim_next(story.runtime)
    assert isinstance(claimed, Claim)
    corrects(story, applied)
    story.sender.fails = [NotSent("no connection")]
    deliver(story.runtime, claimed)
    story.clock.move(NO_CONNECTION)
    story.send()
    assert [message.to for message in story.sender.accepted] == [RIGHT]
