"""The sheet before an action on applications: who gets what, and who is skipped and why. Writes nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import aliased

from bot.dialogue.bulk_moves import Action
from bot.errors import BotError
from bot.insight.board_cards import full_name
from bot.insight.forecasts import Forecast, Move, forecast_end, forecast_move
from bot.insight.previews import Outcome
from bot.insight.sheet_facts import AT_ONCE, Person, Underway, people, sending_of
from bot.models import Application, ApplicationState, BulkKind, Job, JobState, Stage
from bot.pipeline.rejecting import first_reject_stage
from bot.pipeline.stages import Target, check_target, find_target
from bot.work import Work

SHOWN = 20
LEAVES = "leaves the running; nothing is sent"


@dataclass(frozen=True, slots=True)
class Named:
    """A person on the sheet."""

    id: str
    """Of the application."""
    name: str


@dataclass(slots=True)
class Group:
    """All to whom the same happens: how many, and the first of them by name."""

    outcome: Outcome
    words: str
    number: int = 0
    first: list[Named] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ended:
    """A running campaign that the action ends, or one that it lets begin: of which job and stage, for how many."""

    job: str
    """Empty, as the stage is, for one of another job that is not to be named."""
    stage: str
    number: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What becomes of applications for another job when their people are rejected everywhere."""

    job: str
    stage: str
    """Into which they move; empty where they are archived."""
    number: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an action would do. With a *refusal* it can do nothing at all."""

    action: Action
    stage_name: str
    campaign: str
    total: int
    refusal: str = ""
    groups: tuple[Group, ...] = ()
    """Those who are sent something first; within an outcome the largest first."""
    ends: tuple[Ended, ...] = ()
    begins: tuple[Ended, ...] = ()
    """Campaigns that wait, and begin because this ends what is before them."""
    elsewhere: tuple[Elsewhere, ...] = ()
    stage_id: int | None = None
    """Into which they go; where they are rejected everywhere, the job's own Reject stage."""
    example: str | None = None
    """An application to which something is sent, for `preview_moves`, which shows the words."""

    def count(self, *outcomes: Outcome) -> int:
        """Return for how many it comes to one of these."""
        return sum(group.number for group in self.groups if group.outcome in outcomes)

    @property
    def counts(self) -> dict[Outcome, int]:
        """For how many it comes to what."""
        return {outcome: self.count(outcome) for outcome in Outcome}


def sheet(work: Work, job_id: int, application_ids: Sequence[int], action: Action, *, names_jobs: bool = True) -> Sheet:
    """Say what an action would do to applications of a job. Raises `NotFound` for a stage that is gone.

    *names_jobs*: who reads it may know for which other jobs these people have applied.
    """
    if action.kind in (BulkKind.TAG, BulkKind.UNTAG):
        return Sheet(action, "", "", len(set(application_ids)))
    target = _target(work, job_id, action)
    refusal = _refusal(job_id, action, target)
    campaign = sending_of(work, target) if target and action.sends else None
    title = target.name if target else ""
    if refusal:
        return Sheet(action, title, "", len(set(application_ids)), refusal)
    everyone = people(work, job_id, application_ids, in_full=campaign is not None)
    everyone = everyone if names_jobs else [_without_other_jobs(person) for person in everyone]
    everywhere = action.kind is BulkKind.REJECT_EVERYWHERE
    move = Move(target.stage_id, campaign, action.sends, action.again, alone=everywhere) if target else None
    forecasts = [
        (person, forecast_move(person, move, work.now) if move else forecast_end(person, LEAVES)) for person in everyone
    ]
    happens = [(person, told) for person, told in forecasts if told.outcome is not Outcome.SKIPPED]
    return Sheet(
        action,
        title,
        campaign.name if campaign else "",
        len(everyone),
        groups=_groups(forecasts),
        ends=_tally(run for person, told in happens for run in (person.underway if everywhere else (told.ends,))),
        begins=() if everywhere else _tally(told.releases for _, told in happens),
        elsewhere=_elsewhere(work, job_id, [person.candidate_id for person, _ in happens]) if everywhere else (),
        stage_id=target.stage_id if target else None,
        example=next((person.ref for person, told in forecasts if told.outcome is Outcome.SENDS), None),
    )


def _without_other_jobs(person: Person) -> Person:
    """Leave the names out of what is under way for other applications, which are for other jobs."""
    named = {run.id for run in person.underway if run.application_id == person.application_id}
    runs = (run if run.id in named else replace(run, job="", stage="") for run in person.underway)
    return replace(person, underway=tuple(runs))


def _target(work: Work, job_id: int, action: Action) -> Target | None:
    """Return the stage into which the action moves; None where it moves into none."""
    if action.kind is BulkKind.MOVE and action.stage_id is not None:
        return find_target(work, action.stage_id)
    if action.kind is not BulkKind.REJECT_EVERYWHERE:
        return None
    stage_id = work.connection.execute(select(first_reject_stage(literal(job_id)))).scalar_one()
    return find_target(work, stage_id) if stage_id is not None else None


def _refusal(job_id: int, action: Action, target: Target | None) -> str:
    """Say why nothing of the action can be done; empty where it can."""
    if target is None:
        return "choose the stage into which they go" if action.kind is BulkKind.MOVE else ""
    if target.job_id != job_id:
        return f"stage {target.name!r} belongs to another job"
    try:
        check_target(target, sends=action.sends)
    except BotError as error:
        return str(error)
    return ""


def _groups(forecasts: Sequence[tuple[Person, Forecast]]) -> tuple[Group, ...]:
    found: dict[tuple[Outcome, str], Group] = {}
    for person, told in forecasts:
        group = found.setdefault((told.outcome, told.words), Group(told.outcome, told.words))
        group.number += 1
        if len(group.first) < SHOWN:
            group.first.append(Named(person.ref, full_name(person.first_name, person.last_name, person.phone)))
    places = {outcome: place for place, outcome in enumerate(Outcome)}
    return tuple(sorted(found.values(), key=lambda group: (places[group.outcome], -group.number, group.words)))


def _tally(runs: Iterable[Underway | None]) -> tuple[Ended, ...]:
    counted = Counter((run.job, run.stage) for run in runs if run is not None)
    return tuple(Ended(job, stage, number) for (job, stage), number in counted.most_common())


def _elsewhere(work: Work, job_id: int, candidates: Sequence[int]) -> tuple[Elsewhere, ...]:
    """Return what becomes of the other applications of these people."""
    reject = aliased(Stage)
    columns: tuple[Any, ...] = (Job.title, Job.state, Application.stage_id, reject.id.label("reject_id"), reject.name)
    found = (
        select(*columns, func.count().label("number"))
        .select_from(Application)
        .join(Job, Job.id == Application.job_id)
        .outerjoin(reject, reject.id == first_reject_stage(Job.id))
        .where(Application.job_id != job_id, Application.state == ApplicationState.ACTIVE)
        .group_by(Job.title, Job.state, Application.stage_id, reject.id, reject.name)
    )
    counted: Counter[tuple[str, str]] = Counter()
    for begin in range(0, len(candidates), AT_ONCE):
        theirs = Application.candidate_id.in_(candidates[begin : begin + AT_ONCE])
        for row in work.connection.execute(found.where(theirs)):
            rejects = row.reject_id is not None and row.state != JobState.CLOSED
            if not rejects or row.reject_id != row.stage_id:  # else it is there already
                counted[row.title, row.name if rejects else ""] += row.number
    return tuple(Elsewhere(job, stage, number) for (job, stage), number in counted.most_common())
