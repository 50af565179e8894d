"""What was on its way when the bot said it anew, and then proves not to have gone, does not come a second time."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.channels.base import ChannelKind, MessageStatus, NotSent, OutcomeUnknown, Sent
from bot.dialogue.deciding import decide
from bot.dialogue.sending import claim_next, deliver
from bot.intake.applications import Applicant, apply_for
from bot.messaging.claims import ORDER_WAIT, Claim
from bot.messaging.outbox import Posting, cancel_unasked, queue_message, route_of
from bot.messaging.settling import GIVE_UP, settle_unconfirmed_sends
from bot.messaging.thread import lock_thread
from bot.pipeline.stages import find_target
from bot.rendering import Rendered
from bot.work import unit_of_work
from tests.fakes import FakeSender
from tests.journeys.holding import begun, hand_back, hold
from tests.stories import ANN, ONLY_NEWS, Story

WHATSAPP = ChannelKind.WHATSAPP
ASKED = "How many years?"


def asked_in_vain(story: Story) -> int:
    """Let the second question be lost on its way, of which nothing is heard; return the candidate's id."""
    ann = begun(story)
    story.sender.fails = [OutcomeUnknown("no answer")]
    story.says("yes")
    assert [message.text for message in story.messages() if message.status == "sending"] == [ASKED]
    return ann


def asks_anew(story: Story, candidate_id: int) -> None:
    hold(story, candidate_id)
    hand_back(story, candidate_id)


def test_a_question_that_was_lost_is_asked_once_when_the_conversation_was_handed_back_before_that_is_known(
    story: Story,
) -> None:
    asks_anew(story, asked_in_vain(story))
    story.clock.move(timedelta(seconds=61))
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert story.sender.texts().count(ASKED) == 1
    assert next((m.status, m.cause) for m in story.messages() if m.text == ASKED) == ("cancelled", "out of date")


def test_a_question_that_a_person_has_sent_again_is_not_asked_once_more_beside_the_new_one(story: Story) -> None:
    ann = asked_in_vain(story)
    lost = story.messages()[-1].id
    story.sender.cannot_be_asked = True
    story.clock.move(GIVE_UP)
    settle_unconfirmed_sends(story.runtime)
    asks_anew(story, ann)
    with unit_of_work(story.runtime) as work:
        decide(work, lost, was_sent=False)
    story.send()
    assert story.sender.texts().count(ASKED) == 1


def test_a_question_that_fails_after_it_was_asked_anew_is_not_tried_again(story: Story) -> None:
    ann = begun(story)
    story.says("yes")
    first = story.sender.accepted[-1]
    asks_anew(story, ann)
    story.reports(first.public_id, MessageStatus.FAILED, "63010")
    story.clock.move(timedelta(hours=2))
    story.send()
    assert story.sender.texts().count(ASKED) == 2


@pytest.mark.parametrize("lost", [NotSent("no connection"), OutcomeUnknown("no answer")])
def test_what_followed_a_welcome_that_went_another_way_does_not_come_the_old_way_too(
    story: Story, lost: NotSent | OutcomeUnknown
) -> None:
    story.says("hello?")  # the window is open
    said = len(story.sender.accepted)
    story.job("Cook", ONLY_NEWS)
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Cook/screening"])
        apply_for(work, target, Applicant(ANN, "Ann"), source="test", external_id=None, sends=True)
    _sends_one(story)
    story.clock.move(ORDER_WAIT)
    following = claim_next(story.runtime)
    assert isinstance(following, Claim)
    story.reports(story.sender.accepted[-1].public_id, MessageStatus.FAILED, "63024")
    story.sender.fails = [lost]
    deliver(story.runtime, following)
    story.clock.move(timedelta(seconds=61))
    settle_unconfirmed_sends(story.runtime)
    story.send()
    found = [(message.kind is WHATSAPP, message.text) for message in story.sender.accepted[said:]]
    sms = [(False, text) for text in ("Hello", "First.", "Second.", "That was all.")]
    assert found == [(True, "Hello"), *sms]


def _sends_one(story: Story) -> None:
    claimed = claim_next(story.runtime)
    assert isinstance(claimed, Claim)
    deliver(story.runtime, claimed)


def test_a_receipt_that_comes_with_the_answer_and_a_hand_back_do_not_wait_for_each_other(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = begun(story)
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, ann)
        queue_message(work, thread, route_of(thread, work.now), Rendered("?"), Posting(enrolment_id=1))
    claimed = claim_next(story.runtime)
    assert isinstance(claimed, Claim)
    monkeypatch.setattr(FakeSender, "send", lambda *_: Sent("SMpaper", "delivered"))
    with ThreadPoolExecutor() as pool:
        with unit_of_work(story.runtime) as work:
            thread = lock_thread(work, ann)
            delivering = pool.submit(deliver, story.runtime, claimed)
            time.sleep(0.3)
            cancel_unasked(work, thread, 1)
        delivering.result()
    assert story.messages()[-1].status == "delivered"
