"""Files become campaigns, or findings that say where and how to mend them; never surprises."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flows import reading, writing
from flows.findings import error, has_errors, in_order, warning
from flows.flow import Reminder, Template
from flows.modules.questions import Questions
from flows.question_types import Choice, Choices, Number
from flows.reading import dump_yaml, parse_text, read_flow, write_flow

EXAMPLE = (Path(__file__).parent / "campaigns" / "example.yaml").read_text(encoding="utf-8")


def example(**changes):
    return {"callboard": 1, "name": "N", "language": "en", "welcome": "Hello", "conclusion": "Bye"} | changes


def asking(**fields):
    question = {"key": "one", "type": "text", "text": "What?"} | fields
    return example(modules=[{"key": "m", "type": "questions", "questions": [question]}])


def only_question(document):
    flow, findings = read_flow(document)
    assert flow is not None
    assert not findings
    module = flow.modules[0]
    assert isinstance(module, Questions)
    return module.questions[0]


def messages(document):
    return [finding.render("F") for finding in read_flow(document)[1]]


class TestReading:
    def test_the_example_is_read_without_findings(self):
        flow, findings = read_flow(parse_text(EXAMPLE))
        assert findings == ()
        assert flow is not None
        assert flow.expires_after == timedelta(days=7)
        assert flow.reminders == (Reminder(timedelta(days=1), "Still interested, {{ candidate.first_name }}?"),)
        assert flow.welcome.template == Template(
            "screening_welcome", {"1": "{{ candidate.first_name }}", "2": "{{ job.title }}"}
        )
        assert [module.key for module in flow.modules] == ["hello", "basics", "talk", "papers"]
        assert flow.rules[0].holds(value=False)
        assert flow.conclusion == "Thank you, {{ candidate.first_name }}. We will be in touch by Friday."

    def test_it_is_written_as_it_was(self):
        document = parse_text(EXAMPLE)
        flow, _ = read_flow(document)
        assert flow is not None
        written = write_flow(flow)
        assert list(written) == [name for name in document if name != "reopen"]
        assert read_flow(parse_text(dump_yaml(written))) == (flow, ())

    @pytest.mark.parametrize("document", [None, 3, "text", [], True, 2.5])
    def test_what_is_no_mapping_is_no_campaign(self, document):
        flow, findings = read_flow(document)
        assert flow is None
        assert [finding.path for finding in findings] == [""]

    @pytest.mark.parametrize("version", [0, -1, 2, "1", True, 1.5, [], 10**50])
    def test_an_unknown_version_is_no_campaign(self, version):
        flow, findings = read_flow(example(callboard=version))
        assert flow is None
        assert [finding.path for finding in findings] == ["callboard"]

    def test_a_missing_version_is_an_error_and_the_rest_is_read(self):
        flow, findings = read_flow({"name": "N", "language": "en", "welcome": "Hello"})
        assert flow is not None
        assert findings == (error("callboard", 'the version of the form is missing: write "callboard: 1"'),)

    def test_an_older_version_is_brought_up_to_date_step_by_step(self, monkeypatch):
        monkeypatch.setattr(reading, "VERSION", 3)
        steps = {
            1: lambda old: old | {"name": old["name"] + "2"},
            2: lambda old: old | {"name": old["name"] + "3"},
        }
        monkeypatch.setattr(reading, "UPGRADES", steps)
        flow, findings = read_flow(example())
        assert flow is not None
        assert (flow.name, findings) == ("N23", ())

    def test_every_older_version_has_its_step(self):
        assert list(reading.UPGRADES) == list(range(1, writing.VERSION))

    def test_welcome_and_conclusion_may_be_bare_texts(self):
        longer = example(welcome={"text": "Hello"}, conclusion={"text": "Bye"})
        assert read_flow(example()) == read_flow(longer)

    def test_an_empty_field_counts_as_left_out(self):
        assert read_flow(example(conclusion=None, rules=None))[0] == read_flow(example(conclusion=None))[0]

    def test_name_and_language_are_asked_for_but_not_needed(self):
        flow, findings = read_flow({"callboard": 1, "welcome": "Hello"})
        assert flow is not None
        assert flow.language == "en"
        assert not has_errors(findings)
        assert [finding.path for finding in findings] == ["name", "language"]

    @pytest.mark.parametrize(
        ("fields", "calls"),
        [
            ({}, True),
            ({"required": False}, False),
            ({"required": "no"}, False),
            ({"when_tries_run_out": "skip"}, False),
            ({"required": False, "when_tries_run_out": "person"}, True),
        ],
    )
    def test_who_is_not_understood_meets_a_person_or_is_let_go_on(self, fields, calls):
        assert only_question(asking(**fields)).call_person is calls

    def test_numbers_may_be_written_as_texts(self):
        question = only_question(asking(type="number", min="0.5", max=60))
        assert question.type == Number(Decimal("0.5"), Decimal(60))

    def test_options_that_are_whole_numbers_are_texts(self):
        assert only_question(asking(type="choice", options=[1, "two"])).type == Choice(("1", "two"))

    def test_choices_take_how_many(self):
        question = only_question(asking(type="choices", options=["a", "b"], min=1, max=2))
        assert question.type == Choices(("a", "b"), 1, 2)

    def test_several_conditions_must_all_hold(self):
        rule = {"after": "one", "if": {"at_most": 5, "at_least": "2"}, "go_to": "conclusion"}
        flow, findings = read_flow(asking(type="number") | {"rules": [rule]})
        assert not findings
        assert flow is not None
        assert [flow.rules[0].holds(value) for value in (1, 2, 5, 6)] == [False, True, True, False]

    def test_answered_takes_a_word(self):
        flow, _ = read_flow(asking() | {"rules": [{"after": "one", "if": {"answered": "no"}, "tag": "silent"}]})
        assert flow is not None
        assert flow.rules[0].holds(None)

    def test_a_reminder_may_be_a_template_alone(self):
        flow, findings = read_flow(example(reminders=[{"after": "P1D", "template": {"name": "still_there"}}]))
        assert not findings
        assert flow is not None
        assert flow.reminders == (Reminder(timedelta(days=1), "", Template("still_there")),)

    def test_what_cannot_be_sent_is_refused(self):
        assert messages(example(welcome="a\ud800")) == [
            "F:welcome: error: the character U+D800 cannot be sent: remove it"
        ]
        assert messages(example(welcome="a\x00")) == [
            "F:welcome: error: the character U+0000 cannot be sent: remove it"
        ]

    def test_odd_names_of_fields_stay_on_one_line(self):
        assert messages(example(**{"a\nb": 1}))[0].startswith('F:["a\\nb"]: error: there is no such field')

    def test_floods_are_cut_short(self):
        many = read_flow(example(**{f"field_{n}": n for n in range(500)}))[1]
        assert len(many) == 21
        assert len(read_flow(example(rules=[{"after": "one", "tag": "t"}] * 1500))[1]) == 1

    @pytest.mark.parametrize("kind", ["image", "video", "document"])
    def test_media_have_captions(self, kind):
        block = {kind: "https://example.org/a", "caption": "The team"}
        flow, findings = read_flow(example(modules=[{"key": "m", "type": "content", "blocks": [block]}]))
        assert not findings
        assert flow is not None
        assert write_flow(flow)["modules"][0]["blocks"] == [block]

    def test_a_phone_call_has_no_place_to_go(self):
        meet = {"key": "m", "type": "schedule", "length": "PT30M", "interviewers": {"one": "a@example.org"}}
        assert messages(example(modules=[meet | {"place": {"phone": True}}])) == []
        assert "modules[0].place.phone: error" in messages(example(modules=[meet | {"place": {"phone": False}}]))[0]
        both = {"phone": True, "link": "https://example.org"}
        assert "modules[0].place: error: give one of" in messages(example(modules=[meet | {"place": both}]))[0]


class TestFindings:
    def test_they_come_in_the_order_of_the_file(self):
        wrong = [error(path, "x") for path in ("rules[0]", "modules[10]", "modules[2].key", "welcome.text", "name", "")]
        assert [f.path for f in in_order(wrong)] == [
            "",
            "name",
            "welcome.text",
            "modules[2].key",
            "modules[10]",
            "rules[0]",
        ]

    def test_each_is_told_once(self):
        assert len(in_order([error("name", "x"), error("name", "x"), warning("name", "x")])) == 2

    def test_seen_from_a_larger_document(self):
        assert error("modules[1].key", "x").below("stages[0].campaign").path == "stages[0].campaign.modules[1].key"
        assert error("", "x").below("campaign").path == "campaign"

    def test_one_is_one_line(self):
        assert error("", "two\nlines").render("F") == "F: error: two lines"

    def test_a_finding_leaves_the_terminal_as_it_is(self) -> None:
        shown = error("name", "two\r\x1b[31m\u2028lines\u202e, é e 👩\u200d💻").render("F")
        assert shown == "F:name: error: two\\r\\x1b[31m\\u2028lines\\u202e, é e 👩\u200d💻"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"required": "false"}, "required: warning: this is a text and is taken for false: write it without quotes"),
        ({"maps_to": ""}, "maps_to: warning: this is empty and names nothing: write a name, or leave the field out"),
    ],
)
def test_what_may_have_been_meant_otherwise_is_told_of_a_question(fields, told):
    assert messages(asking(**fields)) == [f"F:modules[0].questions[0].{told}"]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("tag", 5, 'this is a number and is taken for the text "5": put it in quotes'),
        ("tag", " ", "this is empty and names nothing: write a name, or leave the field out"),
        ("propose_stage", "", "this is empty and names nothing: write a name, or leave the field out"),
    ],
)
def test_what_may_have_been_meant_otherwise_is_told_of_a_rule(field, value, told):
    rule = {"after": "one", "if": {"answered": True}, "score": 1, field: value}
    assert messages(asking() | {"rules": [rule]}) == [f"F:rules[0].{field}: warning: {told}"]
