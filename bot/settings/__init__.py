"""All settings: what there is, where each comes from. The only reader of the environment."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import SettingsError
from bot.settings.installation import Making, missing_database, remedy_for_missing
from bot.settings.reading import SettingRow, read_all, unknown_names
from bot.settings.secret_key import kept_secret_key, secret_key_of
from bot.settings.table import NOT_READ_YET, Setting, Settings, settings_table
from bot.settings.values import ContactHours

__all__ = [
    "NOT_READ_YET",
    "ContactHours",
    "Making",
    "Setting",
    "SettingRow",
    "Settings",
    "child_environment",
    "explain",
    "explain_settings",
    "found_settings",
    "keeps_secret_key",
    "load_settings",
    "missing_database",
    "read_settings",
    "remedy_for_missing",
    "settings_table",
    "unknown_settings",
]

DOTENV = Path(".env")


def load_settings(making: Making = Making.INSTALLATION) -> Settings:
    """Read this process's environment and the `.env` of the working directory. Raises `SettingsError`."""
    return read_settings(os.environ, DOTENV, making)  # noqa: TID251  the one place


def child_environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with *changes*, for a process that is to be started."""
    return {**os.environ, **changes}  # noqa: TID251  the one place


def read_settings(
    environ: Mapping[str, str], dotenv: Path | None = None, making: Making = Making.INSTALLATION
) -> Settings:
    """Read and check everything; the environment wins over *dotenv*, and blank counts as unset.

    Makes and keeps the secret key where none is given and *making* allows it. Raises one `SettingsError` that
    names every setting at fault, with its remedy; or where to look, if there is no installation and none may be made.
    """
    readings, file_problems = read_all(environ, dotenv)
    problems = [f"{reading.setting.name}: {reading.problem}" for reading in readings if reading.problem]
    problems = [*(f"{dotenv}: {problem}" for problem in file_problems), *problems]
    if problems:
        raise SettingsError("\n  ".join(("These settings need attention:", *problems)))
    found = {reading.field: reading.value for reading in readings}
    if making != Making.INSTALLATION and (file := missing_database(found["database_url"])):
        raise SettingsError(remedy_for_missing(file))
    found["secret_key"] = found["secret_key"] or _secret_key(found["data_dir"], making)
    return Settings(**found)


def _secret_key(data_dir: Path, making: Making) -> str:
    """Return the key of the data folder; one that lasts as long as the process, where none is kept nor may be made."""
    if making == Making.NOTHING and not secret_key_of(data_dir).exists():
        return secrets.token_urlsafe(32)
    return kept_secret_key(data_dir)


def explain(environ: Mapping[str, str], dotenv: Path | None = None) -> tuple[SettingRow, ...]:
    """Say of each setting what it is, where from and what is wrong. Never raises, and makes nothing."""
    readings, file_problems = read_all(environ, dotenv)
    notes = (SettingRow(str(dotenv), "", "file", problem, "") for problem in file_problems)
    return (*(reading.row() for reading in readings), *notes)


def found_settings() -> Mapping[str, Any]:
    """Return what can be read, by the setting's name; None for what is unset or wrong. Makes nothing."""
    readings, _ = read_all(os.environ, DOTENV)  # noqa: TID251  the one place
    return {reading.setting.name: reading.value for reading in readings}


def keeps_secret_key() -> bool:
    """Tell whether the secret key is given or kept here: without one, a command works with a key of its own."""
    found = found_settings()
    folder = found["CALLBOARD_DATA_DIR"]
    return bool(found["CALLBOARD_SECRET_KEY"]) or (folder is not None and secret_key_of(folder).exists())


def unknown_settings() -> tuple[str, ...]:
    """Return the names that look like settings of ours, or will be some, and are none."""
    return unknown_names(os.environ, DOTENV)  # noqa: TID251  the one place


def explain_settings() -> tuple[SettingRow, ...]:
    """Explain what `load_settings` would read."""
    return explain(os.environ, DOTENV)  # noqa: TID251  the one place
