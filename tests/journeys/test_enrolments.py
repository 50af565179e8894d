"""Whole stories over the provider's wire, on both databases."""

from datetime import timedelta

import pytest

from bot.channels.base import ChannelKind, MessageStatus, NotSent, RateLimited, Rejected
from bot.dialogue.inbox import Reception
from bot.dialogue.timers import assume_delivered, expire_enrolments
from bot.errors import Conflict
from bot.messaging.settling import settle_unconfirmed_sends
from bot.messaging.thread import lock_thread
from bot.models import ApplicationState
from bot.pipeline.closings import close_application, reject_everywhere, release_now
from bot.work import unit_of_work
from tests.stories import ANN, ONLY_NEWS, TWO_QUESTIONS, Story


def test_a_screening_runs_from_the_welcome_to_the_conclusion(story: Story) -> None:
    story.job()
    applied = story.apply()
    assert story.sender.accepted[0].template is not None
    assert story.enrolment(applied.enrolment_id).status == "sending"
    story.last_reports(MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "delivered"
    story.says("ok")
    story.says("yes")
    story.says("3")
    assert story.sender.texts()[1:] == ["Two questions.", "Do you drive?", "How many years?", "Thank you, Ann."]
    assert story.answers(applied.enrolment_id) == {"licence": True, "years": 3}
    assert story.history(applied.enrolment_id) == ["queued", "sending", "delivered", "in_progress", "completed"]


def test_a_second_copy_of_a_message_changes_nothing(story: Story) -> None:
    story.job()
    story.apply()
    assert story.says("ok", provider_id="SMtwice") is Reception.HANDLED
    said = len(story.sender.accepted)
    assert story.says("ok", provider_id="SMtwice") is Reception.DUPLICATE
    assert len(story.sender.accepted) == said


def test_a_reply_may_overtake_the_receipt_and_the_receipt_then_moves_nothing(story: Story) -> None:
    story.job()
    applied = story.apply()
    welcome = story.sender.accepted[0].public_id
    story.says("ok")
    assert story.enrolment(applied.enrolment_id).status == "in_progress"
    story.reports(welcome, MessageStatus.DELIVERED)
    story.reports(welcome, MessageStatus.READ)
    story.reports(welcome, MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_a_second_application_waits_and_is_released_by_every_end(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    waiting = story.enrolment(second.enrolment_id)
    assert (waiting.status, waiting.waits_for_id) == ("queued", first.enrolment_id)
    story.says("ok")
    story.says("no")
    assert story.enrolment(first.enrolment_id).status == "completed"
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_a_withdrawal_frees_the_turn(story: Story) -> None:
    story.job()
    story.job("Driver")
    story.apply()
    second = story.apply("Driver/screening")
    story.says("ok")
    story.says("withdraw")
    story.says("withdraw")
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_moving_on_supersedes_and_the_blast_hands_the_turn_to_the_next(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    blast = story.move(first.application_id, "Barista/rejected")
    cancelled = story.enrolment(first.enrolment_id)
    assert (cancelled.status, cancelled.reason) == ("cancelled", "superseded")
    assert story.enrolment(blast).status == "sending"
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_the_same_move_again_is_one_move(story: Story) -> None:
    story.job()
    applied = story.apply("Barista/new")
    first = story.move(applied.application_id, "Barista/screening", external_id="m1")
    again = story.move(applied.application_id, "Barista/screening", external_id="m1")
    assert first == again
    assert len(story.sender.accepted) == 1


def test_an_unanswered_campaign_expires_and_releases_the_next(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    story.reports(story.sender.accepted[0].public_id, MessageStatus.DELIVERED)
    story.clock.move(timedelta(days=7, minutes=1))
    expire_enrolments(story.runtime)
    assert story.enrolment(first.enrolment_id).status == "expired"
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_a_message_without_a_receipt_for_a_day_counts_as_delivered(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.clock.move(timedelta(hours=24, minutes=1))
    assume_delivered(story.runtime)
    assert story.enrolment(applied.enrolment_id).status == "delivered"


def test_stop_ends_everything_on_every_channel_and_only_start_resumes(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.says("STOP")
    assert story.enrolment(applied.enrolment_id).reason == "opted_out"
    said = len(story.sender.accepted)
    story.says("stop")
    story.says("hello?")
    assert len(story.sender.accepted) == said
    story.job("Driver")
    failed = story.enrolment(story.apply("Driver/screening").enrolment_id)
    assert (failed.status, failed.reason) == ("failed", "callboard_opted_out")
    story.says("START")
    assert len(story.sender.accepted) == said + 1


def test_stop_on_sms_is_not_confirmed_twice(story: Story) -> None:
    story.job(channels=["sms"])
    story.apply()
    said = len(story.sender.accepted)
    story.says("STOP", kind=ChannelKind.SMS)
    assert len(story.sender.accepted) == said


def test_whatsapp_falls_back_to_sms_where_consent_stands(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.FAILED, "63003")
    assert story.sender.accepted[-1].kind is ChannelKind.SMS
    assert story.enrolment(applied.enrolment_id).status == "sending"
    story.last_reports(MessageStatus.FAILED, "30005")
    failed = story.enrolment(applied.enrolment_id)
    assert (failed.status, failed.reason) == ("failed", "30005")


def test_a_campaign_that_asks_nothing_says_all_on_sms_and_completes_on_delivery(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    applied = story.apply()
    assert story.sender.texts() == ["Hello", "First.", "Second.", "That was all."]
    assert story.enrolment(applied.enrolment_id).status == "sending"
    story.reports(story.sender.accepted[0].public_id, MessageStatus.DELIVERED)
    assert story.enrolment(applied.enrolment_id).status == "completed"


def test_an_unknown_outcome_is_settled_by_asking_and_never_repeated_blindly(story: Story) -> None:
    story.job()
    story.sender.loses_answer = 1
    story.apply()
    assert len(story.sender.accepted) == 1
    story.clock.move(timedelta(seconds=61))
    settle_unconfirmed_sends(story.runtime)
    story.send()
    assert len(story.sender.accepted) == 1


def test_what_the_provider_does_not_list_is_sent_again(story: Story) -> None:
    story.job()
    story.sender.fails = [NotSent("no connection"), RateLimited("slow down", retry_after=timedelta(seconds=5))]
    applied = story.apply()
    assert story.sender.accepted == []
    story.clock.move(timedelta(seconds=10))
    story.send()
    story.clock.move(timedelta(seconds=10))
    story.send()
    assert len(story.sender.accepted) == 1
    assert story.enrolment(applied.enrolment_id).status == "sending"


def test_a_refused_welcome_fails_the_enrolment_with_the_providers_code(story: Story) -> None:
    story.job(channels=["sms"])
    story.sender.fails = [Rejected("no such number", code="21211")]
    failed = story.enrolment(story.apply().enrolment_id)
    assert (failed.status, failed.reason) == ("failed", "21211")


def test_releasing_by_hand_supersedes_the_one_before(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    with unit_of_work(story.runtime) as work:
        assert release_now(work, lock_thread(work, first.candidate_id), second.enrolment_id or 0)
    story.send()
    assert story.enrolment(first.enrolment_id).reason == "superseded"
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_rejecting_everywhere_releases_nothing(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    said = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:
        reject_everywhere(work, lock_thread(work, first.candidate_id))
    story.send()
    assert {story.enrolment(e.enrolment_id).status for e in (first, second)} == {"cancelled"}
    assert len(story.sender.accepted) == said


def test_archiving_releases_the_next(story: Story) -> None:
    story.job()
    story.job("Driver")
    first = story.apply()
    second = story.apply("Driver/screening")
    with unit_of_work(story.runtime) as work:
        close_application(work, lock_thread(work, first.candidate_id), first.application_id, ApplicationState.ARCHIVED)
    assert story.enrolment(second.enrolment_id).status == "sending"


def test_a_number_that_whatsapp_writes_differently_is_the_same_person(story: Story) -> None:
    story.job()
    applied = story.apply(phone="+525512345678")
    story.says("ok", phone="+5215512345678")
    assert story.enrolment(applied.enrolment_id).status == "in_progress"
    assert story.sender.accepted[-1].to == "+5215512345678"


def test_an_unknown_number_gets_one_kind_answer(story: Story) -> None:
    story.job()
    story.says("hello", phone="+14155550199")
    story.says("anybody there?", phone="+14155550199")
    assert len(story.sender.accepted) == 1


def test_the_same_candidate_cannot_apply_twice(story: Story) -> None:
    story.job()
    story.apply()
    with pytest.raises(Conflict):
        story.apply()


def test_a_late_reply_reopens_where_the_campaign_says_so(story: Story) -> None:
    story.job(campaign={**TWO_QUESTIONS, "reopen": True})
    first = story.apply()
    story.reports(story.sender.accepted[0].public_id, MessageStatus.DELIVERED)
    story.says("ok")
    story.says("yes")
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    story.says("4")
    assert story.enrolment(first.enrolment_id).status == "expired"
    assert story.sender.texts()[-1] == "Thank you, Ann."
    assert ANN
