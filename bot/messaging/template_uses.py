"""Which stages open their conversations, or remind, with which template: in their drafts, and in what is published."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from bot.models import Job, Stage, StageCampaign, StageCampaignVersion
from bot.work import Work
from flows.limits import REMINDERS

MOST = 1_000


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A stage that names a template."""

    template: str
    language: str
    stage: str
    stage_ref: str
    job: str
    job_ref: str
    published: bool


def uses_of(work: Work, names: Collection[str]) -> list[TemplateUse]:
    """Return the stages that name one of these templates, the published ones first. The database looks for them."""
    return [*_uses(work, names, published=True), *_uses(work, names, published=False)] if names else []


def _uses(work: Work, names: Collection[str], *, published: bool) -> list[TemplateUse]:
    document = StageCampaignVersion.definition if published else StageCampaign.draft
    places = [document["welcome"]["template"]["name"].as_string()]
    places += [document["reminders"][n]["template"]["name"].as_string() for n in range(REMINDERS)]
    columns: list[ColumnElement[str]] = [place.label(f"place_{n}") for n, place in enumerate(places)]
    found = (
        select(
            Stage.name.label("stage"), Stage.public_id.label("stage_ref"), Job.title.label("job"),
            Job.public_id.label("job_ref"), document["language"].as_string().label("language"), *columns,
        )
        .join(StageCampaign, StageCampaign.stage_id == Stage.id)
        .join(Job, Job.id == Stage.job_id)
        .where(or_(*(place.in_(names) for place in places)))
        .order_by(Stage.id.desc())
        .limit(MOST)
    )  # fmt: skip
    if published:
        found = found.join(StageCampaignVersion, StageCampaignVersion.id == StageCampaign.published_version_id)
    return [
        TemplateUse(name, row.language or "", row.stage, row.stage_ref, row.job, row.job_ref, published)
        for row in work.connection.execute(found)
        for name in dict.fromkeys(getattr(row, f"place_{n}") for n in range(len(places)))
        if name in names
    ]
