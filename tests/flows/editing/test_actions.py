"""What is done to the parts of a draft: added, removed, copied, put elsewhere, and called otherwise."""

import pytest

from flows.checks import examine
from flows.editing import CannotEdit, edit
from flows.editing_keys import keys_in
from tests.flows.editing.test_fields import changed, draft, listed


def keys(action: str) -> list[str]:
    return [module["key"] for module in changed(action)["modules"]]


@pytest.mark.parametrize(
    ("action", "order"),
    [
        ("up modules[1]", ["basics", "hello", "more"]),
        ("up modules[0]", ["hello", "basics", "more"]),
        ("down modules[0]", ["basics", "hello", "more"]),
        ("down modules[2]", ["hello", "basics", "more"]),
        ("move modules[0] 2", ["basics", "more", "hello"]),
        ("move modules[2] 0", ["more", "hello", "basics"]),
        ("move modules[0] 99", ["basics", "more", "hello"]),
        ("remove modules[1]", ["hello", "more"]),
        ("add modules content", ["hello", "basics", "more", "content"]),
        ("duplicate modules[0]", ["hello", "hello_2", "basics", "more"]),
    ],
)
def test_modules_are_put_in_order(action: str, order: list[str]) -> None:
    assert keys(action) == order


@pytest.mark.parametrize(
    "action",
    ["add modules opera", "add modules[1].questions riddle", "add modules[0].blocks smell", "up modules[7]", "explode modules",
     "move modules[0] -1", "move modules[0] ²", "remove welcome", "duplicate modules", "add colour", "add modules[1] x", "up ]["],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_words(action: str) -> None:
    with pytest.raises(CannotEdit) as refused:
        edit(draft(), {}, action)
    assert str(refused.value)


@pytest.mark.parametrize("kind", ["content", "questions", "video_interview", "collect", "schedule"])
def test_a_new_module_of_each_kind_wants_only_to_be_filled(kind: str) -> None:
    made = changed(f"add modules {kind}")
    found = [each for each in examine(made)[1] if each.is_error and each.path.startswith("modules[3]")]
    assert all(
        "empty" in each.message or "at least one e-mail" in each.message or "Schedule" in each.message for each in found
    ), found
    assert len({key for _, key in keys_in(made)}) == len(list(keys_in(made)))


def test_a_module_is_added_before_the_schedule_which_stays_last() -> None:
    made = edit(edit({"modules": []}, {}, "add modules schedule").draft, {}, "add modules content").draft
    assert [module["type"] for module in made["modules"]] == ["content", "schedule"]


def test_a_copy_has_keys_of_its_own_all_through() -> None:
    made = changed("duplicate modules[1]")
    assert made["modules"][2]["key"] == "basics_2"
    assert [q["key"] for q in made["modules"][2]["questions"]] == ["do_you_drive_2", "shift_2", "years_2"]
    again = edit(made, {}, "duplicate modules[2].questions[1]").draft
    assert [q["key"] for q in again["modules"][2]["questions"]] == ["do_you_drive_2", "shift_2", "shift_3", "years_2"]


def test_every_list_has_a_most() -> None:
    made = draft()
    for _ in range(2):
        made = edit(made, {}, "add reminders").draft
    assert [each["after"] for each in made["reminders"]] == ["P1D", "P2D", "P3D"]
    with pytest.raises(CannotEdit, match="at most 3"):
        edit(made, {}, "add reminders")
    with pytest.raises(CannotEdit, match="at most 3"):
        edit(made, {}, "duplicate reminders[0]")


def test_fields_are_written_before_the_action_moves_them() -> None:
    made = changed("up modules[1].questions[1]", **{"modules[1].questions[1].text": "Which one?"})
    assert [q["text"] for q in made["modules"][1]["questions"]][:2] == ["Which one?", "Do you drive?"]


def test_a_key_follows_its_text_and_is_followed_by_rules_and_texts() -> None:
    made = changed(**{"modules[1].questions[0].text": "Do you own a car?"})
    assert made["modules"][1]["questions"][0]["key"] == "do_you_own_a_car"
    assert made["rules"][0]["after"] == "do_you_own_a_car"
    assert made["modules"][2]["blocks"][0]["text"] == "You said {{ answers.do_you_own_a_car }}."


def test_a_key_that_somebody_chose_stays_and_so_does_one_that_answers_are_known_by() -> None:
    assert changed(**{"modules[1].questions[1].text": "When?"})["modules"][1]["questions"][1]["key"] == "shift"
    fields = listed({"modules[1].questions[0].text": "Do you own a car?"})
    kept = edit(draft(), fields, settled={"do_you_drive"}).draft
    assert kept["modules"][1]["questions"][0]["key"] == "do_you_drive"


def test_a_key_that_the_form_only_showed_does_not_undo_the_one_made_anew() -> None:
    made = changed(**{
        "modules[1].questions[0].text": "Do you own a car?",
        "modules[1].questions[0].key": "do_you_drive", "modules[1].questions[0].key:was": "do_you_drive",
    })  # fmt: skip
    assert made["modules"][1]["questions"][0]["key"] == "do_you_own_a_car"


def test_a_new_question_is_called_after_what_it_asks_and_never_like_another() -> None:
    made = changed("add modules[1].questions email")
    assert made["modules"][1]["questions"][3]["key"] == "question"
    named = edit(made, {"modules[1].questions[3].text": ["Do you drive?"]}).draft
    assert named["modules"][1]["questions"][3]["key"] == "do_you_drive_2"
    arabic = edit(made, {"modules[1].questions[3].text": ["هل تقود؟"]}).draft
    assert arabic["modules"][1]["questions"][3]["key"] == "question"


@pytest.mark.parametrize("typed", ["shift", "1st", "", "conclusion", "é", "x" * 65])
def test_a_key_that_cannot_be_is_told_at_its_field_and_all_else_is_kept(typed: str) -> None:
    fields = listed({"modules[1].questions[0].key": typed, "modules[1].questions[0].key:was": "do_you_drive",
                     "modules[1].questions[0].help": "Any car."})  # fmt: skip
    made = edit(draft(), fields)
    assert [problem.path for problem in made.problems] == ["modules[1].questions[0].key"]
    assert made.draft["modules"][1]["questions"][0] == {**draft()["modules"][1]["questions"][0], "help": "Any car."}


def test_a_module_that_is_called_otherwise_is_still_what_rules_lead_to() -> None:
    made = changed(**{"modules[2].key": "extra", "modules[2].key:was": "more"})
    assert made["rules"][1]["go_to"] == "extra"
    assert made["rules"][0]["go_to"] == "conclusion"


def test_an_option_is_followed_into_its_rules() -> None:
    made = changed(**{"modules[1].questions[1].options[0]": "Early"})
    assert made["rules"][1]["if"] == {"any_of": ["Early"]}
    same = changed(**{"modules[1].questions[1].options[0]": "Evening"})
    assert same["rules"][1]["if"] == {"any_of": ["Morning"]}  # nobody knows which of the two is meant


def test_removing_a_question_leaves_its_rule_for_the_checks_to_tell() -> None:
    made = changed("remove modules[1].questions[0]")
    assert len(made["rules"]) == 2
    assert any(each.path == "rules[0].after" for each in examine(made)[1])


def test_a_new_rule_begins_with_something_that_can_be_followed() -> None:
    made = edit({**draft(), "rules": []}, {}, "add rules").draft
    assert made["rules"] == [{"after": "do_you_drive", "if": {"is": "no"}, "go_to": "conclusion"}]
    assert edit(made, {}, "add rules shift").draft["rules"][1]["if"] == {"is": "Morning"}
    assert not [each for each in examine(made)[1] if each.path.startswith("rules[0]") and each.is_error]


def test_comparisons_are_added_and_removed() -> None:
    made = changed("add rules[0].if")
    assert made["rules"][0]["if"] == {"is": "no", "is_not": ""}
    without = edit(made, {}, "remove rules[0].if.is").draft
    assert without["rules"][0]["if"] == {"is_not": ""}
    assert "if" not in edit(without, {}, "remove rules[0].if.is_not").draft["rules"][0]


def test_the_conclusion_can_be_taken_away_and_written_again() -> None:
    made = changed("remove conclusion")
    assert "conclusion" not in made
    assert edit(made, {"conclusion.text": ["Bye"]}, "").draft["conclusion"] == {"text": "Bye"}
