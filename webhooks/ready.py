"""What a command needs of the installation: its settings, and a database that is up to date."""

from bot.log import configure_logging
from bot.messaging.channels import set_up_channels
from bot.migrate import upgrade
from bot.runtime import Runtime, build
from bot.settings import Making, Settings, load_settings
from bot.work import unit_of_work


def settings_of_command(making: Making = Making.NOTHING) -> Settings:
    """Read the settings, and log as they say. Raises `SettingsError`, also where there is nothing to work with."""
    settings = load_settings(making)
    configure_logging(settings.log)
    return settings


def make_ready(settings: Settings) -> Runtime:
    """Bring the schema and our channels up to date."""
    runtime = build(settings)
    upgrade(runtime.database)
    with unit_of_work(runtime) as work:
        set_up_channels(work)
    return runtime
