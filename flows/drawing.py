"""A campaign as a drawing: Mermaid's flowchart of all ways through it."""

from collections.abc import Iterator

from flows.flow import Flow
from flows.modules import Module, kind_of
from flows.modules.questions import Question, Questions
from flows.paths import Paths, Place
from flows.question_types import type_name
from flows.rules import Condition, Rule

LABEL = 60
"""Characters of a text that are shown."""

_OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "any_of": "is one of",
    "contains": "contains",
    "at_least": "at least",
    "at_most": "at most",
}
_PLAIN = frozenset(" ,.!?-_/()+'…")


def draw(flow: Flow) -> str:
    """Return the flowchart: modules as boxes, rules as labelled arrows, what a rule notes as dotted ones."""
    paths = Paths(flow)
    lines = ["flowchart TD", f'  welcome(["{_label(flow.welcome.text)}"])']
    for index, module in enumerate(flow.modules):
        lines += _module(module, index)
    if not flow.is_blast:
        lines += [
            f'  done(["{_label(flow.conclusion or "end")}"])',
            f"  welcome --> {_node(paths, paths.places[0])}",
        ]
    lines += [f"  {line}" for place in paths.places[:-1] for line in _arrows(paths, place)]
    return "\n".join(lines) + "\n"


def _node(paths: Paths, place: Place) -> str:
    return "done" if place == paths.end else f"m{place[0]}q{place[1]}"


def _module(module: Module, index: int) -> Iterator[str]:
    """Draw one module; only questions are drawn one by one."""
    title = f"{_label(module.key)}<br/>{_label(kind_of(module).replace('_', ' '))}"
    if not isinstance(module, Questions):
        yield f'  m{index}q0["{title}"]'
        return
    yield f'  subgraph m{index}["{_label(module.key)}"]'
    for number, question in enumerate(module.questions):
        yield f'    m{index}q{number}["{_question(question)}"]'
    yield "  end"


def _question(question: Question) -> str:
    may_skip = "" if question.required else ", may be skipped"
    return f"{_label(question.text)}<br/>{_label(question.key)}: {_label(type_name(question.type))}{may_skip}"


def _arrows(paths: Paths, place: Place) -> Iterator[str]:
    node, question = _node(paths, place), paths.question(place)
    drawn = set[Place]()
    for number, rule in enumerate(paths.rules_after(question.key) if question else ()):
        then, otherwise = paths.target(rule, rule.go_to), paths.target(rule, rule.otherwise)
        if then:
            yield f'{node} -->|"{_condition(rule)}"| {_node(paths, then)}'
        if otherwise:
            yield f'{node} -->|"else"| {_node(paths, otherwise)}'
        if noted := _noted(rule):
            yield f'{node} -.->|"{_condition(rule)}"| {node}n{number}>"{noted}"]'
        drawn |= {target for target in (then, otherwise) if target}
    following = paths.places[paths.places.index(place) + 1]
    if following in paths.edges[place] and following not in drawn:
        yield f"{node} --> {_node(paths, following)}"


def _condition(rule: Rule) -> str:
    return _label(" and ".join(_comparison(condition) for condition in rule.conditions) or "always")


def _comparison(condition: Condition) -> str:
    if condition.operator == "answered":
        return "answered" if condition.operand else "not answered"
    operand = condition.operand
    words = operand if isinstance(operand, tuple) else (operand,)
    how = _OPERATORS[condition.operator]
    return f"{how} {', '.join(_word(word) for word in words)}"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _noted(rule: Rule) -> str:
    notes = [
        f"tag {rule.tag}" if rule.tag else "",
        f"score {rule.score:+d}" if rule.score else "",
        f"propose {rule.propose_stage}" if rule.propose_stage else "",
    ]
    return "<br/>".join(_label(note) for note in notes if note)


def _label(text: str) -> str:
    """Shorten and escape a text: whatever could mean something to Mermaid or HTML goes as `#code;`."""
    text = " ".join(text.split())
    short = text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"
    return "".join(char if char.isalnum() or char in _PLAIN else f"#{ord(char)};" for char in short)
