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
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts the changes of the draft, so that nobody publishes what they have not seen."""
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None where a program or a command wrote it."""


class StageCampaignVersion(Base):
    """One published version. Never changed."""

    __tablename__ = "stage_campaign_versions"
    __table_args__ = (UniqueConstraint("stage_campaign_id", "number"),)

    id: Mapped[pk]
    stage_campaign_id: Mapped[int] = mapped_column(ForeignKey("stage_campaigns.id"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class Simulation(Base):
    """What one user plays with one campaign: nothing but the way to it is kept, and it is played anew each time."""

    __tablename__ = "simulations"
    __table_args__ = (UniqueConstraint("user_id", "stage_id"),)

    id: Mapped[pk]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    definition: Mapped[dict[str, Any]]
    """The draft as it was when the conversation began: whoever edits it meanwhile changes nothing here."""
    revision: Mapped[int]
    """Of that draft."""
    scene: Mapped[dict[str, Any]]
    events: Mapped[list[Any]]
    updated_at: Mapped[datetime]
