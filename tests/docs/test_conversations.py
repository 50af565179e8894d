"""The conversations that the documents show are what the program says."""

import re
from datetime import UTC, datetime

import yaml

from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.dialogue.simulator import Scene, simulate
from tests.docs.reading import DOCS, ROOT, blocks

DEMONSTRATION = yaml.safe_load((ROOT / "bot/dialogue/demonstration.yaml").read_text(encoding="utf-8"))


def test_the_conversation_of_the_readme_is_what_the_program_says() -> None:
    shown = [line.split(None, 1) for line in blocks(ROOT / "README.md", "")[0].splitlines()]
    simulator = simulate(DEMONSTRATION, Scene(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), zone="Europe/Lisbon"))
    said = [line(message.text, message.options) for message in simulator.said()]
    expected = []
    for who, words in shown:
        if who == "bot":
            expected.append(" ".join(words.split()))
            continue
        simulator.hear(words)
        said += [line(message.text, message.options) for message in simulator.said()]
    assert said == expected
    assert simulator.status() == "completed"


def line(text: str, options: tuple[str, ...]) -> str:
    """Write a message as the README does: in one line, with what can be tapped behind it."""
    return " ".join([*text.split(), *(f"( {option} )" for option in options)])


def test_the_transcript_of_the_guide_goes_as_written() -> None:
    (transcript,) = (block for block in blocks(DOCS / "transcripts.md", "") if re.match(r"today\b", block))
    assert rehearse(DEMONSTRATION, read_transcript(transcript)) == []
