"""A person takes the conversation, writes, and hands it back."""

from typing import Any

from bot.channels.base import MessageStatus
from bot.dialogue import takeover, writing
from bot.messaging.thread import lock_thread
from bot.work import unit_of_work
from tests.stories import Story


def begun(story: Story, **plan: Any) -> int:
    """Bring Ann to the first question; return her id."""
    story.job(**plan)
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    story.says("ok")
    return applied.candidate_id


def hold(story: Story, candidate_id: int) -> None:
    with unit_of_work(story.runtime) as work:
        takeover.hold(work, lock_thread(work, candidate_id), "Maria")


def write(story: Story, candidate_id: int, text: str) -> None:
    with unit_of_work(story.runtime) as work:
        writing.write(work, lock_thread(work, candidate_id), text)
    story.send()


def hand_back(story: Story, candidate_id: int) -> list[str]:
    """Hand back; return what the bot then says."""
    said = len(story.sender.accepted)
    with unit_of_work(story.runtime) as work:
        takeover.hand_back(work, lock_thread(work, candidate_id))
    story.send()
    return story.sender.texts()[said:]


def welcomed(story: Story, **plan: Any) -> int:
    """Bring Ann to the welcome, and let a person hold the conversation; return her id."""
    story.job(**plan)
    applied = story.apply()
    story.last_reports(MessageStatus.DELIVERED)
    hold(story, applied.candidate_id)
    return applied.candidate_id
