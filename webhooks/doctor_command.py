"""`callboard doctor`, as somebody types it."""

import sys

import click

from bot.settings import explain_settings, found_settings, unknown_settings
from webhooks.doctor import Mark, examine, lines_of


@click.command("doctor")
def doctor_command() -> None:
    """Print every setting, where it came from, and what is wrong with it."""
    rows = explain_settings()
    remarks = examine(found_settings(), unknown_settings())
    for line in lines_of(rows, remarks):
        click.echo(line)
    marks = {remark.mark for remark in remarks}
    if any(row.problem for row in rows) or Mark.WRONG in marks:
        sys.exit(1)
    click.echo("Nothing is wrong; what is marked with ! deserves a look." if Mark.LOOK in marks else "All is well.")
