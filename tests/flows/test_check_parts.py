"""What checks find inside modules, options and rules."""

import pytest

from flows.checks import examine

CONTENT = {"key": "hello", "type": "content", "blocks": [{"text": "Hello there."}]}
MEET = {
    "key": "meet",
    "type": "schedule",
    "length": "PT30M",
    "place": {"phone": True},
    "interviewers": {"one": "ana@example.org"},
}


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

    @pytest.mark.parametrize("word", ["Yes", "Start"])
    def test_words_that_opt_in_are_warned_of(self, word):
        assert "options[0]: warning" in option_findings(word, "Something else")[0]

    @pytest.mark.parametrize("label", ["A person", "Back", "Help", "Not interested"])
    def test_what_is_an_answer_as_the_whole_of_an_option_is_not_warned_of(self, label):
        assert option_findings(label, "Something else") == []

    def test_options_hold_no_variables(self):
        assert "hold no variables" in option_findings("{{ job.title }}", "Other")[0]

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
