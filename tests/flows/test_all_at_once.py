"""One run of the checks tells all that can be judged, and nothing that only follows from what could not be read."""

import time

import pytest

from flows.checks import examine
from flows.parsing import parse_source

HEAD = "callboard: 1\nname: N\nlanguage: en\nwelcome: {text: Shall we start?}\n"
END = "conclusion: {text: Bye.}\n"


def lines(text, **circumstances):
    source = parse_source(text)
    _, findings = examine(source.document, mistakes=source.mistakes, **circumstances)
    return [source.render(finding, "F") for finding in findings]


def paths(text, **circumstances):
    source = parse_source(text)
    return [finding.path for finding in examine(source.document, mistakes=source.mistakes, **circumstances)[1]]


def asking(*questions, rules=""):
    entries = "".join(f"      - {question}\n" for question in questions)
    return f"{HEAD}modules:\n  - key: basics\n    type: questions\n    questions:\n{entries}{rules}{END}"


class TestAtOnce:
    def test_a_version_in_quotes_hides_nothing(self):
        text = asking("{key: years, type: number, text: '', min: 9, max: 3}").replace("callboard: 1", 'callboard: "1"')
        assert paths(text) == ["callboard", "modules[0].questions[0].text", "modules[0].questions[0].min"]

    def test_of_a_newer_version_only_that_is_told(self):
        assert paths(asking("{key: years, type: nothing}").replace("callboard: 1", "callboard: 2")) == ["callboard"]

    def test_a_misspelt_kind_of_module_is_read_as_the_one_that_was_meant(self):
        text = asking("{key: years, type: number, text: '', min: 9, max: 3}").replace(
            "type: questions", "type: question"
        )
        assert paths(text) == [
            "modules[0].type",
            "modules[0].questions[0].text",
            "modules[0].questions[0].min",
        ]

    def test_a_kind_that_resembles_none_is_told_by_its_fields(self):
        text = asking("{key: years, type: number, text: ''}").replace("type: questions", "type: survey")
        assert paths(text) == ["modules[0].type", "modules[0].questions[0].text"]

    def test_a_misspelt_type_of_question_is_read_as_the_one_that_was_meant(self):
        assert paths(asking("{key: shift, type: choise, text: Which?, options: [Day, day], colour: red}")) == [
            "modules[0].questions[0].type",
            "modules[0].questions[0].colour",
            "modules[0].questions[0].options[1]",
        ]

    def test_a_type_that_resembles_none_leaves_its_own_fields_alone(self):
        assert paths(asking("{key: q, type: integer, text: What?, min: 3, tries: 99, maps_to: candidate.email}")) == [
            "modules[0].questions[0].type",
            "modules[0].questions[0].tries",
        ]

    def test_a_block_of_no_kind_names_the_field_that_was_meant(self):
        text = f"{HEAD}modules:\n  - {{key: m, type: content, blocks: [{{txt: Hello}}]}}\n{END}"
        assert paths(text) == ["modules[0].blocks[0].txt"]

    def test_a_rule_with_an_unknown_field_is_judged_by_its_others(self):
        rules = "rules:\n  - {after: years, if: {at_least: lots}, colour: red, tag: many}\n"
        assert paths(asking("{key: years, type: number, text: How many?}", rules=rules)) == [
            "rules[0].colour",
            "rules[0].if.at_least",
        ]

    def test_a_rule_is_judged_though_the_text_of_its_question_is_missing(self):
        rules = "rules:\n  - {after: years, if: {at_least: lots}, tag: many}\n"
        assert paths(asking("{key: years, type: number}", rules=rules)) == [
            "modules[0].questions[0].text",
            "rules[0].if.at_least",
        ]

    def test_a_dead_end_is_told_beside_what_has_nothing_to_do_with_it(self):
        rules = "rules:\n  - {after: q, go_to: conclusion}\n"
        text = asking(
            "{key: q, type: text, text: What?, tries: x}", "{key: never, type: text, text: What?}", rules=rules
        )
        assert paths(text) == ["modules[0].questions[0].tries", "modules[0].questions[1]"]

    def test_tags_anchors_and_repeated_fields_stand_among_the_other_findings(self):
        text = asking(
            "{key: q, type: text, text: ! What?, tries: 99}", "{key: r, type: text, text: &x '', text: What?}"
        )
        assert paths(text) == [
            "modules[0].questions[0].text",
            "modules[0].questions[0].tries",
            "modules[0].questions[1].text",
            "modules[0].questions[1].text",
            "modules[0].questions[1].text",
        ]

    def test_the_first_of_repeated_fields_is_judged(self):
        assert paths(f"{HEAD}modules: []\n{END}conclusion: {{text: ''}}\n".replace("Bye.", "'{{ x }}'")) == [
            "modules",
            "conclusion",
            "conclusion.text",
        ]


