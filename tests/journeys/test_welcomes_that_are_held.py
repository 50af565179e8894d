"""A campaign begins while a person holds the conversation."""

from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.dialogue import takeover
from bot.insight.enrolments import explain_enrolment
from bot.insight.previews import Outcome, preview_moves
from bot.messaging.thread import lock_thread
from bot.models import Application, EnrolmentEvent
from bot.pipeline.stages import find_target
from bot.work import reading, unit_of_work
from tests.stories import Story

WAITS = "Goes out when Maria hands the conversation back."


def explained(story: Story, enrolment_id: int) -> str | None:
    with reading(story.runtime) as work:
        return explain_enrolment(work, enrolment_id)


def causes(story: Story, enrolment_id: int) -> list[str]:
    of_enrolment = select(EnrolmentEvent.cause).where(EnrolmentEvent.enrolment_id == enrolment_id)
    with reading(story.runtime) as work:
        return list(work.connection.execute(of_enrolment.order_by(EnrolmentEvent.id)).scalars())


def test_a_welcome_that_waits_for_a_person_says_so(story: Story) -> None:
    story.job()
    applied = story.apply("Barista/new")
    with unit_of_work(story.runtime) as work:
        takeover.hold(work, lock_thread(work, applied.candidate_id), "Maria")
    with reading(story.runtime) as work:
        ref = work.connection.execute(select(Application.public_id)).scalar_one()
        target = find_target(work, story.stages["Barista/screening"])
    [preview] = preview_moves(story.runtime, [ref], target, sends=True)
    assert (preview.outcome, preview.explanation) == (Outcome.SENDS, WAITS)

    enrolment_id = story.move(applied.application_id, "Barista/screening")
    assert enrolment_id is not None
    assert story.sender.accepted == []
    assert explained(story, enrolment_id) == WAITS
    assert causes(story, enrolment_id)[-1] == "goes over whatsapp when Maria hands the conversation back"

    with unit_of_work(story.runtime) as work:
        takeover.hand_back(work, lock_thread(work, applied.candidate_id))
    story.send()
    assert len(story.sender.accepted) == 1
    assert explained(story, enrolment_id) is None
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(enrolment_id).status == "delivered"


def test_a_welcome_on_its_way_waits_for_nobody(story: Story) -> None:
    story.job()
    applied = story.apply()
    with unit_of_work(story.runtime) as work:
        takeover.hold(work, lock_thread(work, applied.candidate_id), "Maria")
    assert applied.enrolment_id is not None
    assert story.enrolment(applied.enrolment_id).status == "sending"
    assert explained(story, applied.enrolment_id) is None
    assert causes(story, applied.enrolment_id)[-1] == "sent over whatsapp"
