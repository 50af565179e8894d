"""Figures that only ever grow, over all processes."""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base


class Tally(Base):
    """A counter, or the latest of some moments, added up by all processes every few seconds."""

    __tablename__ = "tallies"

    name: Mapped[str] = mapped_column(primary_key=True)
    labels: Mapped[str] = mapped_column(primary_key=True)
    """JSON with sorted keys."""
    value: Mapped[Any] = mapped_column(Double)
