"""The stage whose campaign is edited, as the pages around it need it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, g, request
from sqlalchemy import select

from bot.audit import Actor
from bot.models import Job, MessageTemplate, Stage
from bot.pipeline.drafting import Draft
from bot.work import Work
from flows.findings import Finding
from flows.flow import StageType
from webhooks.desk.editor_sheet import KnownName, Sheet, known_names
from webhooks.desk.sight import jobs_of


@dataclass(frozen=True, slots=True)
class StageFacts:
    """A stage with its job."""

    id: int
    public_id: str
    name: str
    type: StageType
    job_id: int
    job_public_id: str
    job_title: str
    job_language: str
    job_zone: str
    job_reference: str
    job_location: str
    job_recruiter: str
    job_channels: tuple[str, ...]
    job_state: str


def stage_in_sight(work: Work, public_id: str) -> StageFacts:
    """Return a stage of a job that who is logged in sees; to all others it is not there (404)."""
    row = work.connection.execute(
        select(
            Stage.id, Stage.public_id, Stage.name, Stage.type, Job.id, Job.public_id, Job.title, Job.language,
            Job.time_zone, Job.reference, Job.location, Job.recruiter, Job.channels, Job.state,
        )
        .join(Job, Job.id == Stage.job_id)
        .where(Stage.public_id == public_id, jobs_of(g.user))
    ).one_or_none()  # fmt: skip
    if row is None:
        abort(404)
    values: list[Any] = list(row)
    values[3], values[12] = StageType(values[3]), tuple(values[12])
    return StageFacts(*values)


def edited_stage(work: Work, public_id: str) -> StageFacts:
    """Return a stage that has a campaign; a Review stage has no editor (404)."""
    facts = stage_in_sight(work, public_id)
    return facts if facts.type.has_campaign else abort(404, "A Review stage sends nothing: there is nothing to edit.")


def sheet_of(work: Work, stage: StageFacts, draft: Draft, findings: Sequence[Finding], part: str) -> Sheet:
    """Return the part of a draft as its form shows it."""
    names = select(Stage.name).where(Stage.job_id == stage.job_id, Stage.id != stage.id).order_by(Stage.place)
    return Sheet(
        draft=draft.document,
        part=part,
        findings=findings,
        stage_type=stage.type,
        stages=tuple(work.connection.execute(names).scalars()),
        templates=_templates(work, draft.document),
        at=request.args.get("at", "")[:200],
    )


def _templates(work: Work, document: dict[str, Any]) -> tuple[KnownName, ...]:
    language = str(document.get("language") or "en")
    wanted = {language, language.partition("-")[0]}
    columns = (MessageTemplate.name, MessageTemplate.status, MessageTemplate.body, MessageTemplate.variables)
    found = select(*columns).where(MessageTemplate.language.in_(wanted)).order_by(MessageTemplate.name)
    return known_names(work.connection.execute(found))


def actor() -> Actor:
    """Return who is logged in, as what they do is recorded."""
    return Actor(g.user.id, address=request.remote_addr or "")
