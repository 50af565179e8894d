"""Written conversations, replayed as regression tests: what the bot must say, line by line.

The form is documented in docs/transcripts.md; a `…` inside a line matches anything.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.channels.base import ChannelKind
from bot.dialogue.simulator import Said, Scene, Simulator, simulate
from bot.errors import InvalidEvent
from flows.durations import parse_duration

HEADERS = ("today", "zone", "channel", "candidate", "job", "recruiter")
STEPS = ("bot", "candidate", "wait", "status", "answer", "ends")
USUAL_DAY = "2026-03-02 09:00"
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript."""

    number: int
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected at a line, and what came."""

    line: int
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A scene and what happens in it."""

    scene: Scene
    lines: tuple[Line, ...]


def read_transcript(source: str) -> Transcript:
    """Read a transcript: first the scene, then the conversation. Raises `InvalidEvent` with the line at fault."""
    lines = list(_lines(source))
    headers: dict[str, Line] = {}
    while lines and lines[0].word in HEADERS and not (lines[0].word == "candidate" and "candidate" in headers):
        headers[lines[0].word] = lines[0]
        lines.pop(0)
    if not lines:
        raise InvalidEvent("it holds no conversation: write what the bot and the candidate say", field="transcript")
    for line in lines:
        if problem := _problem(line):
            raise _wrong(line, problem)
    return Transcript(_scene(headers), tuple(lines))


def _problem(line: Line) -> str:
    """Say what is wrong with a line of the conversation; nothing where all is well."""
    if line.word not in STEPS:
        return f"{line.word!r} is none of {', '.join(STEPS)}"
    if line.word == "wait":
        try:
            parse_duration(line.text)
        except ValueError as error:
            return str(error)
    if line.word == "answer" and "=" not in line.text:
        return "an answer is written: answer key = value"
    return ""


def _wrong(line: Line, problem: str) -> InvalidEvent:
    return InvalidEvent(f"line {line.number}: {problem}", field="transcript")


def rehearse(definition: dict[str, Any], transcript: Transcript) -> list[Difference]:
    """Hold the conversation and return every difference; an empty list is a success."""
    simulator = simulate(definition, transcript.scene)
    heard = _Heard(simulator)
    differences = [found for line in transcript.lines if (found := _play(heard, line)) is not None]
    last = transcript.lines[-1].number
    return [*differences, *(Difference(last, "(the end)", f"bot  {text}") for text in heard.unheard())]


class _Heard:
    """What the bot has said and no line has asked for yet."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._waiting: list[str] = []

    def next(self) -> str | None:
        self._fetch()
        return self._waiting.pop(0) if self._waiting else None

    def unheard(self) -> list[str]:
        self._fetch()
        waiting, self._waiting = self._waiting, []
        return waiting

    def _fetch(self) -> None:
        self._waiting += [as_line(said) for said in self.simulator.said()]


def _play(heard: _Heard, line: Line) -> Difference | None:
    simulator = heard.simulator
    match line.word:
        case "bot":
            said = heard.next()
            return None if said is not None and matches(line.text, said) else _differs(line, said or "(nothing)")
        case "candidate":
            unheard = heard.unheard()
            simulator.hear(line.text.replace(" / ", "\n"))
            return _differs(line, f"before that the bot also said: {unheard[0]}") if unheard else None
        case "wait":
            unheard = heard.unheard()
            simulator.pass_time(parse_duration(line.text))
            return _differs(line, f"before that the bot also said: {unheard[0]}") if unheard else None
        case "status" | "ends":
            status = simulator.status()
            return None if status == line.text else _differs(line, status)
        case _:
            return _check_answer(simulator, line)


def _check_answer(simulator: Simulator, line: Line) -> Difference | None:
    key, _, expected = (part.strip() for part in line.text.partition("="))
    value = simulator.answers().get(key)
    shown = json.dumps(value, ensure_ascii=False)
    return None if expected in (shown, str(value)) else _differs(line, f"{key} = {shown}")


def as_line(said: Said) -> str:
    """Write one message as a transcript does: its lines joined, its medium named; options are not compared."""
    text = " / ".join(said.text.splitlines())
    if not said.media:
        return text
    return f"[{said.media['kind']}] {said.media['url']} {text}".strip()


def matches(expected: str, found: str) -> bool:
    """Compare two lines; `…` stands for anything."""
    pattern = ".*".join(re.escape(_plain(part)) for part in expected.split(ANYTHING))
    return re.fullmatch(pattern, _plain(found)) is not None


def _plain(text: str) -> str:
    """Make one blank of many. Blanks alone stay: between two `…` they ask for a blank, and they are not nothing."""
    return re.sub(r"\s+", " ", text).strip() if text.strip() else text


def _differs(line: Line, found: str) -> Difference:
    return Difference(line.number, f"{line.word}  {line.text}", found)


def _lines(source: str) -> Iterator[Line]:
    for number, raw in enumerate(source.splitlines(), start=1):
        if (text := raw.strip()) and not text.startswith("#"):
            word, _, rest = text.partition(" ")
            yield Line(number, word, rest.strip())


def _zone(line: Line) -> ZoneInfo:
    try:
        return ZoneInfo(line.text)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise _wrong(line, "zone is a place, such as Europe/Lisbon") from None


def _local(line: Line, zone: ZoneInfo) -> datetime:
    """Read a time as the clock of *zone* shows it, without an offset of its own; return it in UTC."""
    wrong = _wrong(line, f"today is a day and a time, such as {USUAL_DAY}; leave offsets to zone")
    try:
        now = datetime.fromisoformat(line.text)
        if now.tzinfo is None:
            return now.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):  # of the first or the last day there is
        raise wrong from None
    raise wrong


def _scene(headers: dict[str, Line]) -> Scene:
    texts = {word: line.text for word, line in headers.items()}
    zone = _zone(headers.get("zone", Line(0, "zone", "UTC")))
    now = _local(headers.get("today", Line(0, "today", USUAL_DAY)), zone)
    scene = Scene(now=now, zone=zone.key)
    if "channel" in texts:
        if texts["channel"] not in list(ChannelKind):
            raise _wrong(headers["channel"], "channel is whatsapp or sms")
        scene = replace(scene, kind=ChannelKind(texts["channel"]))
    return replace(
        scene,
        candidate=texts.get("candidate", scene.candidate),
        job=texts.get("job", scene.job),
        recruiter=texts.get("recruiter", scene.recruiter),
    )
