"""What is on record afterwards: read from the database itself, which the programme allows at the end."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def statuses(url: str) -> Counter[str]:
    """Count the outgoing messages by status."""
    with _reading(url) as connection:
        rows = connection.execute(text("select status, count(*) from messages where not inbound group by status"))
        return Counter({row[0]: row[1] for row in rows})


def inbound_ids(url: str) -> list[str]:
    """Return the provider's ids of all stored incoming messages, as often as they are stored."""
    with _reading(url) as connection:
        return list(connection.execute(text("select provider_id from messages where inbound")).scalars())


def not_handled(url: str) -> int:
    """Count the incoming messages that nobody has answered."""
    with _reading(url) as connection:
        found = connection.execute(text("select count(*) from messages where inbound and status <> 'handled'"))
        return int(found.scalar_one())


def linked_messages(url: str) -> list[tuple[str, str]]:
    """Return the statuses of each message that failed and of the one that was sent in its place."""
    statement = """
        select failed.status, instead.status from messages instead
        join messages failed on failed.id = instead.fallback_of_id
    """
    with _reading(url) as connection:
        return [(row[0], row[1]) for row in connection.execute(text(statement))]
