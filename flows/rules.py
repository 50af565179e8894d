"""Branching: IF the answer is like this THEN go to a later module ELSE to another; only ever forward."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from flows.answers import AnswerValue

CONCLUSION = "conclusion"

Operator = Literal["is", "is_not", "any_of", "contains", "at_least", "at_most", "answered"]
OPERATORS: tuple[Operator, ...] = ("is", "is_not", "any_of", "contains", "at_least", "at_most", "answered")
Operand = str | int | float | bool | tuple[str | int | float | bool, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison with an answer."""

    operator: Operator
    operand: Operand

    def holds(self, value: AnswerValue) -> bool:
        """Tell whether *value*, None for a question that was skipped, satisfies the condition."""
        if self.operator == "answered":
            return (value is not None) is bool(self.operand)
        if value is None:
            return False
        return _compare(self.operator, self.operand, value)


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens at once after the question *after* was answered; all *conditions* must hold."""

    after: str
    conditions: tuple[Condition, ...]
    go_to: str | None = None
    otherwise: str | None = None  # `else` in the file
    tag: str | None = None
    score: int | None = None
    propose_stage: str | None = None

    def holds(self, value: AnswerValue) -> bool:
        """Tell whether the answer *value* satisfies all conditions."""
        return all(condition.holds(value) for condition in self.conditions)


def _compare(operator: Operator, operand: Operand, value: AnswerValue) -> bool:
    match operator:
        case "is":
            return _equal(operand, value)
        case "is_not":
            return not _equal(operand, value)
        case "any_of":
            choices = operand if isinstance(operand, tuple) else (operand,)
            values = value if isinstance(value, list) else [value]
            return any(_equal(choice, one) for choice in choices for one in values)
        case "contains":
            return _contains(operand, value)
        case "at_least":
            return _rank(value) is not None and _ordered(operand, value)
        case "at_most":
            return _rank(value) is not None and _ordered(value, operand)
        case _:
            return False


def _equal(operand: object, value: object) -> bool:
    """Compare as people do: yes/no for booleans, text without regard to case, lists by their members."""
    if isinstance(value, bool):
        return _truth(operand) is value
    if isinstance(value, list | tuple):
        wanted = operand if isinstance(operand, tuple) else (operand,)
        return {plain(v) for v in value} == {plain(w) for w in wanted}
    left, right = _rank(operand), _rank(value)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left == right
    return plain(operand) == plain(value)


def _truth(operand: object) -> bool | None:
    if isinstance(operand, bool):
        return operand
    return {"yes": True, "true": True, "no": False, "false": False}.get(plain(operand))


def _contains(operand: object, value: object) -> bool:
    wanted = operand if isinstance(operand, tuple) else (operand,)
    if isinstance(value, list | tuple):
        present = {plain(v) for v in value}
        return all(plain(w) in present for w in wanted)
    if isinstance(value, dict):
        value = value.get("label", "")
    return all(plain(w) in plain(value) for w in wanted)


def _ordered(low: object, high: object) -> bool:
    left, right = _rank(low), _rank(high)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left <= right
    if isinstance(left, str) and isinstance(right, str):
        return left <= right
    return False


def _rank(value: object) -> Decimal | str | None:
    """Return what can be put in order: a number as Decimal, an ISO date as text, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Decimal(str(value))
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except ArithmeticError:
            return value
        return number if number.is_finite() else value
    return None


def plain(value: object) -> str:
    """Return a value as conditions compare it: without case, and one blank for many."""
    return " ".join(str(value).casefold().split())
