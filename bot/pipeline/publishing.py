"""Drafts and published versions of stage campaigns."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.channels import TWILIO
from bot.errors import NotFound
from bot.messaging.templates import KnownTemplate, find_template
from bot.models import Channel, Job, Stage, StageCampaign, StageCampaignVersion
from bot.modules import RUNNABLE
from bot.work import Work
from flows.checks import FirstChannel, examine
from flows.findings import Finding, has_errors
from flows.flow import StageType

NO_CAMPAIGN = "this stage has no campaign: a Review stage sends nothing"


@dataclass(frozen=True, slots=True)
class StageCampaignState:
    """A stage's campaign: its draft, the version in force, and what the checks say of the draft."""

    draft: dict[str, Any]
    version: int | None
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """The draft could be published."""
        return not has_errors(self.findings)


@dataclass(frozen=True, slots=True)
class _Templates:
    """The provider's templates as last listed."""

    work: Work

    def find(self, name: str, language: str) -> KnownTemplate | None:
        return find_template(self.work, name, language)


def stage_campaign_of(work: Work, stage_id: int) -> StageCampaignState | None:
    """Return the campaign of a stage, None for one that has none."""
    row = work.connection.execute(
        select(StageCampaign.draft, StageCampaignVersion.number)
        .outerjoin(StageCampaignVersion, StageCampaignVersion.id == StageCampaign.published_version_id)
        .where(StageCampaign.stage_id == stage_id)
    ).one_or_none()
    return StageCampaignState(row.draft, row.number, check_draft(work, stage_id, row.draft)) if row else None


def check_draft(work: Work, stage_id: int, draft: object) -> tuple[Finding, ...]:
    """Return what the checks say of a draft in the place where it would run."""
    stage_type, channels = work.connection.execute(
        select(Stage.type, Job.channels).join(Job, Job.id == Stage.job_id).where(Stage.id == stage_id)
    ).one()
    return examine_for(work, draft, StageType(stage_type), channels)


def examine_for(work: Work, draft: object, stage_type: StageType, channels: list[str]) -> tuple[Finding, ...]:
    """Check a draft for a type of stage and a job's order of channels."""
    first: FirstChannel | None = "whatsapp" if channels[:1] == ["whatsapp"] else "sms" if channels else None
    _, findings = examine(
        draft,
        stage_type=stage_type,
        templates=_Templates(work),
        first_channel=first,
        sandbox=not _has_whatsapp(work),
        runnable=RUNNABLE,
    )
    return findings


def keep_draft(work: Work, stage_id: int, draft: dict[str, Any], *, by_id: int | None = None) -> tuple[Finding, ...]:
    """Store a draft, right or wrong; return what the checks say. Raises `NotFound` for a stage without a campaign."""
    values = {"draft": draft, "updated_at": work.now, "updated_by_id": by_id, "revision": StageCampaign.revision + 1}
    changed = work.connection.execute(update(StageCampaign).where(StageCampaign.stage_id == stage_id).values(values))
    if changed.rowcount != 1:
        raise NotFound(NO_CAMPAIGN)
    return check_draft(work, stage_id, draft)


def add_stage_campaign(work: Work, stage_id: int, draft: dict[str, Any]) -> None:
    """Give a new stage its draft."""
    values = {"stage_id": stage_id, "draft": draft, "updated_at": work.now}
    work.connection.execute(insert(StageCampaign).values(values))


def publish(work: Work, stage_id: int, *, by_id: int | None = None) -> tuple[int | None, tuple[Finding, ...]]:
    """Freeze the draft as the next version; return its number, None where an error forbids it, and the findings."""
    row = work.connection.execute(
        select(StageCampaign.id, StageCampaign.draft).where(StageCampaign.stage_id == stage_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(NO_CAMPAIGN)
    findings = check_draft(work, stage_id, row.draft)
    return (None if has_errors(findings) else _freeze(work, row.id, row.draft, by_id)), findings


def publish_as_draft(work: Work, stage_id: int, draft: dict[str, Any]) -> tuple[int | None, tuple[Finding, ...]]:
    """Store a draft and publish it; return the version's number, None where an error forbids it, and the findings.

    With an error nothing is changed. Raises `NotFound` for a stage without a campaign.
    """
    findings = check_draft(work, stage_id, draft)
    if has_errors(findings):
        return None, findings
    keep_draft(work, stage_id, draft)
    return publish(work, stage_id)


def draft_of(work: Work, stage_id: int) -> dict[str, Any]:
    """Return the draft of a stage. Raises `NotFound` for a stage without a campaign."""
    draft = select(StageCampaign.draft).where(StageCampaign.stage_id == stage_id)
    found: dict[str, Any] | None = work.connection.execute(draft).scalar_one_or_none()
    if found is None:
        raise NotFound(NO_CAMPAIGN)
    return found


def in_force(work: Work, stage_id: int) -> dict[str, Any] | None:
    """Return the campaign that is published in a stage, None where none is."""
    published = (
        select(StageCampaignVersion.definition)
        .join(StageCampaign, StageCampaign.published_version_id == StageCampaignVersion.id)
        .where(StageCampaign.stage_id == stage_id)
    )
    return work.connection.execute(published).scalar_one_or_none()


def put_in_force(work: Work, stage_id: int, definition: dict[str, Any]) -> None:
    """Make *definition*, which has been checked, the version in force of a new stage, whatever its draft says."""
    of_stage = select(StageCampaign.id).where(StageCampaign.stage_id == stage_id)
    _freeze(work, work.connection.execute(of_stage).scalar_one(), definition)


def _freeze(work: Work, stage_campaign_id: int, definition: dict[str, Any], by_id: int | None = None) -> int:
    """Make the next version, which never changes again, and put it in force; return its number."""
    its_own = StageCampaignVersion.stage_campaign_id == stage_campaign_id
    latest = select(func.max(StageCampaignVersion.number)).where(its_own)
    number = (work.connection.execute(latest).scalar_one() or 0) + 1
    values = {
        "stage_campaign_id": stage_campaign_id, "number": number, "definition": definition,
        "created_at": work.now, "created_by_id": by_id,
    }  # fmt: skip
    added = insert(StageCampaignVersion).values(values).returning(StageCampaignVersion.id)
    version_id = work.connection.execute(added).scalar_one()
    in_force = update(StageCampaign).where(StageCampaign.id == stage_campaign_id)
    work.connection.execute(in_force.values(published_version_id=version_id))
    return number


def _has_whatsapp(work: Work) -> bool:
    """Real WhatsApp is connected, and takes only approved templates to open a conversation."""
    found = select(Channel.id).where(Channel.active, Channel.provider == TWILIO, Channel.kind == "whatsapp")
    return work.connection.execute(found.limit(1)).first() is not None
