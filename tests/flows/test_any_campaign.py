"""Whatever is handed in is read, checked, written and drawn without an accident."""

import copy
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.checks import check, examine
from flows.drawing import draw
from flows.flow import Flow, Reminder, StageType, Template, Welcome
from flows.modules.collect import DOCUMENT_KINDS, Collect, Document
from flows.modules.content import Block, Content
from flows.modules.questions import Question, Questions
from flows.modules.schedule import SCHEDULE_TEMPLATES, Schedule
from flows.modules.video_interview import InterviewQuestion, VideoInterview
from flows.question_types import TYPES, Choice, Choices, Date, Number
from flows.reading import UnreadableFlow, dump_yaml, parse_text, read_flow, write_flow
from flows.rules import OPERATORS, Condition, Rule

EXAMPLE = parse_text((Path(__file__).parent / "campaigns" / "faults.yaml").read_text(encoding="utf-8"))

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("{}% \n"), max_size=30)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
durations = st.integers(0, 400 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
numbers = st.none() | st.decimals(-(10**6), 10**6, places=2) | st.integers(-99, 99).map(Decimal)
counts = st.integers(-3, 12)
options = st.lists(texts, max_size=5).map(tuple)
templates = st.none() | st.builds(
    Template, words, st.dictionaries(st.sampled_from(["1", "2", "3", "x"]), texts, max_size=3)
)

question_types = (
    st.sampled_from([kind() for kind in TYPES.values() if kind not in (Choice, Choices)])
    | st.builds(Number, numbers, numbers, texts)
    | st.builds(Date, st.booleans(), st.none() | st.dates(), st.none() | st.dates())
    | st.builds(Choice, options)
    | st.builds(Choices, options, counts, st.none() | counts)
)
blocks = st.builds(Block, st.just("text"), texts) | st.builds(Block, st.sampled_from(["image", "video"]), texts, texts)
blocks |= st.builds(Block, st.just("document"), texts, texts, texts)
questions = st.builds(
    Question,
    st.just(""),
    texts,
    question_types,
    texts,
    st.booleans(),
    counts,
    st.booleans(),
    st.none() | words,
)
spoken = st.builds(InterviewQuestion, st.just(""), texts, durations, durations, counts)
kinds = st.lists(st.sampled_from(DOCUMENT_KINDS), max_size=5, unique=True).map(tuple)
documents = st.builds(
    Document, st.just(""), texts, kinds, counts, counts, counts, st.booleans(), texts, texts, st.booleans()
)
places = st.just(("phone", "")) | st.tuples(st.sampled_from(["link", "address"]), words)
staff = st.tuples(st.just("one"), st.tuples(words)) | st.tuples(st.sampled_from(["any_of", "all_of"]), options)
schedules = st.builds(
    lambda length, place, people, capacity, notice, horizon, buffer, step, names: Schedule(
        "", length, *place, *people, capacity, notice, horizon, buffer, step, names
    ),
    durations, places, staff, counts, durations, durations, durations, durations,
    st.dictionaries(st.sampled_from(SCHEDULE_TEMPLATES), words, max_size=2),
)  # fmt: skip
modules = (
    st.builds(Content, st.just(""), st.lists(blocks, max_size=3).map(tuple))
    | st.builds(Questions, st.just(""), st.lists(questions, max_size=4).map(tuple))
    | st.builds(VideoInterview, st.just(""), st.lists(spoken, max_size=2).map(tuple), st.booleans())
    | st.builds(Collect, st.just(""), st.lists(documents, max_size=2).map(tuple))
    | schedules
)
keys = st.sampled_from(["k0", "k1", "k2", "k3", "k4", "k5", "k6", "conclusion", "other"])
values = (
    st.booleans() | st.integers(-99, 99) | st.floats(-99, 99) | texts | st.sampled_from(["yes", "no", "2026-03-01"])
)
operands = values | st.lists(values, max_size=3).map(tuple)
conditions = st.builds(Condition, st.sampled_from(OPERATORS[:-1]), operands) | st.builds(
    Condition, st.just("answered"), st.booleans()
)
all_conditions = st.lists(conditions, max_size=3, unique_by=lambda c: c.operator).map(tuple)
maybe_word = st.none() | words
rules = st.builds(
    Rule, keys, all_conditions, st.none() | keys, st.none() | keys, maybe_word, st.none() | counts, maybe_word
)
reminders = st.builds(Reminder, durations, texts, templates)
drafts = st.builds(
    Flow,
    name=words,
    language=st.sampled_from(["en", "pt-BR", "ar", "xx"]),
    welcome=st.builds(Welcome, texts, templates),
    modules=st.lists(modules, max_size=4).map(tuple),
    rules=st.lists(rules, max_size=4).map(tuple),
    conclusion=st.none() | texts,
    expires_after=st.none() | st.just("never") | durations,
    reopen=st.booleans(),
    reminders=st.lists(reminders, max_size=4).map(tuple),
)


def numbered(flow):
    """Give every part its own key, as reading demands."""
    document, number = write_flow(flow), 0
    for module in document["modules"]:
        for part in [module, *module.get("questions", []), *module.get("documents", [])]:
            part["key"], number = f"k{number}", number + 1
    return document


@settings(max_examples=150, deadline=None)
@given(drafts)
def test_what_is_written_reads_back_the_same(draft):
    document = numbered(draft)
    flow, findings = read_flow(document)
    assert findings == ()
    assert flow is not None
    assert write_flow(flow) == document
    assert read_flow(write_flow(flow)) == (flow, ())
    assert parse_text(dump_yaml(document)) == document


@settings(max_examples=150, deadline=None)
@given(drafts, st.none() | st.sampled_from(StageType), st.sampled_from(["whatsapp", "sms", None]), st.booleans())
def test_every_campaign_can_be_checked_and_drawn(draft, stage_type, channel, sandbox):
    flow, _ = read_flow(numbered(draft))
    assert flow is not None
    found = check(flow, stage_type=stage_type, first_channel=channel, sandbox=sandbox, runnable=frozenset({"content"}))
    assert found == check(
        flow, stage_type=stage_type, first_channel=channel, sandbox=sandbox, runnable=frozenset({"content"})
    )
    assert all("\n" not in finding.render("F") for finding in found)
    assert draw(flow).startswith("flowchart TD\n")


@settings(max_examples=100, deadline=None)
@given(anything)
def test_no_value_upsets_the_reader(document):
    flow, findings = examine(document)
    assert flow is not None or findings


def places_in(value, path=()):
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from places_in(part, (*path, name))


PLACES = [path for path in places_in(EXAMPLE) if path]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), anything), min_size=1, max_size=3))
def test_no_value_anywhere_in_a_campaign_upsets_it(changes):
    document = copy.deepcopy(EXAMPLE)
    for path, value in changes:
        inside = document
        try:
            for name in path[:-1]:
                inside = inside[name]
            inside[path[-1]] = value
        except (TypeError, LookupError):
            continue  # an earlier change took this place away
    flow, findings = examine(document)
    assert flow is None or draw(flow)
    assert all(finding.message and "\n" not in finding.render("F") for finding in findings)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.text("{}[]:,-&*!|>\"'# \n\tab01.", max_size=60))
def test_no_text_upsets_the_parser(source):
    try:
        read_flow(parse_text(source))
    except UnreadableFlow as problem:
        unread = problem
    else:
        return
    assert unread.line >= 1
    assert unread.column >= 1
