"""Written conversations: read from a text, and written from what was played. The form is in docs/transcripts.md."""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.channels.base import ChannelKind
from bot.channels.error_codes import CODES
from bot.dialogue.scenes import ATTACHMENTS, Said, Scene
from bot.errors import InvalidEvent
from flows.durations import parse_duration

HEADERS = (
    "today", "zone", "channel", "candidate", "job", "recruiter",
    "language", "email", "city", "reference", "location", "company",
)  # fmt: skip
ACTS = ("candidate", "wait", "taps", "sends", "fails")
"""What happens to the bot; the other lines are what is expected of it."""
STEPS = ("bot", *ACTS, "status", "answer", "ends")
USUAL_DAY = "2026-03-02 09:00"
LONGEST = 200_000
"""Characters of a transcript."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript."""

    number: int
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that the candidate, the clock or the provider does."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A scene and what happens in it."""

    scene: Scene
    lines: tuple[Line, ...]

    @property
    def acts(self) -> tuple[Act, ...]:
        """What happens, without what is expected."""
        return tuple(Act(line.word, line.text) for line in self.lines if line.word in ACTS)


def read_transcript(source: str) -> Transcript:
    """Read a transcript: first the scene, then the conversation. Raises `InvalidEvent` with the line at fault."""
    if len(source) > LONGEST:
        raise InvalidEvent(f"it has more than {LONGEST} characters", field="transcript")
    lines = list(_lines(source))
    headers: dict[str, Line] = {}
    while lines and lines[0].word in HEADERS and not (lines[0].word == "candidate" and "candidate" in headers):
        headers[lines[0].word] = lines[0]
        lines.pop(0)
    fails = list(itertools.takewhile(lambda line: line.word == "fails", lines))
    if not lines[len(fails) :]:
        raise InvalidEvent("it holds no conversation: write what the bot and the candidate say", field="transcript")
    for line in lines:
        if problem := problem_of(line.word, line.text):
            raise _wrong(line, problem)
    scene = replace(_scene(headers), fails=tuple(line.text for line in fails))
    return Transcript(scene, tuple(lines[len(fails) :]))


def problem_of(word: str, text: str) -> str:
    """Say what is wrong with a line of the conversation; nothing where all is well."""
    match word:
        case "wait":
            try:
                parse_duration(text)
            except (ValueError, OverflowError) as error:
                return str(error)
        case "answer" if "=" not in text:
            return "an answer is written: answer key = value"
        case "sends" if text not in ATTACHMENTS:
            return f"{text!r} cannot be sent: it is one of {', '.join(ATTACHMENTS)}"
        case "fails" if text not in CODES:
            return f"{text!r} is no error code that is known here: write one such as 63016 or 30006"
        case _ if word not in STEPS:
            return f"{word!r} is none of {', '.join(STEPS)}"
    return ""


def write_transcript(scene: Scene, steps: Iterable[tuple[Act | None, Iterable[Said], Mapping[str, Any], str]]) -> str:
    """Write down what was played so that it can be rehearsed.

    Each step is what happened, what the bot said then, the answers that are new since, and the status after it.
    """
    lines = [*_headers(scene), "", *(_written("fails", code) for code in scene.fails)]
    before = status = ""
    for act, said, answers, status in steps:
        if act is not None:
            lines.append(_written(act.word, act.text))
        lines += [_written("bot", as_line(each)) for each in said]
        lines += [
            _written("answer", f"{key} = {json.dumps(value, ensure_ascii=False)}") for key, value in answers.items()
        ]
        if status != before:
            lines.append(_written("status", status))
        before = status
    return "\n".join([*lines, _written("ends", status)]) + "\n"


def _headers(scene: Scene) -> Iterator[str]:
    now = scene.now.astimezone(ZoneInfo(scene.zone))
    values = {
        "today": f"{now:%Y-%m-%d %H:%M}",
        "zone": scene.zone,
        "channel": " ".join([scene.kind, *scene.others]),
        **{name: getattr(scene, name) for name in HEADERS[3:]},
    }
    return (_written(name, one_line(value)) for name, value in values.items() if one_line(value))


def _written(word: str, text: str) -> str:
    return f"{word:<10} {text}".rstrip()


def one_line(text: str) -> str:
    """Return what a person typed as a transcript can say it: its lines joined, without blanks around them."""
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())


def as_line(said: Said) -> str:
    """Write one message as a transcript does: its lines joined, its medium named; options are not compared."""
    text = " / ".join(said.text.splitlines())
    if not said.media:
        return text
    return f"[{said.media['kind']}] {said.media['url']} {text}".strip()


def _wrong(line: Line, problem: str) -> InvalidEvent:
    return InvalidEvent(f"line {line.number}: {problem}", field="transcript")


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
    zone = _zone(headers.get("zone", Line(0, "zone", "UTC")))
    now = _local(headers.get("today", Line(0, "today", USUAL_DAY)), zone)
    scene = Scene(now=now, zone=zone.key)
    if "channel" in headers:
        kinds = re.split(r"[\s,]+", headers["channel"].text)
        if not set(kinds) <= set(ChannelKind):
            raise _wrong(headers["channel"], "channel is whatsapp or sms, or both in the order in which they are tried")
        scene = replace(scene, kind=ChannelKind(kinds[0]), others=tuple(ChannelKind(kind) for kind in kinds[1:]))
    names: dict[str, Any] = {name: line.text for name, line in headers.items() if name in HEADERS[3:]}
    return replace(scene, **names)
