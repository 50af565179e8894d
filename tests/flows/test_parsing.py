"""Texts of files become plain values: YAML without its surprises, JSON as it is, and YAML written back."""

import json
import re
from pathlib import Path

import pytest

from flows.reading import UnreadableFlow, dump_yaml, parse_text, read_flow

EXAMPLE = (Path(__file__).parent / "campaigns" / "example.yaml").read_text(encoding="utf-8")


class TestText:
    def test_yaml_words_stay_text(self):
        read = parse_text("is: no\noptions: [Yes, No, on, off, y]\nday: 2026-03-01\ntime: 08:30\nold: 012\nhex: 0x1f")
        assert read == {
            "is": "no",
            "options": ["Yes", "No", "on", "off", "y"],
            "day": "2026-03-01",
            "time": "08:30",
            "old": "012",
            "hex": "0x1f",
        }

    def test_numbers_truth_and_nothing_are_read(self):
        assert parse_text("a: 3\nb: -2.5\nc: true\nd: False\ne: null\nf:\ng: '3'") == {
            "a": 3,
            "b": -2.5,
            "c": True,
            "d": False,
            "e": None,
            "f": None,
            "g": "3",
        }

    def test_json_says_the_same_as_yaml(self):
        document = parse_text(EXAMPLE)
        assert parse_text(json.dumps(document)) == document
        assert parse_text(json.dumps(document, indent="\t", ensure_ascii=False)) == document

    def test_a_field_name_is_text_whatever_it_looks_like(self):
        assert parse_text("1: a\ntrue: b\nnull: c\n<<: d") == {"1": "a", "true": "b", "null": "c", "<<": "d"}

    def test_yaml_in_braces_is_no_broken_json(self):
        assert parse_text("{a: b, c: [d]}") == {"a": "b", "c": ["d"]}

    @pytest.mark.parametrize(
        ("source", "line", "column", "problem"),
        [
            ("a: 1\na: 2", 2, 1, "written twice"),
            ('{"a": 1,\n "a": 2}', 2, 2, "written twice"),
            ("a: &x [1]\nb: *x", 1, 4, "anchors"),
            ("b: *x", 1, 4, "aliases"),
            ("a: !!python/object:os.system x", 1, 4, "tags"),
            ("a: 1\n---\nb: 2", 2, 1, "second document"),
            ("? [a, b]\n: 1", 1, 3, "must be a word"),
            ("a: [1", 1, 4, "not YAML"),
            ('{"a": [1,}', 1, 10, "not JSON"),
            ("a: b\nc: \x01", 2, 4, r"U\+0001"),
            ("", 1, 1, "empty"),
            ("# nothing\n", 1, 1, "empty"),
            ("x" * 1_000_001, 1, 1, "larger"),
            ("[" * 100_000, 1, 31, "inside one another"),
            ("- " * 31, 1, 61, "inside one another"),
            ('{"a":' * 100_000, 1, 151, "inside one another"),
        ],
    )
    def test_what_cannot_be_read_says_where(self, source, line, column, problem):
        with pytest.raises(UnreadableFlow, match=problem) as raised:
            parse_text(source)
        assert (raised.value.line, raised.value.column) == (line, column)
        assert str(raised.value).startswith(f"line {line}, column {column}: ")

    @pytest.mark.parametrize(
        ("source", "line", "column", "remedy"),
        [
            ("text: Hi: there", 1, 9, "a colon with a space after it begins a value: put the whole text in quotes"),
            ("a: 1\n  b: 2", 2, 4, "this line does not fit the ones above"),
            ("a:\n    b: 1\n  c: 2", 3, 3, "this line does not fit the ones above"),
            ("a:\n  - x\n  b: 1", 3, 3, "begin it with - where it is an entry of the list"),
            ("a:\n\tb: 1", 2, 1, "a tab cannot indent a line: use spaces"),
            ("a: 1\n\tb: 2", 2, 1, "a tab cannot indent a line: use spaces"),
            ("a:\n  - b: 1\n\t  c: 2", 3, 1, "a tab cannot indent a line: use spaces"),
            ("a: |\n\tx", 2, 1, "a tab cannot indent a line: use spaces"),
            ("a: @x", 1, 4, "a text cannot begin with this: put it in quotes"),
            ("a: 1\nb\nc: 2", 2, 1, "there is no colon after this name"),
            ("a: 'x\nb: 1\nc: 2", 1, 4, "this quote is never closed"),
            ("a: 'it's'", 1, 8, "this does not belong to the text before it"),
            ('a: "\\d"', 1, 5, "a backslash begins a code: double it"),
            ("a: {b: 1\nc: 2", 1, 4, "put commas between them, } at their end"),
            ("a: - b", 1, 4, "move this below the name of its field"),
            ("a: * b", 1, 5, "a text cannot begin with this"),
            ("a: {{ candidate.first_name }}", 1, 5, "put a text that begins with {{ or [ in quotes"),
            ('{"a": 1 "b": 2}', 1, 9, "a comma is missing here"),
            ('{"a": "b', 1, 7, "this quote is never closed"),
            ('{"a": 1}}', 1, 9, "the campaign ends before this"),
        ],
    )
    def test_what_is_no_yaml_and_no_json_is_told_with_what_to_do(self, source, line, column, remedy):
        with pytest.raises(UnreadableFlow, match=re.escape(remedy)) as raised:
            parse_text(source)
        assert (raised.value.line, raised.value.column) == (line, column)

    def test_depth_is_limited_alike_in_json(self):
        assert parse_text("[" * 30 + "]" * 30)
        with pytest.raises(UnreadableFlow, match="inside one another"):
            parse_text("[" * 31 + "]" * 31)

    @pytest.mark.parametrize("number", ["9" * 5000, "1e400", "NaN"])
    def test_absurd_numbers_in_json_do_no_harm(self, number):
        question = f'{{"key": "q", "type": "number", "text": "How many?", "min": {number}}}'
        module = f'{{"key": "m", "type": "questions", "questions": [{question}]}}'
        source = f'{{"callboard": 1, "name": "N", "language": "en", "welcome": "Hello", "modules": [{module}]}}'
        flow, findings = read_flow(parse_text(source))
        assert flow is not None
        assert [finding.path for finding in findings] == ["modules[0].questions[0].min"]


class TestYaml:
    @pytest.mark.parametrize(
        "text",
        [
            "no",
            "Yes",
            "2026-03-01",
            "08:30",
            "1e5",
            "3",
            "null",
            "",
            " a ",
            "a: b",
            "two\nlines\n",
            "é😀",
            "# x",
            "\x85",
            "\u2028",
        ],
    )
    def test_texts_stay_texts(self, text):
        assert parse_text(dump_yaml({"a": [text], "b": text, text or "c": 1})) == {
            "a": [text],
            "b": text,
            text or "c": 1,
        }

    def test_it_is_readable(self):
        assert dump_yaml({"text": "Olá, não?", "options": ["Yes", "No"], "long": "a\nb"}) == (
            "text: Olá, não?\noptions: ['Yes', 'No']\nlong: |-\n  a\n  b\n"
        )
