"""Users for tests."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.intake.users import create_user
from bot.models import Role, User
from bot.runtime import Runtime
from bot.work import reading, unit_of_work

PASSWORD = "a long password"


def make_user(runtime: Runtime, email: str = "ann@example.org", role: Role = Role.ADMIN) -> int:
    """Make a user; return the id."""
    with unit_of_work(runtime) as work:
        create_user(work, email, role, PASSWORD)
    with reading(runtime) as work:
        return work.connection.execute(select(User.id).where(User.email == email)).scalar_one()


def rows(runtime: Runtime, *columns: Any) -> list[Any]:
    """Return those columns of all rows, in the order of their ids."""
    with reading(runtime) as work:
        return list(work.connection.execute(select(*columns).order_by(columns[0].class_.id)))


def later(runtime: Runtime, **span: float) -> None:
    """Let time pass."""
    runtime.clock.move(timedelta(**span))  # type: ignore[attr-defined]
