"""What starting an import would do: counted for all, and tried out for the first, of which nothing stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from bot.channels.base import ChannelKind
from bot.errors import BotError
from bot.insight.imported import Tally
from bot.insight.previews import Outcome, Preview, preview_enrolment, rolled_back
from bot.intake.applications import apply_for
from bot.intake.import_runs import SOURCE, applicant_of
from bot.intake.imports import to_be_added
from bot.intake.judging import judge
from bot.models import Consent, Conversation, ImportRow, Job, Stage, StageCampaign
from bot.pipeline.stages import find_target
from bot.runtime import Runtime
from bot.work import Work
from flows.flow import StageType

CHANNEL_NAMES = {ChannelKind.WHATSAPP: "WhatsApp", ChannelKind.SMS: "SMS"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a start would do."""

    stage: str
    has_campaign: bool
    """The stage has a campaign that can be sent."""
    to_add: int
    will_get: int
    opted_out: int = 0
    abroad: int = 0
    no_consent: int = 0
    waits: int = 0
    """Of those who will get it, they have another campaign under way first."""


def outlook(work: Work, imported: Any, counted: Tally) -> Outlook:
    """Return what would happen to whom, from what is known of the rows."""
    stage = work.connection.execute(
        select(Stage.name, Stage.type, StageCampaign.published_version_id, Job.channels)
        .join(Job, Job.id == Stage.job_id)
        .outerjoin(StageCampaign, StageCampaign.stage_id == Stage.id)
        .where(Stage.id == imported.stage_id)
    ).one()
    has_campaign = StageType(stage.type).has_campaign and stage.published_version_id is not None
    if not imported.sends or not has_campaign:
        return Outlook(stage.name, has_campaign, counted.to_add, 0)
    reachable = counted.to_add - counted.barred
    agreed = reachable if set(imported.consents) & set(stage.channels) else _agreed(work, imported, stage.channels)
    return Outlook(
        stage.name,
        has_campaign,
        counted.to_add,
        agreed,
        counted.opted_out,
        counted.abroad,
        reachable - agreed,
        _busy(work, imported),
    )


def _agreed(work: Work, imported: Any, channels: Sequence[str]) -> int:
    """Count who is known and agreed before, for whom nothing is said now."""
    stands = select(Consent.id).where(
        Consent.candidate_id == ImportRow.candidate_id,
        Consent.channel.in_(channels),
        Consent.withdrawn_at.is_(None),
    )
    return _count(work, imported, stands.exists())


def _busy(work: Work, imported: Any) -> int:
    """Count who has a campaign under way, behind which another waits."""
    talks = select(Conversation.id).where(
        Conversation.candidate_id == ImportRow.candidate_id, Conversation.active_enrolment_id.is_not(None)
    )
    return _count(work, imported, talks.exists())


def _count(work: Work, imported: Any, *which: ColumnElement[bool]) -> int:
    found = select(func.count()).select_from(ImportRow)
    found = found.where(*to_be_added(imported), ImportRow.barrier.is_(None), *which)
    return work.connection.execute(found).scalar_one()


def sample(runtime: Runtime, imported: Any) -> Preview | None:
    """Return what the first who can be written to would get: they are added, and that is taken back."""
    found: Preview | None = None
    with rolled_back(runtime) as work:
        first = select(ImportRow).where(*to_be_added(imported), ImportRow.barrier.is_(None))
        row = work.connection.execute(first.order_by(ImportRow.line).limit(1)).one_or_none()
        if row is not None:
            found = _try_out(work, imported, row)
    return found


def _try_out(work: Work, imported: Any, row: Any) -> Preview:
    person = judge(row.cells, imported.columns, imported.country)
    applicant = applicant_of(person, imported.consents, imported.consent_source)
    name = f"{person.first_name} {person.last_name}".strip()
    try:
        target = find_target(work, imported.stage_id)
        made = apply_for(work, target, applicant, source=SOURCE, external_id=None, sends=imported.sends)
    except BotError as error:
        return Preview(name, Outcome.SKIPPED, explanation=str(error))
    if made.enrolment_id is None:
        return Preview(name, Outcome.MOVES, made.candidate_id)
    return preview_enrolment(work, name, made.candidate_id, made.enrolment_id)


def what_happens(told: Outlook, first: Preview | None) -> str:
    """Return what a start does, as one or two sentences: "38 will get Screening over WhatsApp now"."""
    if not told.will_get:
        return f"{told.to_add:,} will be added to {told.stage}. Nothing is sent."
    over = f" over {CHANNEL_NAMES[first.channel]}" if first and first.channel else ""
    others = (
        (told.opted_out, "opted out"),
        (told.abroad, "may not be written to in their country"),
        (told.no_consent, "agreed to no channel"),
    )
    barred = ", ".join(f"{number:,} {words}" for number, words in others if number)
    waits = f" {told.waits:,} of them when another campaign of theirs has ended." if told.waits else ""
    return f"{told.will_get:,} will get {told.stage}{over} now.{waits}" + (
        f" Added without a message: {barred}." if barred else ""
    )
