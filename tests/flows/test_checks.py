"""What publishing refuses, and what it warns of; the golden findings stand beside the campaigns."""

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


class Book:
    """Two templates, one of them approved."""

    def status(self, name, language):
        return {("screening_welcome", "en"): "Approved", ("new_one", "en"): "PENDING"}.get((name, language))


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


def option_findings(*options, kind="choice", **fields):
    return found(campaign(questions({"type": kind, "options": list(options), **fields})))


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
        assert lines == [
            'welcome.text: warning: as SMS this takes 8 parts, and each is paid for ("’" is not in the short alphabet, '
            "so that a part holds 70 characters)"
        ]
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
        assert lines == [
            'modules[1].questions[0].text: warning: "c" may be skipped on the way here: the text must do without its '
            "answer",
            'conclusion.text: warning: "b" may be skipped on the way here: the text must do without its answer',
        ]

    def test_options_hold_no_variables(self):
        assert "hold no variables" in option_findings("{{ job.title }}", "Other")[0]


class TestOptions:
    def test_what_fits_is_fine(self):
        assert option_findings("Morning", "Evening", "Night") == []
        assert option_findings("1", "2", "3") == []
        assert option_findings("Level 1", "Level 2", "Level 3", "x" * 24) == []

    def test_none_is_an_error_and_one_is_no_choice(self):
        assert "error: there is nothing to choose from" in option_findings()[0]
        assert "warning: a single option" in option_findings("Fine")[0]

    def test_what_cannot_be_tapped_goes_as_lines(self):
        assert "options[1]: warning: 21 characters" in option_findings("a", "b" * 21, "c")[0]
        assert "options[3]: warning: 25 characters" in option_findings("a", "b", "c", "d" * 25)[0]
        assert "options: warning: more than 10" in option_findings(*[f"Line {n}" for n in range(11)])[0]
        assert "options: error: there are 51" in option_findings(*[f"Line {n}" for n in range(51)])[0]

    @pytest.mark.parametrize(
        "pair", [("Night", "night"), ("Café", "cafe"), ("A-B", "a b"), ("Yes!", "yes"), ("👍", "👍🏽")]
    )
    def test_what_reads_the_same_is_refused(self, pair):
        assert any("reads the same" in line for line in option_findings(*pair))

    def test_a_number_out_of_its_line_is_warned_of(self):
        assert "may mean this or line 2" in option_findings("2", "4")[0]

    @pytest.mark.parametrize("word", ["STOP", "Cancel", "End", "quit", "Unsubscribe", "Stop all"])
    def test_words_that_opt_out_are_refused(self, word):
        assert f'options[1]: error: whoever replies "{word}"' in option_findings("Go on", word)[0]

    @pytest.mark.parametrize("word", ["Yes", "Back", "Help"])
    def test_words_with_a_meaning_are_warned_of(self, word):
        assert "options[0]: warning" in option_findings(word, "Something else")[0]

    def test_how_many_must_be_possible(self):
        assert "min: error: 3 must be chosen" in option_findings("Mon", "Tue", kind="choices", min=3)[0]
        assert "min: error: the least, 2" in option_findings("Mon", "Tue", kind="choices", min=2, max=1)[0]
        assert "max: error: at least one" in option_findings("Mon", "Tue", kind="choices", max=0)[0]
        assert "min: error: the least number" in option_findings("Mon", "Tue", kind="choices", min=-1)[0]


