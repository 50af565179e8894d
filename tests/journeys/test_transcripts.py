"""Written conversations, held with the real engine."""

from pathlib import Path

import pytest

from bot.dialogue.rehearsal import read_transcript, rehearse
from bot.errors import InvalidEvent
from flows.parsing import parse_text

TRANSCRIPTS = sorted(Path(__file__).parents[1].joinpath("transcripts").glob("*.txt"))
CAMPAIGN = Path(__file__).parents[2] / "bot" / "dialogue" / "demonstration.yaml"


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_demonstration_goes_as_written(path: Path) -> None:
    campaign = parse_text(CAMPAIGN.read_text(encoding="utf-8"))
    assert isinstance(campaign, dict)
    assert rehearse(campaign, read_transcript(path.read_text(encoding="utf-8"))) == []


def test_a_difference_names_the_line_what_was_expected_and_what_came() -> None:
    campaign = parse_text(CAMPAIGN.read_text(encoding="utf-8"))
    assert isinstance(campaign, dict)
    differences = rehearse(campaign, read_transcript("bot  Hello\nends  completed"))
    assert [(d.line, d.expected) for d in differences] == [(1, "bot  Hello"), (2, "ends  completed")]


def test_a_time_with_an_offset_of_its_own_is_refused_and_not_taken_for_another() -> None:
    campaign = parse_text(CAMPAIGN.read_text(encoding="utf-8"))
    assert isinstance(campaign, dict)
    with pytest.raises(InvalidEvent, match="leave offsets to zone"):
        rehearse(campaign, read_transcript("today  2026-03-02T09:00+02:00\nbot  Hello"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# a note\nzone  Lisbon\nbot  Hello", "^line 2: zone is a place"),
        ("zone  Europe\nbot  Hello", "^line 1: zone is a place"),
        ("zone  Asia/Tokyo\ntoday  0001-01-01\nbot  Hello", "^line 2: today is a day and a time"),
        ("zone  Europe/Lisbon\n\ntoday  tomorrow\nbot  Hello", "^line 3: today is a day and a time"),
        ("bot  Hello\nanswer  weekends completed", "^line 2: an answer is written: answer key = value"),
        ("", "^it holds no conversation"),
        ("today  2026-03-02 09:00", "^it holds no conversation"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(InvalidEvent, match=problem):
        read_transcript(text)
