"""The spending cap: how many messages that cost something have gone today, over all processes."""

from datetime import date

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import Executable

from bot.channels.sandbox import SANDBOX
from bot.models import SendCount
from bot.statements import Prepared
from bot.work import Work


def costs(provider: str) -> bool:
    """Say whether what goes over a provider counts: paper costs nothing."""
    return provider != SANDBOX


def cap_reached(work: Work) -> bool:
    """Say whether as many messages have gone today as may."""
    cap = work.settings.spending_cap
    if cap is None:
        return False
    sent = work.connection.execute(select(SendCount.messages).where(SendCount.day == work.now.date()))
    return (sent.scalar_one_or_none() or 0) >= cap


def count_one(work: Work, day: date, *, is_owed: bool) -> bool:
    """Count one more message of the day, if the cap lets it go; claims that run at once wait here in turn.

    What is owed, such as the confirmation of STOP, counts too, but goes whatever the cap says.
    """
    cap = None if is_owed else work.settings.spending_cap
    return _COUNT.run(work.connection, day=day, cap=_NO_CAP if cap is None else cap) == 1


def count_back(work: Work, day: date | None) -> None:
    """Take one message off a day's count, if it counts: it certainly was not sent.

    The last thing in its transaction: a claim takes its channel before the count, and nobody may do it the other way.
    """
    if day is not None:
        _COUNT_BACK.run(work.connection, day=day)


_NO_CAP = 2**62
_COUNT_BACK = Prepared(
    lambda _: (
        update(SendCount)
        .where(SendCount.day == bindparam("day", type_=SendCount.day.type))
        .values(messages=SendCount.messages - 1)
    )
)


def _counting(database: str) -> Executable:
    dialect = sqlite if database == "sqlite" else postgresql
    statement = dialect.insert(SendCount).values(day=bindparam("day", type_=SendCount.day.type), messages=1)
    more: Executable = statement.on_conflict_do_update(
        index_elements=["day"],
        set_={"messages": SendCount.messages + 1},
        where=SendCount.messages < bindparam("cap", type_=SendCount.messages.type),
    )
    return more


_COUNT = Prepared(_counting)
