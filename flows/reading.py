"""A stage campaign as a document ↔ as a `Flow`. The form is the one of interfaces.md."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flows.findings import Finding, error, in_order, warning
from flows.flow import Flow, Never, Reminder, Welcome
from flows.misspelt import Misspelt, Notes
from flows.modules import Module
from flows.modules.collect import Collect
from flows.modules.questions import Questions
from flows.modules.video_interview import VideoInterview
from flows.parsing import UnreadableFlow, parse_text
from flows.reading_fields import HINTED, Fields
from flows.reading_modules import read_module, read_template
from flows.reading_values import LARGEST, shown
from flows.rules import OPERATORS, Condition, Operand, Operator, Rule
from flows.writing import VERSION, dump_yaml, write_flow

__all__ = ["UPGRADES", "VERSION", "UnreadableFlow", "dump_yaml", "parse_text", "read_flow", "write_flow"]

Document = Mapping[str, Any]

UPGRADES: dict[int, Callable[[Document], Document]] = {}
"""What brings a document of each older version to the next. There is none: 1 is the first version."""


READINGS = 8
"""How often a document is read to find misspelt fields inside of misspelt ones; campaigns are less deep."""
MAPPINGS = 5000
"""In a document of more it is not looked for what was meant: no campaign is that large, and each reading takes long."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a document says. Its findings have the paths that were meant, and do not tell what is misspelt."""

    flow: Flow | None
    findings: tuple[Finding, ...]
    misspelt: Misspelt


def read_flow(document: object) -> tuple[Flow | None, tuple[Finding, ...]]:
    """Return the campaign that *document* says, and all that is wrong with its form. Never raises.

    There is no campaign only where *document* is no mapping or is of an unknown version. Otherwise what is
    wrong counts as left out, and every other part stands where it stood: checks may go on with it.
    """
    read = read_as_meant(document)
    found = in_order((*read.misspelt.findings(), *read.findings))
    return read.flow, read.misspelt.in_writing(found)


def read_as_meant(document: object) -> Read:
    """Read a document, and each misspelt field as the one that was most likely meant, where that is left out."""
    misspelt = Misspelt()
    for _ in range(READINGS):
        notes = Notes(misspelt)
        flow = _read(document, notes)
        if not notes.new or len(notes.findings) >= HINTED or notes.mappings > MAPPINGS:
            break
        misspelt = misspelt.with_more(notes.new)
    return Read(flow, tuple(notes.findings), notes.known if flow else notes.known.only("callboard"))


def _read(document: object, notes: Notes) -> Flow | None:
    if not isinstance(document, Mapping):
        notes.findings.append(error("", f"a campaign must be fields with values, not {shown(document)}"))
        return None
    if (version := _version(Fields(document, "", notes))) is None:
        return None
    for older in range(version, VERSION):
        document = UPGRADES[older](document)
    flow = _flow(Fields(document, "", notes))
    notes.findings += _repeated_keys(flow)
    return flow


def _version(fields: Fields) -> int | None:
    """Return the version of the form; where it is missing, the present one, with a finding."""
    version = fields.take("callboard")
    if version is None:
        fields.wrong("callboard", f'the version of the form is missing: write "callboard: {VERSION}"')
        return VERSION
    if is_newer(version):
        problem = f"version {shown(version)} is newer than this program, which reads up to {VERSION}: update it"
        fields.wrong("callboard", problem)
        return None
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        fields.wrong("callboard", f'{shown(version)} is no version: write "callboard: {VERSION}"')
        return None
    return version


def is_newer(version: object) -> bool:
    """Tell whether *version* is one of a form that only later programs read."""
    return isinstance(version, int) and version > VERSION


def _flow(fields: Fields) -> Flow:
    fields.take("callboard")
    flow = Flow(
        name=_name(fields),
        language=_language(fields),
        expires_after=_expiry(fields),
        reopen=fields.truth("reopen", default=False),
        reminders=tuple(_reminder(reminder) for reminder in fields.each("reminders")),
        welcome=_welcome(fields),
        modules=tuple(read_module(module) for module in fields.each("modules")),
        rules=tuple(_rule(rule) for rule in fields.each("rules")),
        conclusion=_conclusion(fields),
    )
    fields.close()
    return flow


def _name(fields: Fields) -> str:
    if not fields.has("name"):
        fields.findings.append(warning("name", "without a name the campaign is hard to find: give it one"))
    return fields.text("name")


