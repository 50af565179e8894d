"""`callboard flow rehearse`: written conversations with a campaign, replayed."""

import sys
from pathlib import Path

import click

from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.errors import InvalidEvent
from webhooks.flow_files import UNREADABLE, campaign_file, sound_campaign, text_of


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
