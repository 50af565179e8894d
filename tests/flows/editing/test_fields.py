"""What forms say of a draft: each field at its path, read where it can be and kept as written where it cannot."""

from typing import Any

import pytest

from flows.checks import examine
from flows.draft_paths import find
from flows.editing import CannotEdit, edit
from flows.parsing import parse_text
from flows.reading import read_flow


def draft() -> dict[str, Any]:
    found = parse_text("""
callboard: 1
name: Screening
language: en
colour: blue
reminders: [{after: P1D, text: "Still there?"}]
welcome: {text: "Hi. Shall we start?", template: {name: hello, variables: {"1": "Ann"}}}
modules:
  - {key: hello, type: content, blocks: [{text: "Three questions."}, {image: "https://example.org/a.jpg", mood: calm}]}
  - key: basics
    type: questions
    questions:
      - {key: do_you_drive, type: yes_no, text: "Do you drive?"}
      - {key: shift, type: choice, text: "Which shift?", options: [Morning, Evening]}
      - {key: years, type: number, text: "Years, {{ answers.shift }}?", min: 0, tries: 3}
  - {key: more, type: content, blocks: [{text: "You said {{ answers.do_you_drive }}."}]}
rules:
  - {after: do_you_drive, if: {is: "no"}, go_to: conclusion, tag: no car}
  - {after: shift, if: {any_of: [Morning]}, go_to: more}
conclusion: Bye.
""")
    assert isinstance(found, dict)
    return found


def changed(action: str = "", **fields: Any) -> dict[str, Any]:
    return edit(draft(), listed(fields), action).draft


def listed(fields: dict[str, Any]) -> dict[str, list[str]]:
    return {path: value if isinstance(value, list) else [value] for path, value in fields.items()}


def test_a_field_is_written_at_its_path_and_all_else_stays() -> None:
    made = changed(**{"modules[0].blocks[1].caption": "The team"})
    wanted = draft()
    wanted["modules"][0]["blocks"][1]["caption"] = "The team"
    assert made == wanted


def test_the_draft_that_was_given_is_not_changed() -> None:
    given = draft()
    edit(given, {"welcome.text": ["Other"]}, "remove modules[0]")
    assert given == draft()


@pytest.mark.parametrize(
    ("path", "written", "stored"),
    [
        ("modules[1].questions[2].min", "2.5", 2.5),
        ("modules[1].questions[2].min", "2,5", 2.5),
        ("modules[1].questions[2].max", "60", 60),
        ("modules[1].questions[2].max", "many", "many"),
        ("modules[1].questions[2].tries", "5", 5),
        ("modules[1].questions[2].unit", " years ", "years"),
        ("modules[1].questions[0].help", "", None),
        ("modules[1].questions[0].required", ["", "true"], None),
        ("modules[1].questions[0].required", [""], False),
        ("modules[1].questions[0].maps_to", "candidate.fields.car", "candidate.fields.car"),
        ("reopen", ["", "true"], True),
        ("welcome.template.variables.1", "{{ job.title }}", "{{ job.title }}"),
        ("welcome.text", "One\r\ntwo", "One\ntwo"),
        ("rules[0].score", "-5", -5),
        ("rules[0].else", "more", "more"),
    ],
)
def test_a_value_is_read_as_its_field_wants_it(path: str, written: Any, stored: object) -> None:
    assert find(changed(**{path: written}), path) == stored


@pytest.mark.parametrize(
    ("number", "unit", "stored"),
    [("2", "days", "P2D"), ("36", "hours", "P1DT12H"), ("1", "weeks", "P7D"), ("1.5", "days", "P1DT12H"),
     ("", "never", "never"), ("", "days", None), ("soon", "days", "soon"), ("-1", "days", "-1"), ("9" * 30, "days", "9" * 30)],
)  # fmt: skip
def test_a_duration_is_a_number_and_a_unit(number: str, unit: str, stored: object) -> None:
    assert changed(**{"expires_after": number, "expires_after:unit": unit}).get("expires_after") == stored


def test_what_cannot_be_read_is_told_at_its_field() -> None:
    made = changed(**{"modules[1].questions[2].max": "many", "expires_after": "soon", "expires_after:unit": "days"})
    found = {finding.path for finding in examine(made)[1] if finding.is_error}
    assert {"modules[1].questions[2].max", "expires_after"} <= found


