"""Everything that a campaign file can say can be written in a form, too."""

import re
from collections.abc import Iterator
from typing import Any

from flows.describing import KIND_NAMES, OPERATOR_NAMES, TYPE_NAMES
from flows.draft_fields import is_field
from flows.modules import KINDS
from flows.parsing import parse_text
from flows.question_types import TYPES
from flows.reading import read_flow, write_flow
from flows.rules import OPERATORS

EVERYTHING = """
callboard: 1
name: All
language: pt
expires_after: P3D
reopen: true
reminders: [{after: P1D, text: "Still there?", template: {name: again, variables: {"1": x}}}]
welcome: {text: "Hi?", template: {name: hello, variables: {"1": x}}}
modules:
  - key: hello
    type: content
    blocks: [{text: a}, {image: "https://example.org/a", caption: c}, {video: "https://example.org/v"},
             {document: "https://example.org/d", filename: d.pdf}]
  - key: basics
    type: questions
    questions:
      - {key: a, type: number, text: "A?", help: H, min: 1, max: 2, unit: years, maps_to: candidate.fields.a, required: false, tries: 2, when_tries_run_out: person}
      - {key: b, type: date, text: "B?", past: false, min: "2026-03-01", max: "2026-04-01"}
      - {key: c, type: choices, text: "C?", options: [X, Y], min: 1, max: 2}
  - {key: talk, type: video_interview, voice: true, questions: [{key: why, text: "Why?", think: PT1M, limit: PT1M, retakes: 1}]}
  - {key: papers, type: collect, documents: [{key: id, label: Id, kinds: [pdf], min: 0, max: 2, max_mb: 5, required: false, help: H, example: E, expires: true}]}
  - {key: meet, type: schedule, length: PT1H, place: {link: "https://example.org"}, interviewers: {one: a@example.org}, capacity: 2,
     notice: PT1H, horizon: P7D, buffer: PT5M, step: PT1H, templates: {confirmation: c, reminder_24h: d}}
rules: [{after: a, if: {at_least: 1}, go_to: talk, else: papers, tag: t, score: 1, propose_stage: S}]
conclusion: {text: Bye}
"""
FIXED = re.compile(r"callboard|modules\[\d\]\.type|.*\.key")


def leaves(value: Any, path: str = "") -> Iterator[str]:
    if is_field(path):
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path


def test_every_field_of_a_file_is_one_of_a_form() -> None:
    flow, findings = read_flow(parse_text(EVERYTHING))
    assert flow is not None
    assert [each for each in findings if each.is_error] == []
    paths = list(leaves(write_flow(flow)))
    assert len(paths) > 70
    assert [path for path in paths if not is_field(path) and not FIXED.fullmatch(path)] == []


def test_every_kind_type_and_comparison_has_a_name_for_people() -> None:
    assert KIND_NAMES.keys() == KINDS.keys()
    assert TYPE_NAMES.keys() == TYPES.keys()
    assert OPERATOR_NAMES.keys() == set(OPERATORS)
