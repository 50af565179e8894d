"""`callboard flow check | play | rehearse | draw`: campaigns as files."""

import sys
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Any, Never
from zoneinfo import ZoneInfo

import click

from bot.channels.base import ChannelKind
from bot.clock import SystemClock
from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.dialogue.simulator import Said, Scene, Simulator, simulate
from bot.errors import InvalidEvent
from bot.modules import RUNNABLE
from flows.checks import examine
from flows.drawing import draw
from flows.durations import parse_duration
from flows.findings import Finding, has_errors
from flows.parsing import Source, UnreadableFlow, parse_source

UNREADABLE = 2

campaign_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def _zone(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Refuse a place that has no time."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as error:
        raise click.BadParameter(f"{name!r} is no time zone: write one such as Europe/Lisbon") from error


@click.group()
def flow() -> None:
    """Stage campaigns as files."""


@flow.command()
@campaign_file
def check(file: Path) -> None:
    """Report what is wrong with a campaign, a finding a line. Exit 1 with errors, 2 for a file that cannot be read."""
    source = _read(file)
    _, findings = examine(source.document, sandbox=True, mistakes=source.mistakes)
    for finding in findings:
        click.echo(source.render(finding, str(file)))
    sys.exit(1 if has_errors(findings) else 0)


@flow.command()
@campaign_file
@click.option("--channel", type=click.Choice([kind.value for kind in ChannelKind]), default="whatsapp")
@click.option("--candidate", default="Ann Silva", show_default=True, help="Who you are.")
@click.option("--zone", default="UTC", show_default=True, callback=_zone, help="Where you are, such as Europe/Lisbon.")
def play(file: Path, channel: str, candidate: str, zone: str) -> None:
    """Hold the conversation in the terminal. `/wait P1D` lets time pass, `/status` tells where you stand."""
    definition = _sound(file)
    scene = Scene(SystemClock().now().astimezone(UTC), zone, ChannelKind(channel), candidate)
    simulator = simulate(definition, scene)
    click.secho("Write as the candidate. /wait P1D lets time pass, /status tells, Ctrl-D ends.\n", dim=True)
    _show(simulator)
    for line in _typed():
        _hear(simulator, line)
        _show(simulator)
        if (status := simulator.status()) in ("completed", "cancelled", "failed"):
            click.secho(f"— {status} —", dim=True)


@flow.command(name="rehearse")
@campaign_file
@click.argument("transcripts", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rehearse_command(file: Path, transcripts: tuple[Path, ...]) -> None:
    """Replay written conversations. Exit 1 on any difference."""
    definition = _sound(file)
    failed = False
    for path in transcripts:
        try:
            differences = rehearse(definition, read_transcript(_text(path)))
        except InvalidEvent as error:
            click.echo(f"{path}: error: {error}", err=True)
            sys.exit(UNREADABLE)
        failed = failed or bool(differences)
        click.echo(f"{path}: {'as written' if not differences else 'differs'}")
        for difference in differences:
            click.echo(f"{path}:{difference.line}: expected  {difference.expected}")
            click.echo(f"{path}:{difference.line}: found     {difference.found}")
    sys.exit(1 if failed else 0)


@flow.command(name="draw")
@campaign_file
def draw_command(file: Path) -> None:
    """Draw the machine of a campaign, as Mermaid. Exit 1 with errors, which would make a false drawing."""
    source = _read(file)
    read, findings = examine(source.document, sandbox=True, mistakes=source.mistakes)
    if read is None or has_errors(findings):
        _refuse(file, source, findings)
    click.echo(draw(read))


def _read(file: Path) -> Source:
    try:
        return parse_source(_text(file))
    except UnreadableFlow as error:
        click.echo(f"{file}: error: {error}", err=True)
        sys.exit(UNREADABLE)


def _text(file: Path) -> str:
    """Return what a file holds; exit where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        click.echo(f"{file}: error: byte {error.start + 1} is not UTF-8: save the file as UTF-8", err=True)
    except OSError as error:
        click.echo(f"{file}: error: it cannot be read ({error.strerror})", err=True)
    sys.exit(UNREADABLE)


def _sound(file: Path) -> dict[str, Any]:
    """Return the campaign of a file; one with errors is not played."""
    source = _read(file)
    _, findings = examine(source.document, sandbox=True, runnable=RUNNABLE, mistakes=source.mistakes)
    if has_errors(findings) or not isinstance(source.document, dict):
        _refuse(file, source, findings)
    return source.document


def _refuse(file: Path, source: Source, findings: Iterable[Finding]) -> Never:
    for finding in findings:
        click.echo(source.render(finding, str(file)), err=True)
    sys.exit(1)


def _typed() -> Any:
    while True:
        try:
            line = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return
        if line:
            yield line


def _hear(simulator: Simulator, line: str) -> None:
    word, _, rest = line.partition(" ")
    if word == "/status":
        click.secho(simulator.status(), dim=True)
    elif word == "/wait":
        try:
            simulator.pass_time(parse_duration(rest.strip()))
        except ValueError as error:
            click.secho(str(error), fg="red")
    else:
        simulator.hear(line)


def _show(simulator: Simulator) -> None:
    for said in simulator.said():
        click.secho(_words(said), fg="green")


def _words(said: Said) -> str:
    media = f"[{said.media['kind']}] {said.media['url']}\n" if said.media else ""
    options = "".join(f"\n  ( {label} )" for label in said.options)
    return f"{media}{said.text}{options}\n"
