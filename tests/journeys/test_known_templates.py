"""What we know of the provider's templates is what it lists, and no more."""

from dataclasses import replace
from datetime import timedelta

from bot.dialogue.reconciling import refresh_templates
from bot.messaging.templates import KnownTemplate, find_template
from bot.sweeps import SUCCEEDED, SWEEPS
from bot.tallies import read_tallies
from bot.work import reading
from tests.stories import HELLO, Story

UNSUBMITTED = replace(HELLO, content_sid="HX" + "2" * 32, status="unsubmitted")
REFRESH = next(sweep for sweep in SWEEPS if sweep.name == "refresh_templates")


def known(story: Story) -> KnownTemplate | None:
    with reading(story.runtime) as work:
        return find_template(work, "hello", "en")


def refreshed_at(story: Story) -> float:
    """Return when the duty last ended well, 0 for never."""
    story.runtime.tallies.write_down(story.runtime.database)
    with reading(story.runtime) as work:
        stamps = read_tallies(work.connection).get(SUCCEEDED, [])
    return next((moment for labels, moment in stamps if labels == {"sweep": REFRESH.name}), 0)


def test_of_templates_of_one_name_and_language_the_approved_one_counts_in_whatever_order_they_are_listed(
    story: Story,
) -> None:
    for story.sender.listed in ([HELLO, UNSUBMITTED], [UNSUBMITTED, HELLO]):
        refresh_templates(story.runtime)
        assert known(story) == KnownTemplate("en", "approved", HELLO.content_sid, ("1",))


def test_a_template_that_is_not_listed_any_more_stops_counting(story: Story) -> None:
    story.sender.listed = [HELLO]
    refresh_templates(story.runtime)
    story.clock.move(timedelta(minutes=5))
    story.sender.listed = [replace(HELLO, name="another")]
    refresh_templates(story.runtime)
    assert known(story) is None


def test_nothing_is_forgotten_where_the_list_could_not_be_read_or_not_whole(story: Story) -> None:
    story.sender.listed = [HELLO]
    refresh_templates(story.runtime)
    story.sender.listed = []
    story.clock.move(timedelta(minutes=5))
    story.sender.cannot_be_asked = True
    refresh_templates(story.runtime)
    assert known(story) is not None
    story.sender.cannot_be_asked, story.sender.lists_in_part = False, True
    refresh_templates(story.runtime)
    assert known(story) is not None


def test_a_refresh_that_could_not_ask_is_no_success(story: Story) -> None:
    story.sender.cannot_be_asked = True
    REFRESH.run(story.runtime)
    assert refreshed_at(story) == 0
    story.sender.cannot_be_asked = False
    REFRESH.run(story.runtime)
    assert refreshed_at(story) == story.clock.now().timestamp()
