"""Candidates for the sandbox: a new one with a number from fiction, or the same one from the beginning."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.channels.base import ChannelKind
from bot.errors import Conflict, NotFound
from bot.intake.applications import Applicant, apply_for
from bot.messaging.thread import lock_thread
from bot.models import Application, ApplicationState, Candidate, Job, JobState, Stage, StageCampaign
from bot.phones import phone_key
from bot.pipeline.stages import find_target, move
from bot.work import Work

SOURCE = "sandbox"
NAMES = (
    ("Ben", "Costa"), ("Carla", "Reyes"), ("Dan", "Okafor"), ("Eva", "Lindqvist"), ("Farid", "Haddad"),
    ("Grace", "Moreau"), ("Hugo", "Becker"), ("Inês", "Duarte"), ("Jan", "de Vries"), ("Kim", "Novak"),
)  # fmt: skip
_TRIES = 50


@dataclass(frozen=True, slots=True)
class Opening:
    """A stage into which somebody can come and be written to."""

    id: int
    public_id: str
    stage: str
    title: str
    job: str
    told_apart: str
    """What tells its job from others of the same title; nothing where it is the only one."""


def openings(work: Work, first: Sequence[str] = ()) -> list[Opening]:
    """Return the stages of open jobs with a published campaign: of the jobs *first*, in that order, then of the newest.

    Where several jobs have one title, the shortest is told that tells them apart, as there is little room for it.
    """
    job = (Job.title, Job.reference, Job.created_at, Job.time_zone, Job.public_id.label("job"))
    rows = work.connection.execute(
        select(Stage.id, Stage.public_id, Stage.name, *job)
        .join(Job, Job.id == Stage.job_id)
        .join(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Job.state == JobState.OPEN, StageCampaign.published_version_id.is_not(None))
        .order_by(Job.id.desc(), Stage.place)
    ).all()
    jobs = {(row.title, row.reference, row.job) for row in rows}
    titles = Counter(title for title, _, _ in jobs)
    references = Counter((title, reference) for title, reference, _ in jobs)
    found = [
        Opening(
            row.id,
            row.public_id,
            row.name,
            row.title,
            row.job,
            _facts(row, references) if titles[row.title] > 1 else "",
        )
        for row in rows
    ]
    return sorted(found, key=lambda opening: first.index(opening.job) if opening.job in first else len(first))


def _facts(job: Any, references: Counter[tuple[str, str | None]]) -> str:
    if job.reference and references[job.title, job.reference] == 1:
        return str(job.reference)
    return f"made {job.created_at.astimezone(ZoneInfo(job.time_zone)):%-d %b %Y, %H:%M}"


def add_candidate(work: Work, stage: str, *, name: str, channel: str) -> int:
    """Let somebody new apply for that stage; return the candidate's id. Raises `NotFound`, and what applying does."""
    opening = next((opening for opening in openings(work) if opening.public_id == stage), None)
    if opening is None:
        raise NotFound("this stage takes no applications: its job is not open, or its campaign is not published")
    first, last = _name(work, name)
    preferred = ChannelKind(channel) if channel in list(ChannelKind) else None
    person = Applicant(_free_number(work), first, last, channel=preferred)
    return apply_for(
        work, find_target(work, opening.id), person, source=SOURCE, external_id=None, sends=True
    ).candidate_id


def start_again(work: Work, candidate_id: int) -> None:
    """Send the candidate's latest campaign once more. Raises `Conflict` where they said STOP, `NotFound`."""
    thread = lock_thread(work, candidate_id)
    if thread.opted_out_at is not None:
        raise Conflict(f"{thread.first_name or 'This candidate'} has said STOP. Write START first, or add a candidate.")
    latest = work.connection.execute(
        select(Application.id, Application.stage_id, Application.job_id, Application.state)
        .where(Application.candidate_id == candidate_id)
        .order_by(Application.id.desc())
        .limit(1)
    ).one_or_none()
    if latest is None:
        raise NotFound("this candidate has no application: add one")
    target = find_target(work, _stage_to_play(work, latest.job_id, latest.stage_id))
    if latest.state == ApplicationState.ACTIVE:
        move(work, latest.id, target, source=SOURCE, external_id=None, sends=True)
    else:
        apply_for(work, target, Applicant(thread.phone or ""), source=SOURCE, external_id=None, sends=True)


def _stage_to_play(work: Work, job_id: int, stage_id: int) -> int:
    """Return the stage they are in, or the job's first with a campaign where theirs has none."""
    found = work.connection.execute(
        select(Stage.id)
        .join(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.job_id == job_id, StageCampaign.published_version_id.is_not(None))
        .order_by(Stage.id != stage_id, Stage.place)
        .limit(1)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("no campaign of this job is published: publish one")
    return found


def _name(work: Work, written: str) -> tuple[str, str]:
    if written.strip():
        first, _, last = written.strip().partition(" ")
        return first, last.strip()
    count = work.connection.execute(select(func.count()).select_from(Candidate)).scalar_one()
    return NAMES[count % len(NAMES)]


def _free_number(work: Work) -> str:
    """Return a number that nobody has here, of those that are never given to anybody."""
    for _ in range(_TRIES):
        number = f"+1555{random.randint(2_000_000, 9_999_999)}"
        taken = select(Candidate.id).where(Candidate.phone_key == phone_key(number))
        if work.connection.execute(taken).first() is None:
            return number
    raise Conflict("no free number was found: try again")
