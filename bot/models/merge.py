"""People who turned out to be one, and those who did not."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class Merge(Base):
    """That a candidate was taken into another, with all that the row held which is gone."""

    __tablename__ = "merges"

    id: Mapped[pk]
    kept_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), index=True)
    gone_public_id: Mapped[str] = mapped_column(unique=True)
    phone_key: Mapped[str | None] = mapped_column(unique=True)
    """Of the number that was the other's: whoever applies with it is the one who was kept."""
    gone: Mapped[dict[str, Any]]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class DistinctPair(Base):
    """Two candidates who look like one, and of whom a user has said that they are two."""

    __tablename__ = "distinct_pairs"

    first_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), primary_key=True)
    """The lower id of the two."""
    second_id: Mapped[int] = mapped_column(ForeignKey("candidates.id"), primary_key=True, index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