class TestRules:
    def rule(self, question, condition, **deeds):
        document = campaign(
            questions({"key": "q", **question}),
            CONTENT,
            rules=[{"after": "q", "if": condition, **(deeds or {"tag": "t"})}],
        )
        return found(document)

    @pytest.mark.parametrize(
        ("question", "condition"),
        [
            ({"type": "yes_no"}, {"is": "no"}),
            ({"type": "yes_no"}, {"is": True}),
            ({"type": "true_false"}, {"is_not": "true"}),
            ({"type": "choice", "options": ["Day", "Night"]}, {"any_of": ["night"]}),
            ({"type": "choice", "options": ["Day", "Night"]}, {"contains": "nig"}),
            ({"type": "choices", "options": ["Day", "Night"]}, {"contains": ["Day", "Night"]}),
            ({"type": "number", "min": 0, "max": 60}, {"at_least": 2, "at_most": "5"}),
            ({"type": "number"}, {"is": 2.5}),
            ({"type": "date", "min": "2026-01-01"}, {"at_most": "2026-01-01"}),
            ({"type": "rating"}, {"at_least": 4.5}),
            ({"type": "text"}, {"contains": "barista"}),
            ({"type": "text", "required": False}, {"answered": False}),
            ({"type": "location"}, {"contains": "Leeds"}),
            ({"type": "phone"}, {"answered": True}),
        ],
    )
    def test_what_can_hold_is_fine(self, question, condition):
        assert self.rule(question, condition) == []

    @pytest.mark.parametrize(
        ("question", "condition", "path"),
        [
            ({"type": "yes_no"}, {"is": "maybe"}, "if.is"),
            ({"type": "yes_no"}, {"at_least": 1}, "if.at_least"),
            ({"type": "yes_no"}, {"is": "yes", "is_not": "yes"}, "if"),
            ({"type": "choice", "options": ["Day", "Night"]}, {"is": "Noon"}, "if.is"),
            ({"type": "choice", "options": ["Day", "Night"]}, {"contains": "noon"}, "if"),
            ({"type": "choices", "options": ["Day", "Night"]}, {"contains": "Noon"}, "if.contains"),
            ({"type": "number", "max": 60}, {"at_least": 61}, "if"),
            ({"type": "number"}, {"at_least": 5, "at_most": 4}, "if"),
            ({"type": "number"}, {"is": "many"}, "if.is"),
            ({"type": "date", "min": "2026-01-01"}, {"at_most": "2025-12-31"}, "if"),
            ({"type": "date"}, {"at_least": "1 March"}, "if.at_least"),
            ({"type": "rating"}, {"at_least": 6}, "if"),
            ({"type": "text"}, {"at_least": 6}, "if.at_least"),
            ({"type": "text"}, {"is": " "}, "if.is"),
            ({"type": "location"}, {"is": "Leeds"}, "if.is"),
            ({"type": "file"}, {"contains": "pdf"}, "if.contains"),
            ({"type": "yes_no"}, {"answered": False}, "if"),
        ],
    )
    def test_what_never_holds_is_an_error(self, question, condition, path):
        lines = self.rule(question, condition)
        assert len(lines) == 1
        assert lines[0].startswith(f"rules[0].{path}: error: ")

    def test_else_that_is_never_followed_is_warned_of(self):
        question = {"type": "rating"}
        assert self.rule(question, {"at_least": 1}, **{"tag": "t", "else": "hello"})[0].startswith(
            "rules[0].else: warning"
        )

    def test_a_rule_needs_something_to_do_somewhere_later(self):
        assert self.rule({}, {"is": "x"}, score=0)[0].startswith("rules[0]: error: this rule does nothing")
        assert "does not come later" in self.rule({}, {"is": "x"}, go_to="basics")[0]
        assert "there is no module" in self.rule({}, {"is": "x"}, **{"else": "nowhere"})[0]

    def test_yes_and_no_both_leading_away_leave_nothing_between(self):
        document = campaign(
            questions({"key": "q", "type": "yes_no"}),
            CONTENT,
            CONTENT | {"key": "end"},
            rules=[
                {"after": "q", "if": {"is": "yes"}, "go_to": "end"},
                {"after": "q", "if": {"is": "no"}, "go_to": "conclusion"},
            ],
        )
        assert paths(document) == [["modules[1]", "error"]]
        document["modules"][0]["questions"][0]["required"] = False
        assert found(document) == []


class TestSending:
    def test_whatsapp_needs_an_approved_welcome(self):
        def welcome(name):
            return campaign(welcome={"text": "Shall we start?", "template": {"name": name}})

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


