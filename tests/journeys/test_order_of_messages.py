"""The parts of what we say reach the phone in the order in which they were said, whatever goes wrong meanwhile."""

from datetime import timedelta

from bot.channels.base import NotSent
from bot.dialogue.sending import send_due
from bot.intake.applications import Person, apply_for
from bot.pipeline.stages import find_target
from bot.work import unit_of_work
from tests.stories import ANN, ONLY_NEWS, Story

NEWS = ["Hello", "First.", "Second.", "That was all."]


def _apply(story: Story) -> int | None:
    """Let Ann apply, without sending what is due; return her enrolment."""
    with unit_of_work(story.runtime) as work:
        target = find_target(work, story.stages["Barista/screening"])
        applied = apply_for(work, target, Person(ANN, "Ann"), source="test", external_id=None, sends=True)
    return applied.enrolment_id


def _send_for(story: Story, minutes: int) -> None:
    for _ in range(minutes):
        story.clock.move(timedelta(minutes=1))
        story.send()


def test_a_part_that_did_not_get_through_is_not_overtaken_by_the_next(story: Story) -> None:
    story.job(campaign=ONLY_NEWS, channels=["sms"])
    _apply(story)
    send_due(story.runtime)
    story.clock.move(timedelta(seconds=11))
    story.sender.fails = [NotSent("connection reset")]
    for _ in range(8):  # in steps that are shorter than the pause after a failure
        send_due(story.runtime)
        story.clock.move(timedelta(seconds=1))
    _send_for(story, 1)
    assert story.sender.texts() == NEWS
