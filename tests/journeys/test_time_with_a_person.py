"""While a person has the conversation nothing of the campaign is lost: no reminder, and no time to answer."""

from datetime import timedelta

import pytest

from bot.channels.base import MessageStatus
from bot.dialogue.takeover import hand_back, hold
from bot.dialogue.timers import expire_enrolments, send_reminders
from bot.dialogue.writing import write
from bot.messaging.thread import lock_thread
from bot.work import unit_of_work
from tests.stories import TWO_QUESTIONS, Story

REMINDERS = ("Still interested?", "Last call.")
REMINDED = {
    **TWO_QUESTIONS,
    "expires_after": "P2D",
    "reminders": [{"after": f"PT{hours}H", "text": text} for hours, text in zip((2, 4), REMINDERS, strict=True)],
}


def begin(story: Story) -> tuple[int, int | None]:
    """Let somebody begin; return the candidate and the enrolment."""
    story.job(campaign=REMINDED, time_zone="UTC")
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    return applied.candidate_id, applied.enrolment_id


def passes(story: Story, time: timedelta) -> None:
    """Let time pass, with what falls due in it."""
    story.clock.move(time)
    send_reminders(story.runtime)
    expire_enrolments(story.runtime)
    story.send()


def held(story: Story, candidate: int, time: timedelta) -> None:
    """Let a person hold the conversation for a while."""
    with unit_of_work(story.runtime) as work:
        hold(work, lock_thread(work, candidate), "Maria")
    passes(story, time)
    with unit_of_work(story.runtime) as work:
        hand_back(work, lock_thread(work, candidate))
    story.send()


def reminders(story: Story) -> list[str]:
    return [text for text in story.sender.texts() if text in REMINDERS]


def test_no_reminder_is_used_up_while_a_person_holds_the_conversation(story: Story) -> None:
    candidate, _ = begin(story)
    held(story, candidate, timedelta(hours=3))
    assert reminders(story) == []
    passes(story, timedelta(hours=2, minutes=1))
    assert reminders(story) == [REMINDERS[0]]


def test_no_reminder_is_used_up_while_they_wait_for_a_person_whom_they_asked_for(story: Story) -> None:
    begin(story)
    story.says("a person please")
    passes(story, timedelta(hours=3))
    assert reminders(story) == []
    story.says("start")
    passes(story, timedelta(hours=2, minutes=1))
    assert reminders(story) == [REMINDERS[0]]


def test_reminders_go_on_after_a_person_has_written_without_holding_the_conversation(story: Story) -> None:
    candidate, _ = begin(story)
    story.says("a person please")
    passes(story, timedelta(hours=3))
    with unit_of_work(story.runtime) as work:
        write(work, lock_thread(work, candidate), "Maria here: a licence is all we need.")
    passes(story, timedelta(hours=1, minutes=59))
    assert reminders(story) == []
    passes(story, timedelta(minutes=2))
    assert reminders(story) == [REMINDERS[0]]


@pytest.mark.parametrize("answers", [True, False])
def test_nothing_expires_while_a_person_holds_the_conversation_and_then_there_is_a_day(
    story: Story, *, answers: bool
) -> None:
    candidate, enrolment = begin(story)
    held(story, candidate, timedelta(days=3))
    assert story.enrolment(enrolment).status == "in_progress"
    passes(story, timedelta(hours=23))
    if answers:
        story.says("no")
    passes(story, timedelta(hours=2))
    assert story.enrolment(enrolment).status == ("completed" if answers else "expired")


def test_a_short_hold_takes_no_time_away(story: Story) -> None:
    candidate, enrolment = begin(story)
    before = story.enrolment(enrolment).expires_at
    held(story, candidate, timedelta(minutes=5))
    assert story.enrolment(enrolment).expires_at == before


def test_keeping_the_application_asks_nothing_while_they_wait_for_a_person(story: Story) -> None:
    begin(story)
    story.says("a person please")
    story.says("withdraw")
    said = len(story.sender.accepted)
    story.says("keep it")
    assert story.sender.texts()[said:] == ["Good, your application stays as it is."]


def test_status_says_that_a_colleague_will_write_while_they_wait_for_a_person(story: Story) -> None:
    begin(story)
    story.says("a person please")
    story.says("status")
    assert story.sender.texts()[-1] == "Barista: a colleague will write to you here."
    story.says("start")
    story.says("status")
    assert story.sender.texts()[-1] == "Barista: we are waiting for your answer here."


@pytest.mark.parametrize(("reopen", "told"), [(True, "it is not too late"), (False, "Write PERSON")])
def test_status_says_whether_a_late_reply_still_counts(story: Story, told: str, *, reopen: bool) -> None:
    story.job(campaign={**REMINDED, "reopen": reopen})
    story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    passes(story, timedelta(days=3))
    story.says("status")
    assert told in story.sender.texts()[-1]
