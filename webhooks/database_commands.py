"""`callboard db upgrade`."""

import click

from bot.errors import SettingsError
from bot.settings import Making, missing_database
from webhooks.ready import make_ready, settings_of_command


@click.command("upgrade")
@click.option(
    "--without-twilio",
    is_flag=True,
    help="Twilio is disconnected on purpose: what is sent from now on goes to the sandbox phone.",
)
def upgrade_command(*, without_twilio: bool) -> None:
    """Bring the schema up to date, and our channels with it. Safe to run twice, and at once.

    Twilio's channels stay in use where this shell has no settings for it, as it may be the wrong shell.
    """
    settings = settings_of_command(Making.INSTALLATION)
    if without_twilio and settings.twilio_connected:
        raise SettingsError("the settings connect Twilio: take TWILIO_ACCOUNT_SID out of them first")
    if file := missing_database(settings.database_url):
        click.echo(f"Making a new installation in {file.parent} ...")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _, channels = make_ready(settings, may_leave_twilio=without_twilio)
    click.echo(f"The database is up to date.\n{channels}")