def _language(fields: Fields) -> str:
    if not fields.has("language"):
        fields.findings.append(warning("language", 'this is missing, so English is taken: write "language: en"'))
    return fields.text("language", "en")


def _expiry(fields: Fields) -> timedelta | Never | None:
    if fields.take("expires_after") == "never":
        return "never"
    return fields.duration("expires_after", None)


def _reminder(fields: Fields) -> Reminder:
    after = fields.duration("after", timedelta(), required=True)
    template = read_template(fields.inner("template"))
    text = fields.text("text", required=template is None)
    fields.close()
    return Reminder(after, text, template)


def _welcome(fields: Fields) -> Welcome:
    if isinstance(bare := fields.take("welcome", required=True), str):
        return Welcome(fields.as_text(bare, "welcome"))
    if bare is None:
        return Welcome("")
    inner = Fields(bare, "welcome", fields.notes)
    welcome = Welcome(inner.text("text", required=True), read_template(inner.inner("template")))
    inner.close()
    return welcome


def _conclusion(fields: Fields) -> str | None:
    bare = fields.take("conclusion")
    if bare is None or isinstance(bare, str):
        return None if bare is None else fields.as_text(bare, "conclusion")
    inner = Fields(bare, "conclusion", fields.notes)
    text = inner.text("text", required=True)
    inner.close()
    return text


def _rule(fields: Fields) -> Rule:
    rule = Rule(
        after=fields.text("after", required=True),
        conditions=_conditions(fields.inner("if")),
        go_to=fields.name("go_to"),
        otherwise=fields.name("else"),
        tag=fields.name("tag"),
        score=fields.whole("score", None),
        propose_stage=fields.name("propose_stage"),
    )
    fields.close()
    return rule


def _conditions(fields: Fields | None) -> tuple[Condition, ...]:
    """Read the comparisons, all of which must hold; without any, the rule is followed after every answer."""
    if fields is None:
        return ()
    if fields.readable and not fields.given(OPERATORS) and fields.is_empty:
        fields.findings.append(error(fields.path, f"write a comparison here, one of {', '.join(OPERATORS)}"))
    operands = [(operator, _operand(fields, operator)) for operator in fields.given(OPERATORS)]
    fields.close()
    return tuple(Condition(operator, operand) for operator, operand in operands if operand is not None)


def _operand(fields: Fields, operator: Operator) -> Operand | None:
    if operator == "answered":
        return fields.truth("answered", default=True)
    if not isinstance(value := fields.take(operator), list | tuple):
        return _scalar(fields, value, fields.at(operator))
    entries = [_scalar(fields, entry, path) for path, entry in fields.items(operator)]
    return tuple(entry for entry in entries if entry is not None)


def _scalar(fields: Fields, value: object, path: str) -> str | int | float | bool | None:
    """Read one value that an answer is compared with."""
    if isinstance(value, bool | str):
        return fields.as_text(value, path) if isinstance(value, str) else value
    if isinstance(value, int | float) and abs(value) < LARGEST:
        return value
    fields.findings.append(error(path, f"an answer cannot be compared with {shown(value)}"))
    return None


def _repeated_keys(flow: Flow) -> Iterator[Finding]:
    """Report keys used twice: modules, questions and documents share one set of them."""
    first: dict[str, str] = {}
    for path, key in keys_of(flow):
        if key in first:
            problem = f'the key "{key}" is taken by {first[key]}: each module, question and document needs its own'
            yield error(f"{path}.key", problem)
        elif key:
            first[key] = path


def keys_of(flow: Flow) -> Iterator[tuple[str, str]]:
    """Return path and key of each module, question and document, in the order of the file."""
    for index, module in enumerate(flow.modules):
        path = f"modules[{index}]"
        yield path, module.key
        yield from _inner_keys(path, module)


def _inner_keys(path: str, module: Module) -> Iterator[tuple[str, str]]:
    match module:
        case Questions(questions=questions):
            yield from ((f"{path}.questions[{i}]", question.key) for i, question in enumerate(questions))
        case VideoInterview(questions=spoken):
            yield from ((f"{path}.questions[{i}]", question.key) for i, question in enumerate(spoken))
        case Collect(documents=documents):
            yield from ((f"{path}.documents[{i}]", document.key) for i, document in enumerate(documents))
