"""What publishing refuses, and what it warns of; the golden findings stand beside the campaigns."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.checks import check, examine
from flows.findings import has_errors
from flows.flow import StageType
from flows.reading import parse_text, read_flow

CAMPAIGNS = Path(__file__).parent / "campaigns"
CONTENT = {"key": "hello", "type": "content", "blocks": [{"text": "Hello there."}]}
MEET = {
    "key": "meet",
    "type": "schedule",
    "length": "PT30M",
    "place": {"phone": True},
    "interviewers": {"one": "ana@example.org"},
}


@dataclass
class Listed:
    """What the provider says of a template."""

    status: str
    variables: tuple[str, ...]


class Book:
    """Two templates, one of them approved."""

    def find(self, name, language):
        known = {"screening_welcome": Listed("Approved", ("1", "2")), "new_one": Listed("PENDING", ())}
        return known.get(name) if language == "en" else None


def campaign(*modules, **changes):
    usual = {"callboard": 1, "name": "N", "language": "en", "welcome": "Shall we start?", "conclusion": "Bye."}
    return {**usual, "modules": list(modules) or [CONTENT], **changes}


def questions(*fields, key="basics"):
    asked = [{"key": f"q{i}", "type": "text", "text": "What?"} | each for i, each in enumerate(fields)]
    return {"key": key, "type": "questions", "questions": asked}


def found(document, **circumstances):
    flow, findings = examine(document, **circumstances)
    assert flow is not None
    return [f"{finding.path}: {finding.severity}: {finding.message}" for finding in findings]


def paths(document, **circumstances):
    return [line.split(": ")[:2] for line in found(document, **circumstances)]


@pytest.mark.parametrize("file", sorted(CAMPAIGNS.glob("*.yaml")), ids=lambda file: file.stem)
def test_golden_findings(file):
    _, findings = examine(parse_text(file.read_text(encoding="utf-8")))
    expected = file.with_suffix(".findings").read_text(encoding="utf-8").splitlines()
    assert [finding.render(file.name) for finding in findings] == expected


def test_the_example_may_be_published():
    document = parse_text((CAMPAIGNS / "example.yaml").read_text(encoding="utf-8"))
    _, findings = examine(
        document, stage_type=StageType.FORM, templates=Book(), first_channel="whatsapp", sandbox=False
    )
    assert not has_errors(findings)


class TestStages:
    @pytest.mark.parametrize("stage_type", [StageType.FORM, StageType.ASSESSMENT, StageType.OFFER, StageType.REJECT])
    def test_modules_in_any_order_and_a_conclusion(self, stage_type):
        document = campaign(questions({}), CONTENT)
        assert found(document, stage_type=stage_type) == []
        assert paths(document | {"conclusion": None}, stage_type=stage_type) == [["conclusion", "error"]]
        assert paths(campaign(CONTENT, MEET), stage_type=stage_type) == [["modules[1].type", "error"]]

    @pytest.mark.parametrize("stage_type", [StageType.FORM, StageType.ASSESSMENT, StageType.OFFER])
    def test_without_modules_nothing_is_asked(self, stage_type):
        assert found(campaign(modules=[]), stage_type=stage_type) == [
            "modules: error: nothing is asked or said: add a module"
        ]
        assert paths(campaign(modules=[], conclusion=None), stage_type=stage_type) == [["modules", "error"]]

    def test_a_rejection_without_modules_is_a_blast(self):
        blast = campaign(modules=[], conclusion=None)
        assert found(blast, stage_type=StageType.REJECT) == []
        assert paths(campaign(modules=[]), stage_type=StageType.REJECT) == [["conclusion", "error"]]

    def test_nothing_runs_out_in_a_blast(self):
        document = campaign(
            modules=[], conclusion=None, expires_after="P3D", reminders=[{"after": "PT2H", "text": "Hello?"}]
        )
        assert paths(document, stage_type=StageType.REJECT) == [["expires_after", "warning"], ["reminders", "warning"]]

    def test_a_schedule_stage_books_once_and_last(self):
        assert found(campaign(CONTENT, MEET, conclusion=None), stage_type=StageType.SCHEDULE) == []
        assert found(campaign(CONTENT, MEET), stage_type=StageType.SCHEDULE) == []
        assert paths(campaign(MEET, CONTENT), stage_type=StageType.SCHEDULE) == [["modules[0].type", "error"]]
        assert paths(campaign(CONTENT), stage_type=StageType.SCHEDULE) == [["modules", "error"]]
        assert paths(campaign(modules=[]), stage_type=StageType.SCHEDULE) == [["modules", "error"]]
        assert paths(campaign(questions({}), MEET), stage_type=StageType.SCHEDULE) == [["modules[0].type", "error"]]
        twice = campaign(MEET | {"key": "first"}, MEET)
        assert paths(twice, stage_type=StageType.SCHEDULE) == [
            ["modules[0].type", "error"],
            ["modules[1].type", "error"],
        ]

    def test_a_review_stage_has_no_campaign(self):
        assert ["", "error"] in paths(campaign(), stage_type=StageType.REVIEW)

    def test_an_unknown_stage_is_told_by_its_modules(self):
        assert found(campaign(CONTENT, MEET, conclusion=None)) == []
        assert paths(campaign(modules=[], conclusion=None)) == [["modules", "warning"]]
        assert paths(campaign(modules=[])) == [["modules", "error"]]

    def test_what_cannot_run_yet_is_named(self):
        talk = {"key": "talk", "type": "video_interview", "questions": [{"key": "why", "text": "Why?"}]}
        runnable = frozenset({"questions", "text"})
        assert found(campaign(questions({}, {"type": "file"}), talk), runnable=runnable) == [
            'modules[0].questions[1].type: error: questions of the type "file" cannot be run by this version yet',
            "modules[1].type: error: Video interviews cannot be run by this version yet",
        ]

    def test_a_campaign_far_too_large_is_not_read_through(self):
        asked = [questions(*[{"key": f"k{m}_{n}", "text": ""} for n in range(100)], key=f"m{m}") for m in range(5)]
        assert found(campaign(*asked)) == ["modules: error: a campaign has at most 200 questions, not 500"]

    def test_numbers_of_parts_are_limited(self):
        many = [CONTENT | {"key": f"m{n}"} for n in range(51)]
        assert paths(campaign(*many)) == [["modules", "error"]]
        blocks = CONTENT | {"blocks": [{"text": "x"}] * 21}
        assert paths(campaign(blocks)) == [["modules[0].blocks", "error"]]
        asked = [questions(*[{"key": f"k{m}_{n}"} for n in range(70)], key=f"m{m}") for m in range(3)]
        assert found(campaign(*asked)) == ["modules: error: a campaign has at most 200 questions, not 210"]


class TestTexts:
    def test_length_counts_without_variables(self):
        fits = CONTENT | {"blocks": [{"text": "x" * 1600 + "{{ job.title }}"}]}
        over = CONTENT | {"blocks": [{"text": "x" * 1601}]}
        assert found(campaign(fits), first_channel="whatsapp", sandbox=True)[1:] == []
        assert paths(campaign(over), first_channel="whatsapp")[1:] == [["modules[0].blocks[0].text", "error"]]

    def test_a_text_of_many_parts_is_dear_on_sms(self):
        lines = found(campaign(welcome="x" * 500 + " é " + "’" * 10), first_channel="sms")
        assert len(lines) == 1
        assert lines[0].startswith("welcome.text: warning: as SMS this takes 8 parts")
        assert '"’" is not in the short alphabet' in lines[0]
        assert paths(campaign(welcome="x" * 700), first_channel="sms") == [["welcome.text", "warning"]]
        assert paths(campaign(welcome="x" * 600), first_channel="sms") == []

    def test_a_long_question_leaves_no_room_for_buttons(self):
        document = campaign(questions({"type": "yes_no", "text": "x" * 1025}))
        assert ["modules[0].questions[0].text", "warning"] in paths(document, first_channel="whatsapp")

    def test_numbered_lines_must_fit_below_the_question(self):
        document = campaign(
            questions({"type": "choice", "text": "x" * 1500, "options": [f"{n} " * 5 for n in range(12)]})
        )
        assert ["modules[0].questions[0].options", "error"] in paths(document, first_channel="whatsapp")

    def test_answers_of_earlier_questions_are_known(self):
        later = questions({"key": "b", "text": "You said {{ answers.a }}?"}, key="later")
        assert found(campaign(questions({"key": "a"}), later, conclusion="{{ answers.b }}")) == []
        assert paths(campaign(later, questions({"key": "a"}))) == [["modules[0].questions[0].text", "error"]]

    def test_an_answer_that_may_be_skipped_is_warned_of(self):
        rule = {"after": "a", "if": {"is": "no"}, "go_to": "conclusion"}
        first = questions({"key": "a", "type": "yes_no"}, {"key": "b"}, {"key": "c", "required": False}, key="first")
        second = questions({"key": "d", "text": "{{ answers.a }} {{ answers.b }} {{ answers.c }}"}, key="second")
        lines = found(campaign(first, second, rules=[rule], conclusion="{{ answers.a }} {{ answers.b }}"))
        skipped = "may be skipped on the way here: the text must do without its answer"
        assert lines == [
            f'modules[1].questions[0].text: warning: "c" {skipped}',
            f'conclusion.text: warning: "b" {skipped}',
        ]


class TestSending:
    def test_whatsapp_needs_an_approved_welcome(self):
        def welcome(name):
            variables = {"1": "Ann", "2": "Barista"} if name == "screening_welcome" else {}
            return campaign(welcome={"text": "Shall we start?", "template": {"name": name, "variables": variables}})

        real = {"templates": Book(), "first_channel": "whatsapp", "sandbox": False}
        assert found(welcome("screening_welcome"), **real) == []
        assert "is pending, not approved in en" in found(welcome("new_one"), **real)[0]
        assert paths(welcome("new_one"), **real) == [["welcome.template.name", "error"]]
        assert paths(welcome("other"), **real) == [["welcome.template.name", "error"]]
        assert paths(campaign(), **real) == [["welcome.template", "error"]]
        assert paths(welcome("screening_welcome"), **real | {"templates": None}) == [["welcome.template.name", "error"]]

    def test_in_the_sandbox_that_is_a_warning(self):
        assert paths(campaign(), first_channel="whatsapp") == [["welcome.template", "warning"]]
        unknown = campaign(welcome={"text": "Shall we start?", "template": {"name": "other"}})
        assert paths(unknown, first_channel="whatsapp") == [["welcome.template.name", "warning"]]

    @pytest.mark.parametrize("given", [(), ("1",), ("1", "2", "3")])
    def test_a_template_gets_a_value_for_each_of_its_variables_and_no_other(self, given):
        template = {"name": "screening_welcome", "variables": dict.fromkeys(given, "Ann")}
        welcome = {"text": "Shall we start?", "template": template}
        reminders = [{"after": "P1D", "text": "Hello?", "template": template}]
        document = campaign(welcome=welcome, reminders=reminders)
        places = ["reminders[0].template.variables", "welcome.template.variables"]
        for first in ("whatsapp", "sms"):
            circumstances = {"templates": Book(), "first_channel": first}
            assert paths(document, **circumstances) == [[place, "warning"] for place in places]
            assert paths(document, **circumstances, sandbox=False) == [[place, "error"] for place in places]
        shown = ", ".join(f"{{{{{name}}}}}" for name in given) or "none of them"
        assert f"has {{{{1}}}}, {{{{2}}}}, and here stand values for {shown}:" in found(document, **circumstances)[0]

    def test_a_value_that_cannot_be_read_is_not_missed_as_well(self):
        template = {"name": "screening_welcome", "variables": {"1": "Ann", "2": ["Barista"]}}
        document = campaign(welcome={"text": "Shall we start?", "template": template})
        _, findings = examine(document, templates=Book(), sandbox=False)
        assert [finding.path for finding in findings] == ["welcome.template.variables.2"]

    def test_on_sms_no_template_is_missed(self):
        assert found(campaign(), first_channel="sms", sandbox=False, templates=Book()) == []

    def test_other_templates_are_only_warned_of(self):
        reminder = {"after": "P1D", "text": "Hello?", "template": {"name": "new_one"}}
        meet = MEET | {"templates": {"confirmation": "other"}}
        circumstances = {"first_channel": "sms", "sandbox": False, "templates": Book()}
        assert paths(campaign(meet, reminders=[reminder]), **circumstances) == [
            ["reminders[0].template.name", "warning"],
            ["modules[0].templates.confirmation", "warning"],
        ]

    @pytest.mark.parametrize(
        ("expiry", "good"),
        [("PT1S", True), ("P366D", True), ("never", True), ("PT0S", False), ("P367D", False)],
    )
    def test_expiry_is_between_a_second_and_a_year(self, expiry, good):
        assert paths(campaign(expires_after=expiry)) == ([] if good else [["expires_after", "error"]])

    def test_a_reminder_after_the_usual_expiry_is_warned_of(self):
        late = campaign(reminders=[{"after": "P8D", "text": "Hello?"}])
        assert "unless the installation says otherwise" in found(late, first_channel="sms")[0]
        assert found(late | {"expires_after": "never"}, first_channel="sms") == []

    def test_a_reminder_within_the_window_needs_no_template(self):
        assert found(campaign(reminders=[{"after": "PT23H", "text": "Hello?"}])) == []

    @pytest.mark.parametrize(
        ("language", "good"),
        [("en", True), ("pt-BR", True), ("ar_EG", True), ("it", False), ("eng", False), ("", False)],
    )
    def test_only_shipped_languages_are_spoken(self, language, good):
        assert paths(campaign(language=language)) == ([] if good else [["language", "error"]])


class TestUnread:
    """What a check finds only because a part could not be read is not told."""

    def test_a_question_of_an_unknown_type_brings_no_second_finding(self):
        broken = questions({"key": "q", "type": "integer"})
        document = campaign(broken, CONTENT, rules=[{"after": "q", "if": {"at_least": 3}, "go_to": "conclusion"}])
        assert paths(document) == [["modules[0].questions[0].type", "error"]]

    def test_a_module_of_an_unknown_kind_brings_no_second_finding(self):
        assert paths(campaign(CONTENT | {"type": "contents"}, CONTENT | {"key": "b"})) == [["modules[0].type", "error"]]

    def test_a_rule_that_was_not_read_closes_no_way(self):
        document = campaign(
            questions({"key": "q"}), CONTENT, rules=[{"after": "q", "if": {"iz": 3}, "go_to": "conclusion"}]
        )
        assert {path for path, _ in paths(document)} == {"rules[0].if.iz"}

    def test_other_parts_are_still_judged(self):
        document = campaign(questions({"typo": 1}, {"tries": 99}), welcome={"text": "", "txt": ""})
        assert [path for path, _ in paths(document)] == [
            "welcome.txt",
            "welcome.text",
            "modules[0].questions[0].typo",
            "modules[0].questions[1].tries",
        ]


def test_check_and_examine_agree():
    document = campaign(questions({"tries": 99}))
    flow, _ = read_flow(document)
    assert flow is not None
    assert check(flow) == examine(document)[1]
