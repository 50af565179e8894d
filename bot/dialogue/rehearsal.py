"""Written conversations, replayed as regression tests: what the bot must say, line by line.

The form is documented in docs/transcripts.md; a `…` inside a line matches anything.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from bot.dialogue.simulator import Simulator, simulating
from bot.dialogue.transcripts import ACTS, Act, Line, Transcript, as_line, read_transcript
from bot.errors import InvalidEvent
from flows.durations import parse_duration

__all__ = ["Difference", "matches", "perform", "read_transcript", "rehearse"]

ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected at a line, and what came."""

    line: int
    expected: str
    found: str


def rehearse(definition: dict[str, Any], transcript: Transcript) -> list[Difference]:
    """Hold the conversation and return every difference; an empty list is a success."""
    with simulating(definition, transcript.scene) as simulator:
        heard = _Heard(simulator)
        differences = [found for line in transcript.lines if (found := _play(heard, line)) is not None]
        last = transcript.lines[-1].number
        return [*differences, *(Difference(last, "(the end)", f"bot  {text}") for text in heard.unheard())]


def perform(simulator: Simulator, act: Act) -> None:
    """Let happen what a line of a transcript says. Raises `InvalidEvent` where that cannot be."""
    match act.word:
        case "candidate":
            simulator.hear(act.text.replace(" / ", "\n"))
        case "taps":
            simulator.tap(act.text)
        case "sends":
            simulator.hear("", attachment=act.text)
        case "fails":
            simulator.fail_next(act.text)
        case _:
            simulator.pass_time(parse_duration(act.text))


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
    if line.word in ACTS:
        return _act(heard, line)
    match line.word:
        case "bot":
            said = heard.next()
            return None if said is not None and matches(line.text, said) else _differs(line, said or "(nothing)")
        case "status" | "ends":
            status = simulator.status()
            return None if status == line.text else _differs(line, status)
        case _:
            return _check_answer(simulator, line)


def _act(heard: _Heard, line: Line) -> Difference | None:
    unheard = heard.unheard()
    try:
        perform(heard.simulator, Act(line.word, line.text))
    except InvalidEvent as error:
        return _differs(line, str(error))
    return _differs(line, f"before that the bot also said: {unheard[0]}") if unheard else None


def _check_answer(simulator: Simulator, line: Line) -> Difference | None:
    key, _, expected = (part.strip() for part in line.text.partition("="))
    value = simulator.answers().get(key)
    shown = json.dumps(value, ensure_ascii=False)
    return None if expected in (shown, str(value)) else _differs(line, f"{key} = {shown}")


def matches(expected: str, found: str) -> bool:
    """Compare two lines; `…` stands for anything."""
    pattern = ".*".join(re.escape(_plain(part)) for part in expected.split(ANYTHING))
    return re.fullmatch(pattern, _plain(found)) is not None


def _plain(text: str) -> str:
    """Make one blank of many. Blanks alone stay: between two `…` they ask for a blank, and they are not nothing."""
    return re.sub(r"\s+", " ", text).strip() if text.strip() else text


def _differs(line: Line, found: str) -> Difference:
    return Difference(line.number, f"{line.word}  {line.text}", found)
