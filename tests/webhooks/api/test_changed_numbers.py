"""A candidate's number is corrected, and what failed is sent again there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.intake.people_changes import change_phone
from bot.messaging.thread import lock_thread
from bot.models import Address, Message
from bot.work import reading, unit_of_work
from tests.stories import Story
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


def test_what_failed_while_the_number_was_corrected_is_tried_again_at_the_new_one(story: Story) -> None:
    story.job()
    applied = story.apply()
    with unit_of_work(story.runtime) as work:
        change_phone(work, lock_thread(work, applied.candidate_id), RIGHT)
    story.last_reports(MessageStatus.FAILED, "30008")
    story.clock.move(timedelta(hours=2))
    story.send()
    assert [message.to for message in story.sender.accepted] == [ANN, RIGHT]
