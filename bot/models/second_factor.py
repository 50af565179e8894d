"""The second factor of users: codes that change every half minute, and those for the day the phone is lost."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk


class SecondFactor(Base):
    """The secret that a user's phone and we share."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    sealed_seed: Mapped[str]
    """Encrypted (`bot/secrets_at_rest.py`)."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When the first code from the phone was right; before that it is asked for nowhere."""
    last_counter: Mapped[int] = mapped_column(default=0)
    """Of the last code that was taken: no code counts twice."""


class RecoveryCode(Base):
    """A code that stands in for the phone once; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[pk]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]
