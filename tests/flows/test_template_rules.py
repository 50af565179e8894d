"""What WhatsApp would refuse in a template is found before it is handed over; our own templates hold nothing of it."""

from dataclasses import replace

import pytest

from flows.builtin_templates import Use, all_builtin, builtin
from flows.checks import examine
from flows.defaults import default_draft
from flows.findings import has_errors
from flows.flow import StageType
from flows.template_rules import TemplateText, blanks_in, check_template
from flows.understanding.commands import read_command
from flows.wording import LOCALES

GOOD = TemplateText(
    name="screening_welcome",
    language="en",
    category="UTILITY",
    body="Hi {{1}}, thank you for applying as {{2}}. Shall we start?",
    samples={"1": "Ann", "2": "Barista"},
    buttons=("Let's begin", "Not now"),
)


def paths(**change: object) -> list[str]:
    return [finding.path for finding in check_template(replace(GOOD, **change)) if finding.is_error]  # type: ignore[arg-type]


def test_a_good_template_has_nothing_to_mend() -> None:
    assert check_template(GOOD) == ()
    assert GOOD.variables == ("1", "2")
    assert GOOD.filled() == "Hi Ann, thank you for applying as Barista. Shall we start?"
    assert GOOD.filled({"1": "Bo"}) == "Hi Bo, thank you for applying as {{2}}. Shall we start?"


@pytest.mark.parametrize("name", ["", "Welcome", "wel come", "wél", "wel-come", "x" * 513])
def test_a_name_has_small_letters_digits_and_lines(name: str) -> None:
    assert paths(name=name) == ["name"]


@pytest.mark.parametrize("language", ["", "en-US", "english", "EN", "en_"])
def test_a_language_is_written_as_whatsapp_does(language: str) -> None:
    assert paths(language=language) == ["language"]
    assert paths(language="pt_BR") == []


@pytest.mark.parametrize("category", ["", "utility", "AUTHENTICATION"])
def test_a_category_is_one_of_two(category: str) -> None:
    assert paths(category=category) == ["category"]


@pytest.mark.parametrize(
    "body",
    [
        " ",
        "{{1}}, thank you for applying as {{2}} with us today.",
        "Thank you very much for applying with us today, {{1}} {{2}}.",
        "Thank you very much for applying with us today, {{1}}: {{2}}.",
        "Hi {{1}}, thank you so much for applying as {{2}}",
        "Hi {{1}}, thank you for applying as {{3}}. Shall we start?",
        "Hi {{2}}, thank you for applying. Shall we start today?",
        "Hi {{ candidate.first_name }}, thank you for applying as {{1}} {{2. Shall we?",
        "Hi {{1}}, as {{2}}.",
        "\U0001f44b Hi {{1}}, thank you for applying as {{2}}. Shall we start?",
        "Hi {{1}}, thank you for applying as {{2}}. Shall we start? \u2728",
        " Hi {{1}}, thank you for applying as {{2}}. Shall we start?",
        "Hi {{1}}, thank you for applying as {{2}}. Shall we start?\n",
        "Hi {{1}},\n\n\nthank you for applying as {{2}}. Shall we start?",
        "Hi {{1}}, thank you    for applying as {{2}}. Shall we start?",
        "Hi {{1}}, thank you for applying as {{2}}. " + "x" * 1000,
    ],
)
def test_a_text_that_whatsapp_refuses_is_found(body: str) -> None:
    assert "body" in paths(body=body)


def test_a_text_may_have_two_paragraphs_and_its_variables_in_any_order() -> None:
    assert paths(body="Hi {{2}},\n\nthank you for applying as {{1}}. Shall we start?") == []
    assert blanks_in("{{2}} {{1}} {{2}} {{x}}") == ("2", "1")


def test_a_short_text_is_worth_a_warning() -> None:
    (finding,) = check_template(replace(GOOD, body="Hello, shall we start?", samples={}))
    assert (finding.path, finding.is_error) == ("body", False)


@pytest.mark.parametrize("sample", ["", "  ", "a\nb", "a\tb", "a    b"])
def test_each_variable_needs_an_example_on_one_line(sample: str) -> None:
    assert paths(samples={"1": "Ann", "2": sample}) == ["samples.2"]


@pytest.mark.parametrize(
    ("buttons", "path"),
    [
        (("",), "buttons[0]"),
        (("x" * 21,), "buttons[0]"),
        (("Yes", "yes"), "buttons[1]"),
        (("Yes \u2705",), "buttons[0]"),
        (("Hi {{1}}",), "buttons[0]"),
        (tuple(map(str, range(11))), "buttons"),
    ],
)
def test_buttons_are_short_plain_and_different(buttons: tuple[str, ...], path: str) -> None:
    assert paths(buttons=buttons) == [path]


@pytest.mark.parametrize("each", all_builtin(), ids=lambda each: f"{each.text.name} {each.text.language}")
def test_what_comes_with_callboard_breaks_no_rule(each) -> None:
    assert check_template(each.text) == ()
    assert set(each.values) == set(each.text.variables)


@pytest.mark.parametrize("language", LOCALES)
def test_the_button_to_begin_is_a_reply_and_no_command(language: str) -> None:
    (label,) = builtin(Use.WELCOME, language).text.buttons
    assert read_command(label, language) is None


@pytest.mark.parametrize("language", LOCALES)
def test_the_template_of_a_welcome_says_what_the_default_draft_says(language: str) -> None:
    found = builtin(Use.WELCOME, language)
    draft = default_draft(language, StageType.FORM, "Call")
    assert found.text.filled(found.values) == draft["welcome"]["text"]
    draft["welcome"]["template"] = {"name": found.text.name, "variables": dict(found.values)}
    draft["modules"] = [{"key": "hello", "type": "content", "blocks": [{"text": "Hello"}]}]
    assert not has_errors(examine(draft, stage_type=StageType.FORM, first_channel="whatsapp")[1])
