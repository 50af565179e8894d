"""Somebody at the pages of the job Barista, without a browser."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.dialogue import bulk
from bot.models import Application, BulkMove, Job, Role, Stage
from bot.work import reading
from tests.stories import Story
from tests.webhooks.desk import Desk

PART = {"HX-Request": "true"}


class AtBoard(Desk):
    """A user who looks at the board, the table, the sheet."""

    def __init__(self, story: Story, role: Role = Role.RECRUITER) -> None:
        super().__init__(story.runtime, role)
        self.story = story
        self.job = f"/jobs/{self.ref(Job.public_id, Job.title == 'Barista')}"

    def ref(self, column: Any, which: Any) -> str:
        with reading(self.runtime) as work:
            return work.connection.execute(select(column).where(which)).scalar_one()

    def stage(self, name: str) -> str:
        return self.ref(Stage.public_id, Stage.id == self.story.stages[f"Barista/{name}"])

    def apply(self, name: str, number: int = 1, stage: str = "new") -> str:
        """Let somebody apply; return the application's public id."""
        applied = self.story.apply(f"Barista/{stage}", f"+141555501{number:02}", first_name=name)
        return self.ref(Application.public_id, Application.id == applied.application_id)

    def part(self, path: str, **form: Any) -> str:
        """Return what htmx gets for a GET, or for a form."""
        if form:
            form["csrf"] = self.token()
            answer = self.client.post(path, data=form, headers=PART)
        else:
            answer = self.client.get(path, headers=PART)
        assert answer.status_code == 200
        assert "<html" not in answer.text
        return " ".join(answer.text.split())

    def ask(self, *applications: str, stage: str = "screening", **more: Any) -> str:
        """Ask for a move; return the bulk move's public id."""
        form = {"application": list(applications), "kind": "move", "move_to": self.stage(stage), **more}
        assert self.post(f"{self.job}/bulk", **form).status_code == 303
        return self.one(BulkMove.public_id)

    def wait(self, seconds: float = 11) -> None:
        """Let time pass, and do and send what is due."""
        self.story.clock.move(timedelta(seconds=seconds))
        bulk.go_on(self.runtime)
        self.story.send()

    def where(self, application: str) -> str:
        """Return the name of the stage that an application is in."""
        found = select(Stage.name).join(Application, Application.stage_id == Stage.id)
        with reading(self.runtime) as work:
            return work.connection.execute(found.where(Application.public_id == application)).scalar_one()
