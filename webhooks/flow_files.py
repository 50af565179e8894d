"""Campaign files as the commands take them: read, or refused with what is wrong in which line."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Never

import click

from bot.modules import RUNNABLE
from flows.checks import examine
from flows.findings import Finding, has_errors
from flows.parsing import Source, UnreadableFlow, parse_source

UNREADABLE = 2

campaign_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def read_source(file: Path) -> Source:
    """Return what a campaign file says; exit where it cannot be read."""
    try:
        return parse_source(text_of(file))
    except UnreadableFlow as error:
        click.echo(f"{file}: error: {error}", err=True)
        sys.exit(UNREADABLE)


def text_of(file: Path) -> str:
    """Return what a file holds; exit where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        click.echo(f"{file}: error: byte {error.start + 1} is not UTF-8: save the file as UTF-8", err=True)
    except OSError as error:
        click.echo(f"{file}: error: it cannot be read ({error.strerror})", err=True)
    sys.exit(UNREADABLE)


def sound_campaign(file: Path) -> dict[str, Any]:
    """Return the campaign of a file; exit where it has errors, or what cannot be run."""
    source = read_source(file)
    _, findings = examine(source.document, sandbox=True, runnable=RUNNABLE, mistakes=source.mistakes)
    if has_errors(findings) or not isinstance(source.document, dict):
        refuse(file, source, findings)
    return source.document


def refuse(file: Path, source: Source, findings: Iterable[Finding]) -> Never:
    """Print what is wrong, and exit."""
    for finding in findings:
        click.echo(source.render(finding, str(file)), err=True)
    sys.exit(1)
