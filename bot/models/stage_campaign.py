"""Stage campaigns: a draft that changes, and published versions that never do."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class StageCampaign(Base):
    """The campaign of one stage; `published_version_id` is what new enrolments begin on."""

    __tablename__ = "stage_campaigns"

    id: Mapped[pk]
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"), unique=True)
    draft: Mapped[dict[str, Any]]
    published_version_id: Mapped[int | None]
    """Not a foreign key: the versions refer to this table, and two tables cannot each come first."""
    updated_at: Mapped[datetime]


class StageCampaignVersion(Base):
    """One published version. Never changed."""

    __tablename__ = "stage_campaign_versions"
    __table_args__ = (UniqueConstraint("stage_campaign_id", "number"),)

    id: Mapped[pk]
    stage_campaign_id: Mapped[int] = mapped_column(ForeignKey("stage_campaigns.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
