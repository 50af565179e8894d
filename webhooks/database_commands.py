"""`callboard db upgrade`."""

import click

from webhooks.ready import make_ready, settings_of_command


@click.command("upgrade")
def upgrade_command() -> None:
    """Bring the schema up to date, and our channels with it. Safe to run twice, and at once."""
    settings = settings_of_command()
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_ready(settings)
    click.echo("The database is up to date.")
