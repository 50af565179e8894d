"""A recruiter who asks for things on the board of a job."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.dialogue import bulk, bulk_moves
from bot.dialogue.bulk_moves import Action
from bot.models import Application, BulkKind, BulkMove, BulkMoveItem, Stage
from bot.work import reading, unit_of_work
from tests.insight.crowds import user
from tests.stories import Story

MOVE = BulkKind.MOVE


class Board:
    """A recruiter at the board of a job."""

    def __init__(self, story: Story, title: str = "Barista", user_name: str = "Rita Recruiter") -> None:
        self.story = story
        self.user_id = user(story, name=user_name)
        with reading(story.runtime) as work:
            found = select(Stage.job_id).where(Stage.id == story.stages[f"{title}/new"])
            self.job_id = work.connection.execute(found).scalar_one()

    def ask(self, ids: Sequence[int], stage: str | None = None, kind: BulkKind = MOVE, **more: Any) -> str:
        action = Action(kind, self.story.stages[stage] if stage else None, **more)
        with unit_of_work(self.story.runtime) as work:
            return bulk_moves.start(work, self.job_id, ids, action, self.user_id)

    def do(self, what: Any, *given: Any) -> Any:
        with unit_of_work(self.story.runtime) as work:
            return what(work, *given)

    def later(self, seconds: float = 11) -> int:
        """Let time pass, and the worker and the sender do what is due."""
        self.story.clock.move(timedelta(seconds=seconds))
        settled = bulk.go_on(self.story.runtime)
        bulk.go_on(self.story.runtime)
        self.story.send()
        return settled

    def stage(self, application_id: int) -> str:
        with reading(self.story.runtime) as work:
            found = select(Application.stage_id, Application.state).where(Application.id == application_id)
            stage_id, state = work.connection.execute(found).one()
        name = next(name for name, known in self.story.stages.items() if known == stage_id)
        return name if state == "active" else f"{name}, {state}"

    def items(self, ref: str) -> list[tuple[str, str | None]]:
        with reading(self.story.runtime) as work:
            found = select(BulkMoveItem.status, BulkMoveItem.reason).join(BulkMove)
            rows = work.connection.execute(found.where(BulkMove.public_id == ref).order_by(BulkMoveItem.place))
            return [(row.status, row.reason) for row in rows]

    def sent(self) -> list[str]:
        return [message.text for message in self.story.messages()]