MISSPELT = """\
calboard: 1
name: N
langauge: pt
welcom: {text: Shall we start?}
moduls:
  - key: basics
    tpye: questions
    question:
      - {kye: years, type: number, text: How long?, mni: 5, max: 3}
      - {key: why, type: text, txt: "Why, {{ candidate.nickname }}?"}
rules:
  - {after: years, if: {atleast: 4}, goto: conclusion}
conclusion: {txt: Bye}
"""


class TestMisspelt:
    def test_a_misspelt_field_is_read_as_the_one_that_was_meant_however_deep_it_stands(self):
        assert [line.partition(": error: ")[0] for line in lines(MISSPELT)] == [
            "F:calboard",
            "F:langauge",
            "F:welcom",
            "F:moduls",
            "F:moduls[0].tpye",
            "F:moduls[0].question",
            "F:moduls[0].question[0].kye",
            "F:moduls[0].question[0].mni",
            "F:moduls[0].question[0].mni",  # the least is more than the most
            "F:moduls[0].question[1].txt",
            "F:moduls[0].question[1].txt",  # no such variable
            "F:rules[0].if.atleast",
            "F:rules[0].goto",
            "F:conclusion.txt",
        ]

    def test_what_is_told_of_a_misspelt_field_is_the_name_that_was_meant_and_its_line(self):
        assert lines(f"{HEAD}modules: []\nconclusoin: Bye.\n".replace("modules", "moduls"))[:2] == [
            'F:moduls: error: there is no such field: did you mean "modules"? (line 5, column 1)',
            "F:moduls: error: nothing is asked or said: add a module (line 5, column 1)",
        ]

    def test_where_a_comparison_is_not_known_none_is_said_to_be_missing(self):
        rules = "rules:\n  - {after: years, if: {more_than: 3}, tag: many}\n"
        found = paths(asking("{key: years, type: number, text: How many?}", rules=rules))
        assert found == ["rules[0].if.more_than"]

    def test_a_field_that_resembles_one_that_is_there_stands_for_nothing(self):
        assert paths(f"{HEAD}{END}conclusoin: {{text: '', colour: red}}\nmodules: [1]\n") == [
            "modules[0]",
            "conclusoin",
        ]

    def test_of_two_fields_that_resemble_one_the_first_is_taken(self):
        assert paths(f"{HEAD}modulse: []\nmoduls: [1]\n{END}") == ["modulse", "modulse", "moduls"]

    def test_what_is_lost_inside_a_misspelt_field_is_not_told_as_missing(self):
        assert paths(asking("{kye: *years, type: number, text: How long?}")) == ["modules[0].questions[0].kye"] * 2

    def test_in_a_document_that_is_far_too_large_nothing_is_looked_for(self):
        modules = "  - {key: m, type: content, blocks: [" + "{text: Hi}, " * 900 + "]}\n"
        assert paths(f"{HEAD.replace('welcome', 'welcom')}modules:\n{modules * 9}{END}")[0] == "welcome"

    def test_a_misspelt_version_that_is_newer_is_still_newer(self):
        assert paths(MISSPELT.replace("calboard: 1", "calboard: 2")) == ["calboard", "calboard"]


