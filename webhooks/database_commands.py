"""`callboard db upgrade`."""

import click

from bot.settings import Making, missing_database
from webhooks.ready import make_ready, settings_of_command


@click.command("upgrade")
def upgrade_command() -> None:
    """Bring the schema up to date, and our channels with it. Safe to run twice, and at once."""
    settings = settings_of_command(Making.INSTALLATION)
    if file := missing_database(settings.database_url):
        click.echo(f"Making a new installation in {file.parent} ...")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_ready(settings)
    click.echo("The database is up to date.")
