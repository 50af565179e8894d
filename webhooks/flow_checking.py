"""`callboard flow check | draw`: what only reads a campaign file."""

import sys
from pathlib import Path

import click

from bot.modules import RUNNABLE
from flows.checks import examine
from flows.drawing import draw
from flows.findings import has_errors
from webhooks.flow_files import campaign_file, read_source, refuse


@click.command("check")
@campaign_file
def check_command(file: Path) -> None:
    """Report what is wrong with a campaign, a finding a line. Exit 1 with errors, 2 for a file that cannot be read."""
    source = read_source(file)
    _, findings = examine(source.document, sandbox=True, runnable=RUNNABLE, to_publish=False, mistakes=source.mistakes)
    for finding in findings:
        click.echo(source.render(finding, str(file)))
    sys.exit(1 if has_errors(findings) else 0)


@click.command("draw")
@campaign_file
def draw_command(file: Path) -> None:
    """Draw the machine of a campaign, as Mermaid. Exit 1 with errors, which would make a false drawing."""
    source = read_source(file)
    read, findings = examine(source.document, sandbox=True, mistakes=source.mistakes)
    if read is None or has_errors(findings):
        refuse(file, source, findings)
    click.echo(draw(read))
