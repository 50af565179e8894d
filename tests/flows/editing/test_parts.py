"""Two people at one draft: nothing of either is lost."""

from copy import deepcopy

import pytest

from flows.editing import CannotEdit, Edited, edit
from flows.editing_parts import Clash, edit_part, part_of, replace_part
from tests.flows.editing.test_fields import draft, listed

PARTS = ["settings", "welcome", "reminders", "outline", "rules", "conclusion", "module-0", "module-1"]


@pytest.mark.parametrize("part", PARTS)
def test_a_form_of_a_part_that_nobody_else_has_changed_is_done(part: str) -> None:
    done = edit_part(draft(), part, part_of(draft(), part), {})
    assert done == Edited(draft())


def test_changes_of_two_parts_meet_without_a_clash() -> None:
    theirs = edit(draft(), {"welcome.text": ["Hello!"]}).draft
    done = edit_part(theirs, "module-0", part_of(draft(), "module-0"), {"modules[0].blocks[0].text": ["Mine."]})
    assert isinstance(done, Edited)
    assert done.draft["welcome"]["text"] == "Hello!"
    assert done.draft["modules"][0]["blocks"][0]["text"] == "Mine."


def test_changes_of_one_part_clash_and_both_are_kept_to_choose_from() -> None:
    theirs = edit(draft(), {"welcome.text": ["Theirs"]}).draft
    done = edit_part(theirs, "welcome", part_of(draft(), "welcome"), {"welcome.text": ["Mine"]})
    assert isinstance(done, Clash)
    assert (done.theirs["text"], done.mine["text"]) == ("Theirs", "Mine")
    assert done.mine["template"] == done.theirs["template"]
    kept = replace_part(theirs, "welcome", done.theirs, done.mine)
    assert isinstance(kept, Edited)
    assert kept.draft["welcome"]["text"] == "Mine"


def test_keeping_ones_own_clashes_again_where_the_other_went_on() -> None:
    theirs = edit(draft(), {"welcome.text": ["Theirs again"]}).draft
    assert isinstance(replace_part(theirs, "welcome", {"text": "Theirs"}, {"text": "Mine"}), Clash)


def test_the_same_form_twice_is_no_clash() -> None:
    form = listed({"welcome.text": "Mine", "welcome.template.name": "hello"})
    once = edit_part(draft(), "welcome", part_of(draft(), "welcome"), form)
    assert isinstance(once, Edited)
    assert edit_part(once.draft, "welcome", part_of(draft(), "welcome"), form) == Edited(once.draft)


def test_a_module_that_was_moved_meanwhile_is_found_by_its_key() -> None:
    theirs = edit(draft(), {}, "move modules[1] 2").draft
    form = listed({"modules[1].questions[0].help": "Any car."})
    done = edit_part(theirs, "module-1", part_of(draft(), "module-1"), form, "add modules[1].questions email")
    assert isinstance(done, Edited)
    assert done.draft["modules"][2]["questions"][0]["help"] == "Any car."
    assert len(done.draft["modules"][2]["questions"]) == 4


def test_a_module_that_was_removed_meanwhile_can_be_put_back_as_one_has_it() -> None:
    theirs = edit(draft(), {}, "remove modules[0]").draft
    done = edit_part(theirs, "module-0", part_of(draft(), "module-0"), listed({"modules[0].blocks[0].text": "Mine"}))
    assert isinstance(done, Clash)
    assert done.theirs is None
    kept = replace_part(theirs, "module-0", done.theirs, done.mine)
    assert isinstance(kept, Edited)
    assert kept.draft["modules"][-1]["blocks"][0]["text"] == "Mine"


def test_the_order_of_modules_is_not_guessed() -> None:
    theirs = edit(draft(), {}, "remove modules[0]").draft
    with pytest.raises(CannotEdit, match="somebody else"):
        edit_part(theirs, "outline", part_of(draft(), "outline"), {}, "remove modules[0]")


def test_settings_that_only_the_other_wrote_are_theirs() -> None:
    theirs = {**deepcopy(draft()), "reopen": True}
    done = edit_part(theirs, "settings", part_of(draft(), "settings"), listed({"name": "Other"}))
    assert isinstance(done, Clash)
    assert (done.theirs["reopen"], done.mine["reopen"]) == (True, None)


@pytest.mark.parametrize("part", ["", "module-", "module--1", "module-x", "colour", "module-٣"])
def test_only_the_parts_of_a_campaign_are_edited(part: str) -> None:
    with pytest.raises(CannotEdit):
        part_of(draft(), part)
