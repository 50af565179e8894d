"""What the rules of a stage campaign have said of an application: its score, its tags, the stage they propose."""

from typing import Any

from sqlalchemy import bindparam, select, update

from bot.engine.assessing import assessment
from bot.engine.effects import Assess, Assessment
from bot.engine.position import Position
from bot.models import Application, Enrolment, Stage
from bot.pipeline.runs import Run, flow_of
from bot.statements import Prepared
from bot.work import Work


def note(work: Work, run: Run, change: Assess) -> None:
    """Change what one campaign has said of an application; what those of other stages have said of it stays."""
    before, after = change.before, change.after
    this = Application.id == run.application_id
    known = work.connection.execute(select(Application.tags, Application.proposed_stage).where(this)).one()
    others = _of_other_stages(work, run)
    standing = {tag for said in (after, *others) for tag in said.tags}
    kept = [tag for tag in known.tags if tag not in before.tags or tag in standing]
    values: dict[str, Any] = {
        "score": Application.score + (after.score - before.score),
        "tags": list(dict.fromkeys([*kept, *after.tags])),
    }
    if before.stage != after.stage:
        now = _names_now(work, run)
        if after.stage or known.proposed_stage == now.get(before.stage, before.stage):
            proposals = [now.get(said.stage, said.stage) for said in (*others, after) if said.stage]
            values["proposed_stage"] = proposals[-1] if proposals else None
    work.connection.execute(update(Application).where(this).values(**values))


def _names_now(work: Work, run: Run) -> dict[str | None, str]:
    """Return the names of stages by those that they had before, which a campaign in force may still say."""
    job = select(Application.job_id).where(Application.id == run.application_id).scalar_subquery()
    stages = work.connection.execute(select(Stage.name, Stage.former_names).where(Stage.job_id == job)).all()
    taken = {stage.name for stage in stages}
    return {former: stage.name for stage in stages for former in stage.former_names if former not in taken}


def _of_other_stages(work: Work, run: Run) -> list[Assessment]:
    """Return what the campaigns of the other stages say, those last sent last; of each only the last time counts."""
    rows = _ELSEWHERE.all(work.connection, application_id=run.application_id, stage_id=run.stage_id)
    last_times = {row.stage_id: row for row in rows}
    ordered = sorted(last_times.values(), key=lambda row: int(row.id))
    return [_said(work, row) for row in ordered]


def _said(work: Work, row: Any) -> Assessment:
    return assessment(flow_of(work, row.version_id), Position.from_json(row.position).answers)


def forget_former(work: Work, run: Run) -> None:
    """The candidate begins a campaign that was sent again: what they answered before no longer counts.

    Each time that somebody begins does so, and what reopens an enrolment begins with its answers: so of all the
    times before only the last one still counts.
    """
    row = _FORMER.first(work.connection, application_id=run.application_id, stage_id=run.stage_id, run_id=run.id)
    if row is None:
        return
    former = _said(work, row)
    if former != Assessment():
        note(work, run, Assess(former, Assessment()))


_FORMER = Prepared(
    lambda _: (
        select(Enrolment.version_id, Enrolment.position)
        .where(
            Enrolment.application_id == bindparam("application_id"),
            Enrolment.stage_id == bindparam("stage_id"),
            Enrolment.id < bindparam("run_id"),
            Enrolment.started_at.is_not(None),
        )
        .order_by(Enrolment.id.desc())
        .limit(1)
    )
)
_ELSEWHERE = Prepared(
    lambda _: (
        select(Enrolment.id, Enrolment.stage_id, Enrolment.version_id, Enrolment.position)
        .where(
            Enrolment.application_id == bindparam("application_id"),
            Enrolment.stage_id != bindparam("stage_id"),
            Enrolment.started_at.is_not(None),
        )
        .order_by(Enrolment.id)
    )
)
