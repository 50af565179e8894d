"""Rules: whether they can be followed, and whether every module is reached."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from flows import limits
from flows.check_circumstances import Circumstances
from flows.findings import Finding, error, warning
from flows.flow import Flow
from flows.modules.questions import Question, Questions
from flows.paths import Paths, possible_values
from flows.question_types import (
    Choice,
    Choices,
    Date,
    Number,
    QuestionType,
    Rating,
    TrueFalse,
    YesNo,
    type_name,
)
from flows.reading import keys_of
from flows.reading_values import shown
from flows.rules import CONCLUSION, Condition, Operator, Rule, plain
from flows.suggestions import suggestion

_WORDS: tuple[Operator, ...] = ("is", "is_not", "any_of", "contains", "answered")
_RANKS: tuple[Operator, ...] = ("is", "is_not", "any_of", "at_least", "at_most", "answered")
_BINARY: tuple[Operator, ...] = ("is", "is_not", "any_of", "answered")

ALLOWED: dict[str, tuple[Operator, ...]] = {
    "text": _WORDS,
    "long_text": _WORDS,
    "number": _RANKS,
    "date": _RANKS,
    "choice": _WORDS,
    "choices": _WORDS,
    "yes_no": _BINARY,
    "true_false": _BINARY,
    "email": _WORDS,
    "phone": _WORDS,
    "rating": _RANKS,
    "location": ("contains", "answered"),
    "file": ("answered",),
}
"""The comparisons that an answer of each type can be put to."""


def check_rules(flow: Flow, paths: Paths, circumstances: Circumstances) -> Iterator[Finding]:
    """Find rules that lead nowhere, never hold or do nothing, and parts that no conversation comes to."""
    sure = circumstances.knows_all_keys
    for index, rule in enumerate(flow.rules):
        path = f"rules[{index}]"
        yield from _does_nothing(rule, path)
        yield from _targets(flow, paths, rule, path, sure=sure)
        place = paths.question_places.get(rule.after)
        question = paths.question(place) if place else None
        if question is None and sure:
            yield _no_question(flow, paths, rule.after, f"{path}.after")
        elif question is not None:
            yield from _conditions(question, rule, path)
    yield from _dead_ends(flow, paths)


def _does_nothing(rule: Rule, path: str) -> Iterator[Finding]:
    deeds = (rule.go_to, rule.otherwise, rule.tag, rule.score, rule.propose_stage)
    if not any(deeds):
        yield error(path, "this rule does nothing: give it go_to, else, tag, score or propose_stage")


def _no_question(flow: Flow, paths: Paths, key: str, path: str) -> Finding:
    if key in {name for _, name in keys_of(flow)}:
        return error(path, f'"{key}" is no question that is answered in the chat: rules follow such questions only')
    return error(path, f'there is no question "{key}"{suggestion(key, paths.question_places)}')


def _targets(flow: Flow, paths: Paths, rule: Rule, path: str, *, sure: bool) -> Iterator[Finding]:
    modules = [module.key for module in flow.modules]
    for name, key in (("go_to", rule.go_to), ("else", rule.otherwise)):
        if key is None or key == CONCLUSION:
            continue
        if key not in modules:
            hint = suggestion(key, [*modules, CONCLUSION]) or _questions_module(flow, key)
            if sure:
                yield error(f"{path}.{name}", f'there is no module "{key}"{hint}')
        elif rule.after in paths.question_places and paths.target(rule, key) is None:
            problem = f'"{key}" does not come later than the question "{rule.after}": rules lead only forward'
            yield error(f"{path}.{name}", problem)
    if rule.otherwise and not rule.conditions:
        yield error(f"{path}.else", "without if, a rule always holds: else is never followed")


def _questions_module(flow: Flow, key: str) -> str:
    """Return a hint for a rule that names a question instead of a module."""
    for module in flow.modules:
        if isinstance(module, Questions) and any(question.key == key for question in module.questions):
            return f': that is a question, and rules lead to modules such as "{module.key}"'
    return ""


def _conditions(question: Question, rule: Rule, path: str) -> Iterator[Finding]:
    findings = [
        finding for condition in rule.conditions for finding in _condition(question.type, condition, f"{path}.if")
    ]
    yield from findings
    if any(finding.is_error for finding in findings) or not rule.conditions:
        return
    values = possible_values(question, [rule])
    if values is None:
        return
    if not any(rule.holds(value) for value in values):
        yield error(f"{path}.if", f'no answer to "{question.key}" makes this true: the rule is never followed')
    elif rule.otherwise and all(rule.holds(value) for value in values):
        yield warning(f"{path}.else", f'every answer to "{question.key}" makes the rule true: else is never followed')


def _condition(kind: QuestionType, condition: Condition, path: str) -> Iterator[Finding]:
    path = f"{path}.{condition.operator}"
    allowed = ALLOWED[type_name(kind)]
    if condition.operator not in allowed:
        name = type_name(kind)
        problem = f"an answer of the type {name} cannot be compared in this way; use {', '.join(allowed)}"
        yield error(path, problem)
        return
    if condition.operator == "answered":
        return
    for operand in condition.operand if isinstance(condition.operand, tuple) else (condition.operand,):
        if problem := _operand_problem(kind, condition.operator, operand):
            yield error(path, problem)


def _operand_problem(kind: QuestionType, operator: Operator, operand: object) -> str:
    match kind:
        case YesNo() | TrueFalse():
            return _binary_problem(kind, operand)
        case Choice(options=options) | Choices(options=options):
            return "" if _is_part(kind, operator) else _option_problem(options, operand)
        case Number() | Rating():
            return "" if _is_number(operand) else f"{shown(operand)} is no number"
        case Date():
            return "" if _is_day(operand) else f"{shown(operand)} is no day: write one such as 2026-03-01"
        case _:
            return "" if str(operand).strip() else "an answer cannot be compared with an empty text"


def _is_part(kind: QuestionType, operator: Operator) -> bool:
    """Tell whether a part of an option is enough, as where the answer is a single text."""
    return isinstance(kind, Choice) and operator == "contains"


def _binary_problem(kind: QuestionType, operand: object) -> str:
    words = ("yes", "no") if isinstance(kind, YesNo) else ("true", "false")
    if isinstance(operand, bool) or plain(operand) in {"yes", "no", "true", "false"}:
        return ""
    return f'{shown(operand)} is no answer to this question: write "{words[0]}" or "{words[1]}"'


def _option_problem(options: tuple[str, ...], operand: object) -> str:
    if plain(operand) in {plain(option) for option in options}:
        return ""
    hint = suggestion(str(operand), options) if len(options) <= limits.OPTIONS else ""
    return f"{shown(operand)} is none of the options{hint}"


def _is_number(operand: object) -> bool:
    if isinstance(operand, bool):
        return False
    try:
        return Decimal(str(operand)).is_finite()
    except InvalidOperation:
        return False


def _is_day(operand: object) -> bool:
    try:
        return isinstance(operand, str) and date.fromisoformat(operand).isoformat() == operand
    except ValueError:
        return False


def _dead_ends(flow: Flow, paths: Paths) -> Iterator[Finding]:
    """Find what every conversation passes by; a module of which nothing is reached is named once."""
    for index, module in enumerate(flow.modules):
        inside = [place for place in paths.places if place[0] == index]
        missed = [place for place in inside if place not in paths.reached]
        if inside and missed == inside:
            yield error(
                f"modules[{index}]",
                f'no conversation comes to "{module.key}": the rules before it all lead past it',
            )
        elif isinstance(module, Questions):
            for _, number in missed:
                key = module.questions[number].key
                problem = f'no conversation comes to "{key}": the rules before it all lead past it'
                yield error(f"modules[{index}].questions[{number}]", problem)