class TestModules:
    @pytest.mark.parametrize(
        ("url", "problem"),
        [
            ("https://example.org/a.jpg?x=1", ""),
            ("http://localhost:8000/media/x", "own machine"),
            ("http://example.org/a.jpg", "must begin with https"),
            ("ftp://example.org/a.jpg", "no address"),
            ("https://", "no address"),
            ("https://exa mple.org/", "no address"),
            ("https://[bad/", "no address"),
            ("https://u:p@example.org/", "no name or password"),
            ("https://example.org/{{ job.title }}", "no variables"),
            (" ", "missing"),
        ],
    )
    def test_addresses(self, url, problem):
        lines = found(campaign(CONTENT | {"blocks": [{"image": url}]}))
        assert [problem in line for line in lines] == ([True] if problem else [])

    @pytest.mark.parametrize("host", ["www.youtube.com", "youtu.be", "player.vimeo.com"])
    def test_a_page_is_no_video(self, host):
        lines = found(campaign(CONTENT | {"blocks": [{"video": f"https://{host}/x"}]}))
        assert "this is a page" in lines[0]

    @pytest.mark.parametrize(
        ("kind", "field", "good"),
        [
            ("email", "candidate.email", True),
            ("text", "candidate.email", False),
            ("location", "candidate.city", True),
            ("number", "candidate.city", False),
            ("phone", "candidate.phone", False),
            ("rating", "candidate.fields.mood", True),
            ("text", "candidate.fields.", False),
            ("text", "candidate.first_name", False),
        ],
    )
    def test_fields_that_answers_fill(self, kind, field, good):
        expected = [] if good else [["modules[0].questions[0].maps_to", "error"]]
        assert paths(campaign(questions({"type": kind, "maps_to": field}))) == expected

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"length": "PT0S"}, "length"),
            ({"step": "PT0S"}, "step"),
            ({"capacity": 0}, "capacity"),
            ({"notice": "P20D"}, "horizon"),
            ({"horizon": "P400D"}, "horizon"),
            ({"place": {"link": "x"}}, "place.link"),
            ({"place": {"address": " "}}, "place.address"),
            ({"interviewers": {"one": "ana"}}, "interviewers.one"),
            ({"interviewers": {"any_of": []}}, "interviewers.any_of"),
            ({"interviewers": {"all_of": ["a@example.org", "A@example.org"]}}, "interviewers.all_of[1]"),
        ],
    )
    def test_bookings(self, changes, path):
        assert paths(campaign(MEET | changes)) == [[f"modules[0].{path}", "error"]]

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"limit": "PT0S"}, "limit"),
            ({"think": "PT1H"}, "think"),
            ({"retakes": -1}, "retakes"),
            ({"text": " "}, "text"),
        ],
    )
    def test_spoken_questions(self, changes, path):
        talk = {"key": "talk", "type": "video_interview", "questions": [{"key": "why", "text": "Why?"} | changes]}
        assert paths(campaign(talk)) == [[f"modules[0].questions[0].{path}", "error"]]


class TestUnread:
    """What a check finds only because a part could not be read is not told."""

    def test_a_question_of_an_unknown_type_brings_no_second_finding(self):
        broken = questions({"key": "q", "type": "numbr"})
        document = campaign(broken, CONTENT, rules=[{"after": "q", "if": {"at_least": 3}, "go_to": "conclusion"}])
        assert paths(document) == [["modules[0].questions[0].type", "error"]]

    def test_a_module_of_an_unknown_kind_brings_no_second_finding(self):
        assert paths(campaign(CONTENT | {"type": "contents"}, CONTENT | {"key": "b"})) == [["modules[0].type", "error"]]

    def test_a_rule_that_was_not_read_closes_no_way(self):
        document = campaign(
            questions({"key": "q"}), CONTENT, rules=[{"after": "q", "if": {"iz": 3}, "go_to": "conclusion"}]
        )
        assert {path for path, _ in paths(document)} == {"rules[0].if", "rules[0].if.iz"}

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
