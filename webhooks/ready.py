"""What a command needs of the installation: its settings, and a database that is up to date."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError

from bot.errors import SettingsError
from bot.log import configure_logging
from bot.messaging.channels import set_up_channels
from bot.migrate import is_current, upgrade
from bot.runtime import Runtime, build
from bot.settings import Making, Settings, load_settings
from bot.work import unit_of_work
from webhooks.own_name import own_name


def settings_of_command(making: Making = Making.NOTHING) -> Settings:
    """Read the settings, and log as they say. Raises `SettingsError`, also where there is nothing to work with."""
    settings = load_settings(making)
    configure_logging(settings.log)
    return settings


@contextmanager
def installation() -> Iterator[Runtime]:
    """Give what a command works with. Raises `SettingsError`.

    Neither the schema nor our channels change: this shell may lack the settings that the running processes have, and
    they may be of another version.
    """
    runtime = build(settings_of_command())
    try:
        with _reached():
            current = is_current(runtime.database)
        if not current:
            remedy = f"stop what runs, and run `{own_name()} db upgrade`"
            raise SettingsError(f"the tables of the database are not those of this version: {remedy}")
        yield runtime
    finally:
        runtime.database.engine.dispose()


def make_ready(settings: Settings) -> Runtime:
    """Bring the schema and our channels up to date. Raises `SettingsError` where the database cannot be reached."""
    runtime = build(settings)
    with _reached():
        runtime.database.engine.connect().close()
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        set_up_channels(work)
    return runtime


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        raise SettingsError("the database cannot be used: is it running, and is DATABASE_URL right?") from error
