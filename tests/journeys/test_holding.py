"""While a person holds a conversation the bot is silent, and loses nothing."""

import pytest
from sqlalchemy import select

from bot.channels.base import MessageStatus
from bot.dialogue import takeover
from bot.messaging.thread import lock_thread
from bot.models import Application
from bot.work import reading, unit_of_work
from tests.stories import Story


def begun(story: Story) -> int:
    """Bring Ann to the first question; return her id."""
    story.job()
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    return applied.candidate_id


def hold(story: Story, candidate_id: int) -> None:
    with unit_of_work(story.runtime) as work:
        takeover.hold(work, lock_thread(work, candidate_id), "Maria")


def write(story: Story, candidate_id: int, text: str) -> None:
    with unit_of_work(story.runtime) as work:
        takeover.write(work, lock_thread(work, candidate_id), text)
    story.send()


def hand_back(story: Story, candidate_id: int) -> list[str]:
    """Hand back; return what the bot then says."""
    said = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:
        takeover.hand_back(work, lock_thread(work, candidate_id))
    story.send()
    return story.sender.texts()[said:]


def state(story: Story) -> str:
    with reading(story.runtime) as work:
        return work.connection.execute(select(Application.state)).scalar_one()


@pytest.mark.parametrize("text", ["withdraw", "help", "status", "a person please", "back", "skip", "hello"])
def test_a_held_conversation_obeys_no_command_but_stop_and_start(story: Story, text: str) -> None:
    ann = begun(story)
    hold(story, ann)
    said = len(story.sender.accepted)
    story.says(text)
    assert len(story.sender.accepted) == said


def test_stop_is_obeyed_though_a_person_holds_the_conversation(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says("STOP")
    with reading(story.runtime) as work:
        assert lock_thread(work, ann).opted_out_at is not None
    story.says("START")
    with reading(story.runtime) as work:
        assert lock_thread(work, ann).opted_out_at is None


def test_a_yes_to_a_person_who_holds_withdraws_nothing(story: Story) -> None:
    ann = begun(story)
    hold(story, ann)
    story.says("I want to withdraw")
    write(story, ann, "Would you stay if the shift were mornings?")
    story.says("Yes")
    assert state(story) == "active"


def test_a_yes_to_a_person_answers_no_question_of_ours_from_before(story: Story) -> None:
    ann = begun(story)
    story.says("withdraw")
    hold(story, ann)
    hand_back(story, ann)
    story.says("withdraw")
    write(story, ann, "Would you stay if the shift were mornings?")
    story.says("Yes")
    assert state(story) == "active"
