"""The question "really withdraw?" is a question like any other: it is answered next, or not at all."""

from datetime import timedelta

from sqlalchemy import select

from bot.channels.base import ChannelKind, InboundMessage, MessageStatus
from bot.dialogue.inbox import receive
from bot.dialogue.timers import expire_enrolments, send_reminders
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState
from bot.pipeline.closings import close_application
from bot.work import reading, unit_of_work
from tests.stories import ANN, OURS, TWO_QUESTIONS, Story

REMINDS = {**TWO_QUESTIONS, "reminders": [{"after": "PT4H", "text": "Still interested?"}]}


def states(story: Story) -> list[str]:
    """Return the states of all applications, in the order in which they were made."""
    with reading(story.runtime) as work:
        return list(work.connection.execute(select(Application.state).order_by(Application.id)).scalars())


def test_a_yes_to_a_reminder_withdraws_nothing(story: Story) -> None:
    story.job(campaign=REMINDS)
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.says("withdraw")
    story.clock.move(timedelta(hours=5))
    send_reminders(story.runtime)
    story.send()
    assert story.sender.texts()[-1] == "Still interested?"
    story.says("Yes!")
    assert states(story) == ["active"]
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_a_yes_to_the_next_welcome_begins_that_and_withdraws_nothing(story: Story) -> None:
    story.job()
    story.job("Driver")
    story.apply()
    second = story.apply("Driver/screening")
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    story.says("withdraw")
    story.clock.move(timedelta(days=8))
    expire_enrolments(story.runtime)
    story.send()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("Yes")
    assert states(story) == ["active", "active"]
    assert story.enrolment(second.enrolment_id).status == "in_progress"


def test_a_yes_after_a_day_is_no_answer_any_more(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.says("withdraw")
    story.clock.move(timedelta(hours=25))
    story.says("yes")
    assert states(story) == ["active"]


def test_what_was_archived_meanwhile_stays_archived(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    story.says("withdraw")
    with unit_of_work(story.runtime) as work:
        thread = lock_thread(work, applied.candidate_id)
        close_application(work, thread, applied.application_id, ApplicationState.ARCHIVED)
    story.says("yes")
    assert states(story) == ["archived"]


def test_the_question_may_be_answered_though_it_went_out_a_second_time(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.says("withdraw")
    asked = story.sender.texts()[-1]
    story.last_reports(MessageStatus.FAILED, "63010")
    story.clock.move(timedelta(hours=1))
    story.send()
    assert story.sender.texts()[-2:] == [asked, asked]
    story.says("yes")
    assert states(story) == ["withdrawn"]


def test_a_tap_on_an_old_withdraw_asks_again_before_it_withdraws(story: Story) -> None:
    story.job(campaign=REMINDS)
    applied = story.apply()
    story.says("ok")
    story.says("withdraw")
    asked = story.sender.texts()[-1]
    story.clock.move(timedelta(hours=5))
    send_reminders(story.runtime)
    story.send()
    story.says("Withdraw", tapped="withdraw:yes")
    assert (states(story), story.sender.texts()[-1]) == (["active"], asked)
    story.says("Withdraw", tapped="withdraw:yes")
    assert states(story) == ["withdrawn"]
    assert story.enrolment(applied.enrolment_id).reason == "withdrawn"


def writes_unanswered(story: Story, text: str) -> None:
    """Let Ann write while nothing of ours can go out."""
    inbound = InboundMessage(f"SM-{text}", ChannelKind.WHATSAPP, ANN, OURS[ChannelKind.WHATSAPP], text)
    receive(story.runtime, "twilio", inbound)


def test_a_yes_before_the_question_was_seen_withdraws_nothing(story: Story) -> None:
    story.job()
    applied = story.apply()
    story.says("ok")
    writes_unanswered(story, "withdraw")
    story.clock.move(timedelta(hours=2))
    writes_unanswered(story, "yes")
    assert states(story) == ["active"]
    assert story.enrolment(applied.enrolment_id).status == "in_progress"


def test_a_yes_to_a_question_that_did_not_arrive_withdraws_nothing(story: Story) -> None:
    story.job()
    story.apply()
    story.says("ok")
    story.says("withdraw")
    story.last_reports(MessageStatus.FAILED, "63013")
    story.says("yes")
    assert states(story) == ["active"]


def test_a_yes_after_a_start_withdraws_nothing(story: Story) -> None:
    story.job()
    story.apply("Barista/new")
    story.says("hello")
    story.says("withdraw")
    story.says("start")
    story.says("yes")
    assert states(story) == ["active"]


def of_two(story: Story) -> None:
    """Let somebody have answered the campaigns of two jobs."""
    for title in ("Barista", "Driver"):
        story.job(title)
        story.apply(f"{title}/screening")
        for text in ("ok", "no"):
            story.says(text)


def test_of_several_applications_each_can_be_withdrawn(story: Story) -> None:
    of_two(story)
    story.says("withdraw")
    assert "Driver" in story.sender.texts()[-1]
    story.says("keep it")
    assert "Barista" in story.sender.texts()[-1]
    story.says("yes")
    assert states(story) == ["withdrawn", "active"]


def test_who_keeps_all_is_asked_about_each_once(story: Story) -> None:
    of_two(story)
    for text in ("withdraw", "keep it", "keep it"):
        story.says(text)
    assert story.sender.texts()[-1] == "Good, your application stays as it is."
    story.says("yes")
    assert states(story) == ["active", "active"]


def test_while_a_campaign_runs_the_question_is_about_that(story: Story) -> None:
    of_two(story)
    story.job("Cook")
    story.apply("Cook/screening")
    for text in ("ok", "withdraw", "keep it"):
        story.says(text)
    assert story.sender.texts()[-1] == "Do you drive?"
    assert states(story) == ["active", "active", "active"]