class TestNotMisleading:
    def test_what_an_alias_stands_for_is_not_missing(self):
        assert paths(asking("{key: q, type: text, text: *what}")) == ["modules[0].questions[0].text"]

    @pytest.mark.parametrize(
        "broken",
        ["{type: text, text: Where?}", "town", "*town"],
        ids=["without a key", "not fields", "an alias"],
    )
    def test_a_name_that_may_be_the_one_of_an_unread_question_is_not_unknown(self, broken):
        rules = "rules:\n  - {after: town, if: {is: Porto}, go_to: more}\n"
        found = paths(asking(broken, "{key: why, type: text, text: 'Why {{ answers.town }}?'}", rules=rules))
        assert all(path.startswith("modules[0].questions[0]") for path in found)

    def test_a_name_is_still_unknown_where_all_keys_were_read(self):
        rules = "rules:\n  - {after: town, if: {is: Porto}, go_to: more}\n"
        text = asking("{key: why, type: text, txt: '', text: 'Why {{ answers.town }}?'}", rules=rules)
        assert paths(text) == [
            "modules[0].questions[0].txt",
            "modules[0].questions[0].text",
            "rules[0].go_to",
            "rules[0].after",
        ]

    def test_a_list_of_modules_that_is_none_makes_no_single_message(self):
        assert paths(f"{HEAD}modules: hello\n{END}expires_after: P1D\n") == ["modules"]

    def test_a_module_that_may_be_a_booking_wants_no_conclusion(self):
        assert paths(f"{HEAD}modules:\n  - {{key: meet, type: tomorrow}}\n") == ["modules[0].type"]

    def test_a_condition_that_was_not_read_is_not_left_out(self):
        rules = "rules:\n  - {after: q, iff: {is: x}, go_to: conclusion, else: conclusion}\n"
        assert paths(asking("{key: q, type: text, text: What?}", rules=rules)) == ["rules[0].iff"]


class TestPlaces:
    def test_each_finding_has_its_line_and_column(self):
        text = asking("{key: shift, type: choise, text: '',", "  options: [Day]}").replace(
            "      -   opt", "         opt"
        )
        assert [line.rpartition(" (")[2] for line in lines(text)] == [
            "line 9, column 22)",
            "line 9, column 36)",
            "line 10, column 10)",
        ]

    def test_what_is_missing_stands_where_it_should_be(self):
        assert lines(asking("{key: q, type: text}")) == [
            "F:modules[0].questions[0].text: error: this is missing (line 9, column 9)"
        ]

    def test_a_missing_field_of_the_whole_campaign_has_no_line(self):
        assert lines(asking("{key: q, type: text, text: What?}").replace(END, "")) == [
            "F:conclusion: error: the closing message is missing: write one"
        ]

    def test_an_entry_of_a_list_has_its_own_line(self):
        text = asking("key: q", "").replace(
            "      - \n", "        type: choice\n        text: Which?\n        options:\n"
        )
        text = text.replace("        options:\n", "        options:\n          - Day\n          - Stop\n")
        assert [line.rpartition(" (")[2] for line in lines(text)] == ["line 14, column 13)"]

    def test_a_repeated_field_names_both_lines(self):
        assert lines(asking("{key: q, type: text, text: What?}") + "name: M\n") == [
            'F:name: error: the field "name" is written twice, first in line 2: remove one of them (line 11, column 1)'
        ]

    def test_json_has_lines_as_well(self):
        text = (
            '{"callboard": 1, "name": "😀 \\ud83d\\ude00 \\" {", "language": "en",\n\t"welcome": {"text": "Hi"},\n'
            '"modules": [\n {"key": "m",\n  "type": "contents",\n  "blocks": [\n   {"text": ""}]}],\n'
            '"conclusion": "Bye", "name": "N"}'
        )
        assert [(line.split(": ")[0], line.rpartition(" (")[2]) for line in lines(text)] == [
            ("F:name", "line 8, column 22)"),
            ("F:modules[0].type", "line 5, column 3)"),
            ("F:modules[0].blocks[0].text", "line 7, column 5)"),
        ]

    def test_odd_names_have_a_place(self):
        assert lines(f'"a.b[0]": 1\n{HEAD}modules: []\n{END}')[0] == (
            'F:["a.b[0]"]: error: there is no such field; known here are callboard, name, language, expires_after, '
            "reopen, reminders, welcome, modules, rules, conclusion (line 1, column 1)"
        )


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "modules:\n" + "  - {key: a, type: content, blocks: [" + "{x: 1}, " * 900 + "]}\n" + END,
        HEAD + "modules:\n" + ("  - {key: a, type: x, blocks: [" + "{x: 1}, " * 900 + "]}\n") * 90 + END,
        HEAD + "x: [" + "*a, " * 200_000 + "]\n",
        HEAD + "a: 1\n" * 190_000,
        HEAD + "moduls:\n" + ("  - {key: a, type: content, blocks: [" + "{txt: 1}, " * 900 + "]}\n") * 90 + END,
    ],
    ids=["blocks", "modules", "aliases", "repeated", "misspelt"],
)
def test_nothing_but_mistakes_is_told_soon(text):
    begin = time.process_time()
    assert lines(text)
    assert time.process_time() - begin < 30
