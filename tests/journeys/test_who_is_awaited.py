"""Since when a person is awaited, who looks after a conversation, and what stirs it."""

from datetime import timedelta

import pytest

from bot.channels.base import MessageStatus
from bot.dialogue import takeover, writing
from bot.messaging.thread import lock_thread
from bot.work import unit_of_work
from tests.journeys.attending import conversation, news, takes, user
from tests.journeys.holding import begun, hand_back, write
from tests.stories import Story


def test_nobody_is_awaited_while_the_bot_answers(story: Story) -> None:
    ann = begun(story)
    assert conversation(story, ann).awaiting_since is None
    story.says("yes")
    assert conversation(story, ann).awaiting_since is None


def test_a_candidate_who_asks_for_a_person_awaits_one_from_then_on(story: Story) -> None:
    ann = begun(story)
    asked_at = story.clock.now()
    story.says("PERSON")
    story.clock.move(timedelta(minutes=5))
    story.says("hello?")
    assert conversation(story, ann).awaiting_since == asked_at


def test_taking_over_does_not_end_the_wait_and_writing_does(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    story.says("PERSON")
    since = conversation(story, ann).awaiting_since
    takes(story, ann, ana)
    row = conversation(story, ann)
    assert (row.awaiting_since, row.needs_person) == (since, None)
    assert (row.held_by, row.held_by_id, row.assigned_to_id) == ("Ana Reis", ana, ana)
    write(story, ann, "Here I am.")
    assert conversation(story, ann).awaiting_since is None


def test_what_is_written_to_whoever_holds_the_conversation_awaits_an_answer(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    takes(story, ann, ana)
    assert conversation(story, ann).awaiting_since is None
    story.clock.move(timedelta(minutes=3))
    at = story.clock.now()
    story.says("what is the pay?")
    assert conversation(story, ann).awaiting_since == at
    hand_back(story, ann)
    row = conversation(story, ann)
    assert (row.awaiting_since, row.held_by, row.held_by_id, row.assigned_to_id) == (None, None, None, ana)


def test_what_is_written_to_whoever_holds_the_conversation_is_told_to_open_pages(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    takes(story, ann, ana)
    before = news(story)
    story.says("what is the pay?")
    assert news(story) == before + 1


def test_a_message_that_failed_awaits_no_answer_once_somebody_has_taken_over(story: Story) -> None:
    ann, ana = begun(story), user(story, "Ana Reis")
    takes(story, ann, ana)
    write(story, ann, "Could you call me?")
    story.last_reports(MessageStatus.FAILED, "30005")
    assert conversation(story, ann).awaiting_since is not None
    takes(story, ann, ana)
    assert conversation(story, ann).awaiting_since is None


@pytest.mark.parametrize("held", [True, False])
def test_setting_aside_ends_the_wait_without_a_word(story: Story, held: bool) -> None:  # noqa: FBT001
    ann, ana = begun(story), user(story, "Ana Reis")
    story.says("yes")
    story.says("3")
    story.says("and now?")
    assert conversation(story, ann).needs_person == "wrote"
    if held:
        takes(story, ann, ana)
    said = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:
        takeover.set_aside(work, lock_thread(work, ann))
    story.send()
    row = conversation(story, ann)
    assert (row.awaiting_since, row.needs_person, row.held_by_id) == (None, None, ana if held else None)
    assert len(story.sender.accepted) == said


def test_candidates_and_persons_stir_a_conversation_to_the_minute_and_the_bot_does_not(story: Story) -> None:
    ann = begun(story)
    stirred = conversation(story, ann).stirred_at
    assert stirred is not None
    story.clock.move(timedelta(hours=2))
    with unit_of_work(story.runtime) as work:
        writing.write(work, lock_thread(work, ann), "Good afternoon")
    later = conversation(story, ann).stirred_at
    assert later - stirred >= timedelta(hours=2)
    story.clock.move(timedelta(seconds=20))
    story.says("hello")
    assert conversation(story, ann).stirred_at == later


def test_somebody_who_was_only_written_to_has_stirred_nothing(story: Story) -> None:
    story.job()
    assert conversation(story, story.apply().candidate_id).stirred_at is None


def test_a_conversation_is_given_to_a_user_and_to_nobody(story: Story) -> None:
    ann, bea = begun(story), user(story, "Bea Luz")
    for whom in (bea, None):
        with unit_of_work(story.runtime) as work:
            takeover.assign(work, lock_thread(work, ann), whom)
        assert conversation(story, ann).assigned_to_id == whom
