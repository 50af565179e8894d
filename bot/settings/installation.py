"""Whether there is an installation where the settings say, and which commands may make one."""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import make_url


class Making(StrEnum):
    """What a command may make where it is missing."""

    INSTALLATION = "installation"
    """All: for commands that are there to make it."""
    KEY = "key"
    """The secret key, for processes that sign with it; beside a database that is there."""
    NOTHING = "nothing"


def missing_database(database_url: str) -> Path | None:
    """Return the file of an SQLite database that is not there. Nothing is said of PostgreSQL, which is elsewhere."""
    parsed = make_url(database_url)
    if parsed.get_backend_name() != "sqlite" or (parsed.database or "").startswith("file:"):
        return None
    file = Path(parsed.database or "").absolute()
    return None if file.exists() else file


def remedy_for_missing(file: Path) -> str:
    """Say what was looked for, and what to do."""
    return (
        f"there is no installation in {file.parent} ({file.name} is missing): `callboard up` makes one there. "
        "If yours is elsewhere, run this in its folder, or name its place with CALLBOARD_DATA_DIR or DATABASE_URL"
    )
