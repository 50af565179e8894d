"""A `Flow` as a document, and a document as YAML. What has its usual value is left out."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import yaml

from flows.durations import format_duration
from flows.flow import Flow, Reminder, Template, Welcome
from flows.modules import Module, kind_of
from flows.modules.collect import Collect, Document
from flows.modules.content import Block, Content
from flows.modules.questions import Question, Questions
from flows.modules.schedule import Schedule
from flows.modules.video_interview import InterviewQuestion, VideoInterview
from flows.question_types import Choice, Choices, Date, Number, QuestionType, type_name
from flows.rules import Rule

VERSION = 1
"""The version of the form that is written, and the newest that is read."""

LINE = 110
"""Columns of a line of YAML."""

Json = dict[str, Any]


def write_flow(flow: Flow) -> Json:
    """Return the JSON form of a campaign, in the order of interfaces.md; `read_flow` reads the same back."""
    return _given(
        callboard=VERSION,
        name=flow.name,
        language=flow.language,
        expires_after=_duration(flow.expires_after),
        reopen=flow.reopen or None,
        reminders=[_reminder(reminder) for reminder in flow.reminders] or None,
        welcome=_welcome(flow.welcome),
        modules=[_module(module) for module in flow.modules],
        rules=[_rule(rule) for rule in flow.rules] or None,
        conclusion=None if flow.conclusion is None else {"text": flow.conclusion},
    )


def dump_yaml(document: object) -> str:
    """Return readable YAML, from which `parse_text` and any reader of YAML 1.1 make *document* again."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=LINE)
    return text


def _given(**fields: object) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _duration(value: timedelta | str | None) -> str | None:
    return format_duration(value) if isinstance(value, timedelta) else value


def _unless(usual: timedelta, value: timedelta) -> str | None:
    return None if value == usual else format_duration(value)


def _welcome(welcome: Welcome) -> Json:
    return _given(text=welcome.text, template=_template(welcome.template))


def _template(template: Template | None) -> Json | None:
    if template is None:
        return None
    return _given(name=template.name, variables=dict(template.variables) or None)


def _reminder(reminder: Reminder) -> Json:
    text = None if reminder.template and not reminder.text else reminder.text
    return _given(after=format_duration(reminder.after), text=text, template=_template(reminder.template))


def _rule(rule: Rule) -> Json:
    written = _given(after=rule.after)
    if rule.conditions:
        written["if"] = {condition.operator: _operand(condition.operand) for condition in rule.conditions}
    written |= _given(go_to=rule.go_to)
    if rule.otherwise is not None:
        written["else"] = rule.otherwise
    return written | _given(tag=rule.tag, score=rule.score, propose_stage=rule.propose_stage)


def _operand(operand: object) -> object:
    return list(operand) if isinstance(operand, tuple) else operand


def _module(module: Module) -> Json:
    head = {"key": module.key, "type": kind_of(module)}
    match module:
        case Content(blocks=blocks):
            return head | {"blocks": [_block(block) for block in blocks]}
        case Questions(questions=questions):
            return head | {"questions": [_question(question) for question in questions]}
        case VideoInterview():
            return head | _given(voice=module.voice or None, questions=[_spoken(q) for q in module.questions])
        case Collect(documents=documents):
            return head | {"documents": [_document(document) for document in documents]}
        case Schedule():
            return head | _schedule(module)


def _block(block: Block) -> Json:
    if block.kind == "text":
        return {"text": block.text}
    return {block.kind: block.url} | _given(filename=block.filename or None, caption=block.text or None)


def _question(question: Question) -> Json:
    run_out = "person" if question.call_person else "skip"
    return (
        {"key": question.key, "type": type_name(question.type), "text": question.text}
        | _given(help=question.help or None)
        | _type(question.type)
        | _given(
            maps_to=question.maps_to,
            required=None if question.required else False,
            tries=None if question.tries == 3 else question.tries,
            when_tries_run_out=None if question.call_person is question.required else run_out,
        )
    )


def _type(question_type: QuestionType) -> Json:
    match question_type:
        case Number(min=low, max=high, unit=unit):
            return _given(min=_number(low), max=_number(high), unit=unit or None)
        case Date(past=past, min=first, max=last):
            return _given(past=None if past else False, min=_day(first), max=_day(last))
        case Choice(options=options):
            return {"options": list(options)}
        case Choices(options=options, min=least, max=most):
            return {"options": list(options)} | _given(min=least or None, max=most)
        case _:
            return {}


def _number(number: Decimal | None) -> int | float | str | None:
    """Write a number as JSON does where nothing is lost by it, else as a text."""
    if number is None:
        return None
    if number == number.to_integral_value():
        return int(number)
    return float(number) if Decimal(str(float(number))) == number else str(number)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _spoken(question: InterviewQuestion) -> Json:
    return {"key": question.key, "text": question.text} | _given(
        think=_unless(timedelta(seconds=30), question.think),
        limit=_unless(timedelta(minutes=2), question.limit),
        retakes=None if question.retakes == 2 else question.retakes,
    )


def _document(document: Document) -> Json:
    usual = Document(document.key, document.label)
    names = ("kinds", "min", "max", "max_mb", "required", "help", "example", "expires")
    changed = {name: getattr(document, name) for name in names if getattr(document, name) != getattr(usual, name)}
    return {"key": document.key, "label": document.label} | {n: _operand(value) for n, value in changed.items()}


def _schedule(module: Schedule) -> Json:
    people: object = module.interviewers[0] if module.staff == "one" else list(module.interviewers)
    return _given(
        length=format_duration(module.length),
        place={module.place: True if module.place == "phone" else module.where},
        capacity=None if module.capacity == 1 else module.capacity,
        interviewers={module.staff: people},
        notice=_unless(timedelta(hours=4), module.notice),
        horizon=_unless(timedelta(days=14), module.horizon),
        buffer=_unless(timedelta(), module.buffer),
        step=_unless(timedelta(minutes=30), module.step),
        templates=dict(module.templates) or None,
    )


class _Dumper(yaml.SafeDumper):
    """Lines of text are kept, short lists stand on one line, and nothing is anchored."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  the signature is PyYAML's
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        """Indent lists below the name of their field."""
        del indentless
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text.strip("\n") else None
    if any(mark in text for mark in "\x85\u2028\u2029"):
        style = '"'  # YAML takes these for ends of lines unless they are escaped
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: yaml.SafeDumper, items: Iterable[Any]) -> yaml.SequenceNode:
    entries = list(items)
    short = all(isinstance(entry, str | int | float) for entry in entries) and len(str(entries)) < LINE - 30
    return dumper.represent_sequence("tag:yaml.org,2002:seq", entries, flow_style=short)


def _represent_fields(dumper: yaml.SafeDumper, fields: Mapping[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", fields.items(), flow_style=False)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(dict, _represent_fields)
