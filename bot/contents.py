"""Buttons and lists that the provider keeps for us, remembered in the database so that each is created once."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.clock import Clock
from bot.db import Database
from bot.models import ContentResource


@dataclass(frozen=True, slots=True)
class StoredContents:
    """Key of a set of options → the provider's id of it."""

    database: Database
    clock: Clock

    def get(self, key: str) -> str | None:
        """Return the provider's id, None where there is none yet."""
        with self.database.read() as connection:
            found = select(ContentResource.content_sid).where(ContentResource.key == key)
            return connection.execute(found).scalar_one_or_none()

    def put(self, key: str, sid: str) -> None:
        """Remember the provider's id; an empty one forgets the key."""
        with self.database.write() as connection:
            connection.execute(delete(ContentResource).where(ContentResource.key == key))
            if sid:
                dialect = sqlite if self.database.is_sqlite else postgresql
                values = {"key": key, "content_sid": sid, "created_at": self.clock.now()}
                # two made at once do the same; either will do
                connection.execute(dialect.insert(ContentResource).values(values).on_conflict_do_nothing())
