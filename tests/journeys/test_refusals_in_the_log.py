"""A refusal that is the provider's ordinary word is one line of the log; what is out of order keeps its stack."""

import logging

import pytest

from bot.channels.base import NotSent, Rejected
from bot.log import TextFormatter
from tests.stories import Story


def lines_of(caplog: pytest.LogCaptureFixture, event: str) -> list[str]:
    """Return what the log holds of an event, each with its stack."""
    return [TextFormatter().format(record) for record in caplog.records if record.msg == event]


@pytest.mark.parametrize("code", ["63024", "21610"])
def test_an_ordinary_refusal_is_one_line_with_its_code(
    story: Story, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    caplog.set_level(logging.INFO)
    story.job()
    story.sender.fails = [Rejected("refused", code=code)]
    story.apply()
    (line,) = lines_of(caplog, "message_refused")
    assert "\n" not in line
    assert " INFO message_refused message=" in line
    assert line.endswith(f" code={code}")
    assert lines_of(caplog, "send_failed") == []


def test_a_call_that_did_not_get_through_is_a_warning_with_its_stack(
    story: Story, caplog: pytest.LogCaptureFixture
) -> None:
    story.job()
    story.sender.fails = [NotSent("no connection")]
    story.apply()
    (line,) = lines_of(caplog, "send_failed")
    assert " WARNING send_failed " in line
    assert "NotSent: no connection" in line
