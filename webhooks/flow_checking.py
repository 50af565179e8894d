"""`callboard flow check | rehearse | draw`: what only reads a campaign file."""

import sys
from pathlib import Path

import click

from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.errors import InvalidEvent
from flows.checks import examine
from flows.drawing import draw
from flows.findings import has_errors
from webhooks.flow_files import UNREADABLE, campaign_file, read_source, refuse, sound_campaign, text_of


@click.command("check")
@campaign_file
def check_command(file: Path) -> None:
    """Report what is wrong with a campaign, a finding a line. Exit 1 with errors, 2 for a file that cannot be read."""
    source = read_source(file)
    _, findings = examine(source.document, sandbox=True, mistakes=source.mistakes)
    for finding in findings:
        click.echo(source.render(finding, str(file)))
    sys.exit(1 if has_errors(findings) else 0)


@click.command("rehearse")
@campaign_file
@click.argument("transcripts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rehearse_command(file: Path, transcripts: tuple[Path, ...]) -> None:
    """Replay written conversations. Exit 1 on any difference."""
    definition = sound_campaign(file)
    failed = False
    for path in transcripts:
        try:
            differences = rehearse(definition, read_transcript(text_of(path)))
        except InvalidEvent as error:
            click.echo(f"{path}: error: {error}", err=True)
            sys.exit(UNREADABLE)
        failed = failed or bool(differences)
        click.echo(f"{path}: {'as written' if not differences else 'differs'}")
        for difference in differences:
            click.echo(f"{path}:{difference.line}: expected  {difference.expected}")
            click.echo(f"{path}:{difference.line}: found     {difference.found}")
    sys.exit(1 if failed else 0)


@click.command("draw")
@campaign_file
def draw_command(file: Path) -> None:
    """Draw the machine of a campaign, as Mermaid. Exit 1 with errors, which would make a false drawing."""
    source = read_source(file)
    read, findings = examine(source.document, sandbox=True, mistakes=source.mistakes)
    if read is None or has_errors(findings):
        refuse(file, source, findings)
    click.echo(draw(read))
