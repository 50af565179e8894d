"""A recruiter who imports a table, without the pages."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from bot.audit import Actor
from bot.channels.base import ChannelKind
from bot.intake import import_runs, imports
from bot.intake.table_texts import read_text
from bot.models import Application, Candidate, Import, ImportRow, Job, Stage
from bot.work import reading, unit_of_work
from tests.stories import Story

FAIR = "career fair, 1 March"
NOBODY = Actor(label="test")
BOTH = (ChannelKind.WHATSAPP, ChannelKind.SMS)
MANY = 6
PEOPLE = "Name,Phone\n" + "".join(f"Person {number},415 555 01{number:02}\n" for number in range(10, 10 + MANY))


class Importer:
    """One table on its way into the job Barista."""

    def __init__(self, story: Story, text: str) -> None:
        self.story = story
        with reading(story.runtime) as work:
            self.job_id: int = work.connection.execute(select(Job.id).order_by(Job.id).limit(1)).scalar_one()
        table = read_text(text)
        self.public_id = imports.store(story.runtime, self.job_id, table, NOBODY, name="people.csv", country="US")

    def row(self) -> Any:
        with reading(self.story.runtime) as work:
            return work.connection.execute(select(Import).where(Import.public_id == self.public_id)).one()

    def rows(self) -> list[Any]:
        found = self.row()
        with reading(self.story.runtime) as work:
            rows = select(ImportRow).where(ImportRow.import_id == found.id).order_by(ImportRow.line)
            return [row for row in work.connection.execute(rows) if not found.has_header or row.line > found.first_line]

    def verdicts(self) -> list[tuple[str, str | None]]:
        return [(row.verdict, row.barrier) for row in self.rows()]

    def do(self, function: Any, *given: Any, **more: Any) -> Any:
        """Do something with the import in a transaction."""
        with unit_of_work(self.story.runtime) as work:
            return function(work, imports.lock_import(work, self.public_id, self.job_id), *given, **more)

    def describe(
        self, columns: list[str] | None = None, *, has_header: bool = True, country: str | None = "US"
    ) -> None:
        """Take the guess at the columns, or others, and check all rows."""
        chosen = columns if columns is not None else self.row().columns
        self.do(imports.describe, chosen, has_header=has_header, country=country)
        self.go_on()

    def decide(self, stage: str = "Barista/screening", *, sends: bool = True, consents: Any = BOTH) -> None:
        stage_id = self.story.stages[stage]
        self.do(imports.decide, stage_id, sends=sends, consents=consents, consent_source=FAIR if consents else "")

    def start(self, delay: int = 0) -> None:
        self.do(imports.start, NOBODY, timedelta(seconds=delay))

    def go_on(self) -> int:
        return import_runs.go_on(self.story.runtime)

    def run(self) -> None:
        """Add everybody."""
        self.start()
        self.go_on()

    def stage_of(self, phone: str) -> str | None:
        with reading(self.story.runtime) as work:
            found = (
                select(Stage.name)
                .join(Application, Application.stage_id == Stage.id)
                .join(Candidate, Candidate.id == Application.candidate_id)
                .where(Candidate.phone == phone, Application.job_id == self.job_id)
            )
            return work.connection.execute(found).scalar_one_or_none()


def ready(story: Story, text: str = PEOPLE, **decision: Any) -> Importer:
    """Return a table of people that have only to be added."""
    if not story.stages:
        story.job()
    imported = Importer(story, text)
    imported.describe()
    imported.decide(**decision)
    return imported


def count(story: Story, table: Any, *which: Any) -> int:
    with reading(story.runtime) as work:
        return work.connection.execute(select(func.count()).select_from(table).where(*which)).scalar_one()


def statuses(imported: Importer) -> list[str]:
    return [row.status for row in imported.rows()]
