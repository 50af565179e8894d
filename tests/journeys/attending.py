"""Users at a conversation, for the tests of the inbox."""

from typing import Any

from sqlalchemy import select

from bot.dialogue import takeover
from bot.intake.users import create_user
from bot.messaging.thread import Thread, lock_thread
from bot.models import Change, Conversation, Role, Topic, User
from bot.work import Work, reading, unit_of_work
from tests.stories import Story


def user(story: Story, name: str, role: Role = Role.RECRUITER) -> int:
    """Make a user; return their id."""
    with unit_of_work(story.runtime) as work:
        public_id = create_user(work, f"{name.split(maxsplit=1)[0].lower()}@example.org", role, "a long password", name)
        return work.connection.execute(select(User.id).where(User.public_id == public_id)).scalar_one()


def locked(work: Work, candidate_id: int) -> Thread:
    return lock_thread(work, candidate_id)


def takes(story: Story, candidate_id: int, user_id: int, name: str = "Ana Reis") -> None:
    """Let a user take a conversation over."""
    with unit_of_work(story.runtime) as work:
        takeover.hold(work, lock_thread(work, candidate_id), name, user_id)


def conversation(story: Story, candidate_id: int) -> Any:
    """Return a conversation's row."""
    with reading(story.runtime) as work:
        return work.connection.execute(select(Conversation).where(Conversation.candidate_id == candidate_id)).one()


def news(story: Story) -> int:
    """Return how often somebody was told of a conversation."""
    with reading(story.runtime) as work:
        return len(work.connection.execute(select(Change.id).where(Change.topic == Topic.CONVERSATION)).all())
