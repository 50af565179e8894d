"""What differs between two versions, told in words and side by side."""

from typing import Any

import pytest

from flows.comparing import compare, differences
from flows.describing import outline
from flows.editing import edit
from tests.flows.editing.test_fields import draft, listed


def after(action: str = "", **fields: Any) -> tuple[str, ...]:
    return differences(draft(), edit(draft(), listed(fields), action).draft)


def test_two_that_are_the_same_differ_in_nothing() -> None:
    assert differences(draft(), draft()) == ()


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("remove modules[0].blocks[0]", ("Text was removed: “Three questions.”",)),
        ("add modules[1].questions email", ("E-mail “question” was added",)),
        ("down modules[0].blocks[0]", None),
        ("remove rules[1]", ("Rule was removed: “After “shift”: if the answer is one of “Morning”, go to “more”.”",)),
        ("remove conclusion", ("Conclusion was removed: “Bye.”",)),
        ("up modules[1].questions[2]", ("Number “years” stands elsewhere",)),
    ],
)
def test_what_was_done_is_told(action: str, words: tuple[str, ...] | None) -> None:
    told = after(action)
    assert told == words if words else told


def test_what_was_written_is_told_as_it_was_and_as_it_is() -> None:
    assert after(**{"welcome.text": "Hello!"}) == ("Welcome: “Hi. Shall we start?” became “Hello!”",)
    told = after(**{"modules[1].questions[2].max": "60", "reminders[0].after": "2", "reminders[0].after:unit": "days"})
    assert told == (
        "Reminder after 2 days: was Reminder after 1 day",
        "Number “years”: least: 0; tries: 3 became most: 60; least: 0; tries: 3",
    )


def test_a_module_that_was_moved_takes_its_parts_along() -> None:
    assert after("move modules[2] 0") == ("Content “more” stands elsewhere", "Text stands elsewhere")


def test_side_by_side_every_part_of_both_is_there_once() -> None:
    new = edit(edit(draft(), {}, "remove modules[0]").draft, {}, "add modules collect").draft
    rows = compare(draft(), new)
    assert sorted(row.old.id for row in rows if row.old) == sorted(line.id for line in outline(draft()))
    assert [row.new.id for row in rows if row.new] == [line.id for line in outline(new)]
    assert [row.kind for row in rows][3:6] == ["removed", "removed", "removed"]


@pytest.mark.parametrize("odd", [None, 3, [], {"modules": "none", "rules": [1, None], "reminders": {}}, {"modules": [[], {"questions": [7]}, {"key": "a"}, {"key": "a"}]}])  # fmt: skip
def test_what_is_no_campaign_is_shown_as_far_as_it_goes(odd: Any) -> None:
    assert len({line.id for line in outline(odd)}) == len(outline(odd))
    assert differences(odd, odd) == ()
    assert compare(draft(), odd)
