"""Where users are logged in."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base, pk, public


class SignIn(Base):
    """One user logged in on one device. The device holds a random token, of which only the hash is kept."""

    __tablename__ = "sign_ins"

    id: Mapped[pk]
    public_id: Mapped[public]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    awaits_code: Mapped[bool] = mapped_column(default=False)
    """The password was right, and the code of the second factor is still to come: nobody is logged in yet."""
    device: Mapped[str] = mapped_column(default="")
    """Browser and system in our words, as the user agent tells them."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """Of the last click; written at most once a minute."""
    ended_at: Mapped[datetime | None]
