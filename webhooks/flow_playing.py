"""`callboard flow play`: a campaign's conversation in the terminal."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.channels.base import ChannelKind
from bot.clock import SystemClock
from bot.dialogue.simulator import Said, Scene, Simulator, simulate
from bot.insight.answers import StandingAnswer
from bot.insight.whereabouts import Whereabouts, whereabouts
from bot.work import reading
from flows.durations import format_duration, parse_duration
from flows.lifecycles import FINAL
from webhooks.flow_files import campaign_file, sound_campaign

HELP = (
    ("/status", "where the conversation stands, what was understood, what is due next"),
    ("/wait P1D", "let time pass: a day, or PT4H for four hours; reminders and expiry happen on the way"),
    ("/help", "this list"),
    ("Ctrl-D", "end"),
)


def _zone(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Refuse a place that has no time."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as error:
        raise click.BadParameter(f"{name!r} is no time zone: write one such as Europe/Lisbon") from error


@click.command("play")
@campaign_file
@click.option("--channel", type=click.Choice([kind.value for kind in ChannelKind]), default="whatsapp")
@click.option("--candidate", default="Ann Silva", show_default=True, help="Who you are.")
@click.option("--zone", default="UTC", show_default=True, callback=_zone, help="Where you are, such as Europe/Lisbon.")
def play_command(file: Path, channel: str, candidate: str, zone: str) -> None:
    """Hold the conversation in the terminal. `/help` lists what can be written besides replies."""
    definition = sound_campaign(file)
    scene = Scene(SystemClock().now().astimezone(UTC), zone, ChannelKind(channel), candidate)
    simulator = simulate(definition, scene)
    click.secho("Write as the candidate. /status tells where you stand, /help lists the rest, Ctrl-D ends.\n", dim=True)
    _show(simulator)
    for line in _typed():
        _hear(simulator, line)
        _show(simulator)
        if (status := simulator.status()) in FINAL:
            click.secho(f"— {status} —", dim=True)


def _typed() -> Iterator[str]:
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
    match word:
        case "/status":
            _tell(lines_of(_stands(simulator), simulator.clock.now(), ZoneInfo(simulator.scene.zone)))
        case "/help":
            _tell(f"{written:<11}{meaning}" for written, meaning in HELP)
        case "/wait":
            _wait(simulator, rest.strip())
        case _ if word.startswith("/"):
            click.secho(f"{word} is no command here: write /help for those that are", fg="red")
        case _:
            simulator.hear(line)


def _wait(simulator: Simulator, duration: str) -> None:
    try:
        simulator.pass_time(parse_duration(duration))
    except (ValueError, OverflowError) as error:
        click.secho(str(error), fg="red")


def _stands(simulator: Simulator) -> Whereabouts:
    enrolment_id = simulator.enrolment()
    with reading(simulator.runtime) as work:
        return whereabouts(work, enrolment_id)


def lines_of(stands: Whereabouts, now: datetime, zone: ZoneInfo) -> list[str]:
    """Lay out where somebody stands, a thing a line, in the times of *zone*."""
    why = f" – {stands.why}" if stands.why not in ("", stands.status) else ""
    rows = [
        ("status", f"{stands.status}{why}"),
        *_place(stands),
        *(("answers" if first else "", line) for first, line in _answers(stands.answers)),
        *_due(stands, now, zone),
        ("now", f"{_moment(now, zone)} ({zone.key})"),
    ]
    return [f"{name:<11}{text}" for name, text in rows]


def _place(stands: Whereabouts) -> Iterator[tuple[str, str]]:
    if stands.at_welcome:
        yield "stands at", "the welcome, which waits for a reply"
    elif stands.question is not None:
        question = stands.question
        yield "stands at", f"question {question.key} of module {stands.module}: {question.text}"
        called = "a person has been called, so it is not asked again"
        yield "", called if stands.called else f"try {stands.attempt} of {question.tries}"
    elif stands.module is not None:
        yield "stands at", f"module {stands.module}"


def _answers(answers: tuple[StandingAnswer, ...]) -> Iterator[tuple[bool, str]]:
    if not answers:
        yield True, "none yet"
    for number, answer in enumerate(answers):
        value = "skipped" if answer.value is None else json.dumps(answer.value, ensure_ascii=False)
        yield number == 0, f"{answer.question} = {value}   (they wrote: {answer.raw})"


def _due(stands: Whereabouts, now: datetime, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    due = []
    if stands.remind_at is not None:
        which = f"reminder {stands.reminder} of {stands.reminders}"
        due.append((stands.remind_at, f"{which}, unless they write before"))
    if stands.expires_at is not None:
        due.append((stands.expires_at, "it expires"))
    if not due:
        yield "due", "nothing"
    for number, (at, what) in enumerate(sorted(due)):
        yield "" if number else "due", f"{_moment(at, zone)} (/wait {_until(at, now)}): {what}"


def _until(at: datetime, now: datetime) -> str:
    return format_duration(timedelta(seconds=max(0, round((at - now).total_seconds()))))


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        click.secho(line, dim=True)


def _show(simulator: Simulator) -> None:
    for said in simulator.said():
        click.secho(_words(said), fg="green")


def _words(said: Said) -> str:
    media = f"[{said.media['kind']}] {said.media['url']}\n" if said.media else ""
    options = "".join(f"\n  ( {label} )" for label in said.options)
    return f"{media}{said.text}{options}\n"
