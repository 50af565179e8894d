"""`callboard templates`: what there is to choose from, and why something cannot be chosen."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from bot.dialogue.reconciling import refresh_templates
from tests.stories import HELLO, Story
from webhooks.cli import callboard


@pytest.fixture
def lines(story: Story, database_url: str, monkeypatch: pytest.MonkeyPatch) -> "Lines":
    monkeypatch.setenv("DATABASE_URL", database_url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(story.runtime.settings.data_dir))
    return Lines(story)


class Lines:
    """What the command prints once the provider lists some templates."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def __call__(self, *listed: object) -> list[str]:
        self._story.sender.listed = list(listed)
        refresh_templates(self._story.runtime)
        result = CliRunner().invoke(callboard, ["templates"])
        assert result.exit_code == 0, result.output
        return result.output.splitlines()


def test_templates_are_listed_with_their_approval_and_why_one_was_rejected(lines: Lines) -> None:
    rejected = replace(HELLO, name="bye", status="rejected", rejection_reason="INVALID_FORMAT")
    head, first, second = lines(HELLO, rejected)
    assert head.split()[:4] == ["NAME", "LANGUAGE", "CATEGORY", "STATUS"]
    assert first.split() == ["bye", "en", "UTILITY", "rejected", "2026-03-02", "09:00", "INVALID_FORMAT"]
    assert second.split() == [HELLO.name, "en", "UTILITY", "approved", "2026-03-02", "09:00"]


def test_without_templates_it_says_when_there_will_be_some(lines: Lines) -> None:
    (line,) = lines()
    assert "read at start and every five minutes" in line
