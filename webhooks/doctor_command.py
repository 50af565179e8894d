"""`callboard doctor`, as somebody types it."""

import sys

import click

from bot.settings import explain_settings, found_settings, unknown_settings
from webhooks.doctor import examine, lines_of


@click.command("doctor")
def doctor_command() -> None:
    """Print every setting, where it came from, and what is wrong with it."""
    rows = explain_settings()
    remarks = examine(found_settings(), unknown_settings())
    for line in lines_of(rows, remarks):
        click.echo(line)
    if any(row.problem for row in rows) or any(remark.is_problem for remark in remarks):
        sys.exit(1)
    click.echo("All is well." if not remarks else "All works; what is marked with ! deserves a look.")
