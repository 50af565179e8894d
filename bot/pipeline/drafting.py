"""Drafts as people edit them, several at once, and the versions that were made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from bot.audit import Actor, record
from bot.errors import Conflict, NotFound
from bot.models import Enrolment, Stage, StageCampaign, StageCampaignVersion, Topic, User
from bot.pipeline.publishing import NO_CAMPAIGN, check_draft, keep_draft, publish
from bot.work import Work
from flows.editing_keys import keys_of_version
from flows.findings import Finding
from flows.lifecycles import FINAL

Json = dict[str, Any]


class DraftChanged(Conflict):
    """Somebody else has changed the draft since it was shown."""

    def __init__(self) -> None:
        super().__init__("the draft has been changed meanwhile: look at it as it is now, and try again")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it stands."""

    stage_id: int
    document: Json
    revision: int
    changed_at: datetime
    changed_by: str
    """The name of a user, empty where a program wrote it."""
    published: int | None
    """The number of the version in force."""
    settled: frozenset[str]
    """Keys of that version: answers are known by them."""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version, without what is in it."""

    number: int
    made_at: datetime
    made_by: str
    in_force: bool
    under_way: int
    """So many candidates are in the middle of it, or wait for it, and stay on it."""
    sent: int
    """So often it was sent, or is about to be."""


def draft_to_edit(work: Work, stage_id: int) -> Draft:
    """Return the draft of a stage, which nobody else changes in this transaction. Raises `NotFound`."""
    return _draft(work, stage_id, _one_draft(stage_id).with_for_update(of=StageCampaign))


def draft_to_show(work: Work, stage_id: int) -> Draft:
    """Return the draft of a stage. Raises `NotFound` for a stage without a campaign."""
    return _draft(work, stage_id, _one_draft(stage_id))


def _one_draft(stage_id: int) -> Select[*tuple[Any, ...]]:
    columns = (StageCampaign.draft, StageCampaign.revision, StageCampaign.updated_at, User.name, User.email)
    return (
        select(*columns, StageCampaignVersion.number, StageCampaignVersion.definition)
        .outerjoin(User, User.id == StageCampaign.updated_by_id)
        .outerjoin(StageCampaignVersion, StageCampaignVersion.id == StageCampaign.published_version_id)
        .where(StageCampaign.stage_id == stage_id)
    )


def _draft(work: Work, stage_id: int, found: Select[*tuple[Any, ...]]) -> Draft:
    row = work.connection.execute(found).one_or_none()
    if row is None:
        raise NotFound(NO_CAMPAIGN)
    by = row.name or row.email or ""
    settled = keys_of_version(row.definition)
    return Draft(stage_id, row.draft, row.revision, row.updated_at, by, row.number, settled)


def store(work: Work, draft: Draft, document: Json, by: Actor) -> tuple[Finding, ...]:
    """Keep *document* as the draft that was taken to edit; return what the checks say. The same again is no change."""
    if document == draft.document:
        return check_draft(work, draft.stage_id, document)
    return keep_draft(work, draft.stage_id, document, by_id=by.user_id)


def replace_draft(work: Work, stage_id: int, document: Json, by: Actor, *, seen: int, source: str) -> None:
    """Put a whole document in the place of the draft of revision *seen*. Raises `DraftChanged` for any other."""
    draft = draft_to_edit(work, stage_id)
    if draft.revision != seen:
        raise DraftChanged
    store(work, draft, document, by)
    record(work, by, "stage_campaign.draft_replaced", "stage", _public_id(work, stage_id), {"source": source})


def publish_seen(work: Work, stage_id: int, by: Actor, *, seen: int) -> tuple[int | None, tuple[Finding, ...]]:
    """Publish the draft of revision *seen*; return the number, None where an error forbids it, and the findings.

    Raises `DraftChanged` where it is another by now: nobody publishes what they have not seen.
    """
    if draft_to_edit(work, stage_id).revision != seen:
        raise DraftChanged
    number, findings = publish(work, stage_id, by_id=by.user_id)
    if number is not None:
        record(work, by, "stage_campaign.published", "stage", _public_id(work, stage_id), {"version": number})
        if job_id := _job_of(work, stage_id):
            work.changed(Topic.JOB, job_id)
    return number, findings


def versions_of(work: Work, stage_id: int) -> list[Version]:
    """Return the versions of a stage's campaign, the newest first."""
    counts = _counts(work, stage_id)
    rows = work.connection.execute(
        select(
            StageCampaignVersion.id,
            StageCampaignVersion.number,
            StageCampaignVersion.created_at,
            StageCampaign.published_version_id,
            User.name,
            User.email,
        )
        .join(StageCampaign, StageCampaign.id == StageCampaignVersion.stage_campaign_id)
        .outerjoin(User, User.id == StageCampaignVersion.created_by_id)
        .where(StageCampaign.stage_id == stage_id)
        .order_by(StageCampaignVersion.number.desc())
    )
    return [
        Version(
            row.number, row.created_at, row.name or row.email or "", row.id == row.published_version_id,
            *counts.get(row.id, (0, 0)),
        )
        for row in rows
    ]  # fmt: skip


def _counts(work: Work, stage_id: int) -> Mapping[int, tuple[int, int]]:
    """Return for each version how many enrolments are under way, and how many there are."""
    ends = Enrolment.status.in_(FINAL) | (Enrolment.is_blast & (Enrolment.status == "delivered"))
    rows = work.connection.execute(
        select(Enrolment.version_id, func.count().filter(~ends).label("open"), func.count().label("sent"))
        .where(Enrolment.stage_id == stage_id)
        .group_by(Enrolment.version_id)
    )
    return {row.version_id: (row.open, row.sent) for row in rows}


def version_in(work: Work, stage_id: int, number: int) -> Json:
    """Return what a version says. Raises `NotFound`."""
    found: Json | None = work.connection.execute(
        select(StageCampaignVersion.definition)
        .join(StageCampaign, StageCampaign.id == StageCampaignVersion.stage_campaign_id)
        .where(StageCampaign.stage_id == stage_id, StageCampaignVersion.number == number)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(f"this stage has no version {number}")
    return found


def _public_id(work: Work, stage_id: int) -> str:
    return work.connection.execute(select(Stage.public_id).where(Stage.id == stage_id)).scalar_one()


def _job_of(work: Work, stage_id: int) -> int | None:
    return work.connection.execute(select(Stage.job_id).where(Stage.id == stage_id)).scalar_one()