def test_a_form_that_nobody_has_changed_changes_nothing() -> None:
    form = {
        "name": "Screening", "language": "en", "reminders[0].after": "1", "reminders[0].after:unit": "days",
        "reminders[0].text": "Still there?", "welcome.text": "Hi. Shall we start?", "welcome.template.name": "hello",
        "welcome.template.variables.1": "Ann", "conclusion.text": "Bye.",
        "modules[1].questions[2].tries": "3", "modules[1].questions[2].min": "0", "modules[1].questions[0].help": "",
        "rules[0].if": "", "rules[0].if#0:operator": "is", "rules[0].if#0": "no",
        "rules[1].if": "", "rules[1].if#0:operator": "any_of", "rules[1].if#0": "Morning",
    }  # fmt: skip
    wanted = draft()
    wanted["conclusion"] = {"text": "Bye."}
    assert changed(**form) in (draft(), wanted)


def test_a_template_that_is_not_chosen_any_more_goes_with_its_variables() -> None:
    made = changed(**{"welcome.template.name": "", "welcome.template.variables.1": "Ann"})
    assert made["welcome"] == {"text": "Hi. Shall we start?"}


def test_another_type_of_question_keeps_no_field_that_only_the_former_had() -> None:
    made = changed(**{"modules[1].questions[1].type": "number", "modules[1].questions[1].options[0]": "Morning"})
    assert made["modules"][1]["questions"][1] == {"key": "shift", "type": "number", "text": "Which shift?"}
    back = edit(made, {"modules[1].questions[1].type": ["choices"], "modules[1].questions[1].min": ["3"]}).draft
    assert back["modules"][1]["questions"][1]["options"] == ["", ""]
    assert "min" not in back["modules"][1]["questions"][1]


def test_between_the_two_types_of_choice_the_options_stay() -> None:
    made = changed(**{"modules[1].questions[1].type": "choices"})
    assert made["modules"][1]["questions"][1]["options"] == ["Morning", "Evening"]


def test_the_comparisons_of_a_rule_are_lines_of_its_form() -> None:
    made = changed(**{
        "rules[0].if": "", "rules[0].if#0:operator": "at_least", "rules[0].if#0": "5",
        "rules[0].if#1:operator": "is_not", "rules[0].if#1": "7", "rules[0].if#2:operator": "answered", "rules[0].if#2": "false",
        "rules[0].if#3:operator": "any_of", "rules[0].if#3": ["a", "b\r\nc"],
    })  # fmt: skip
    assert made["rules"][0]["if"] == {"at_least": 5, "is_not": "7", "answered": False, "any_of": ["a", "b", "c"]}


def test_places_and_interviewers_are_of_one_kind() -> None:
    made = edit({"modules": [{"key": "meet", "type": "schedule"}]}, listed({
        "modules[0].place": "link", "modules[0].place:where": "https://example.org/x",
        "modules[0].interviewers": "any_of", "modules[0].interviewers:people": "a@example.org\r\n\r\nb@example.org",
    })).draft  # fmt: skip
    assert made["modules"][0]["place"] == {"link": "https://example.org/x"}
    assert made["modules"][0]["interviewers"] == {"any_of": ["a@example.org", "b@example.org"]}


@pytest.mark.parametrize("path", ["modules[9].key", "modules[0].blocks[7].text", "reminders[4].text"])
def test_a_part_that_is_gone_is_told_and_not_made(path: str) -> None:
    fields = {path: ["x"]}
    if path.endswith(".key"):
        assert edit(draft(), fields).draft == draft()
    else:
        with pytest.raises(CannotEdit):
            edit(draft(), fields)


def test_fields_that_no_form_has_are_passed_over() -> None:
    assert changed(**{"csrf": "x", "modules[0].colour": "red", "callboard": "7"}) == draft()


def test_a_draft_that_is_quite_wrong_can_still_be_shown_and_is_not_overwritten() -> None:
    broken: dict[str, Any] = {"modules": "none", "welcome": 3}
    with pytest.raises(CannotEdit):
        edit(broken, {"welcome.text": ["Hi"]})
    with pytest.raises(CannotEdit):
        edit(broken, {}, "add modules content")
    assert read_flow(broken)[1]
