"""The ways through a campaign: where each question may lead, what is reached, what may be passed by.

Answers of a type with few values, and numbers and days, are tried out; for the others every rule is taken to
hold for some and to fail for some.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from flows.answers import AnswerValue
from flows.flow import Flow
from flows.modules.questions import Question, Questions
from flows.question_types import Choice, Date, Number, Rating, TrueFalse, YesNo
from flows.rules import CONCLUSION, Rule

OPERANDS = 200
"""Values in the rules of one question beyond which nothing is tried out."""

Place = tuple[int, int]
"""A question as (module, question), another module as (module, 0), the end as (count of modules, 0)."""


@dataclass(frozen=True)
class Paths:
    """All ways through one campaign."""

    flow: Flow

    @property
    def end(self) -> Place:
        return len(self.flow.modules), 0

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """All places in the order of the file; a module of questions without any is none."""
        inner = [(m, q) for m, module in enumerate(self.flow.modules) for q in range(_length(module))]
        return (*inner, self.end)

    @cached_property
    def question_places(self) -> Mapping[str, Place]:
        """Where each question stands; the first of those that share a key."""
        found: dict[str, Place] = {}
        for place in self.places[:-1]:
            if question := self.question(place):
                found.setdefault(question.key, place)
        return found

    @cached_property
    def edges(self) -> Mapping[Place, frozenset[Place]]:
        """Where each place may lead."""
        return {
            place: self._edges(place, following) for place, following in zip(self.places, self.places[1:], strict=False)
        }

    @cached_property
    def reached(self) -> frozenset[Place]:
        """Every place that some conversation comes to."""
        return self._reached_without(None)

    def question(self, place: Place) -> Question | None:
        """Return the question at a place, None where another module or the conclusion is."""
        if place == self.end:
            return None
        module = self.flow.modules[place[0]]
        return module.questions[place[1]] if isinstance(module, Questions) else None

    def rules_after(self, key: str) -> tuple[Rule, ...]:
        """Return the rules of a question in their order."""
        return tuple(rule for rule in self.flow.rules if rule.after == key)

    def target(self, rule: Rule, key: str | None) -> Place | None:
        """Return where the module *key* begins, None where a rule may not lead there."""
        source = self.question_places.get(rule.after)
        if key is None or source is None:
            return None
        if key == CONCLUSION:
            return self.end
        later = (m for m, module in enumerate(self.flow.modules) if module.key == key and m > source[0])
        index = next(later, None)
        return None if index is None else next(place for place in self.places if place >= (index, 0))

    def may_lack(self, key: str, place: Place) -> bool:
        """Tell whether a conversation may come to *place* without an answer to the question *key*."""
        question = self.question(self.question_places[key])
        if question is None or can_be_skipped(question):
            return True
        return place in self._reached_without(self.question_places[key])

    def _reached_without(self, avoided: Place | None) -> frozenset[Place]:
        waiting, seen = [self.places[0]], set[Place]()
        while waiting:
            place = waiting.pop()
            if place not in seen and place != avoided:
                seen.add(place)
                waiting += self.edges.get(place, ())
        return frozenset(seen)

    def _edges(self, place: Place, following: Place) -> frozenset[Place]:
        question = self.question(place)
        rules = self.rules_after(question.key) if question else ()
        if question is None or not rules:
            return frozenset({following})
        values = possible_values(question, rules)
        if values is None:
            return frozenset(self._any_of(rules, following))
        return frozenset(self._after(rules, value, following) for value in values)

    def _after(self, rules: Sequence[Rule], value: AnswerValue, following: Place) -> Place:
        """Return where an answer leads: the first rule that says so decides."""
        for rule in rules:
            target = self.target(rule, rule.go_to if rule.holds(value) else rule.otherwise)
            if target is not None:
                return target
        return following

    def _any_of(self, rules: Sequence[Rule], following: Place) -> set[Place]:
        targets = set[Place]()
        for rule in rules:
            then, otherwise = self.target(rule, rule.go_to), self.target(rule, rule.otherwise)
            targets |= {target for target in (then, otherwise if rule.conditions else None) if target}
            if then and (otherwise or not rule.conditions):
                return targets
        return targets | {following}


def can_be_skipped(question: Question) -> bool:
    """Tell whether a conversation may go on without an answer to it."""
    return not question.required or not question.call_person


def possible_values(question: Question, rules: Iterable[Rule]) -> tuple[AnswerValue, ...] | None:
    """Return values that stand for all answers as far as *rules* can tell, None where there are too many."""
    operands = [operand for rule in rules for condition in rule.conditions for operand in _each(condition.operand)]
    values: Sequence[AnswerValue] = ()
    if len(operands) > OPERANDS:
        return None
    match question.type:
        case YesNo() | TrueFalse():
            values = [True, False]
        case Choice(options=options):
            values = options
        case Rating():
            values = range(1, 6)
        case Number(min=low, max=high):
            values = _numbers(operands, low, high)
        case Date(min=first, max=last):
            values = _days(operands, first, last)
    if not values:
        return None
    return (*values, None) if can_be_skipped(question) else tuple(values)


def _length(module: object) -> int:
    return len(module.questions) if isinstance(module, Questions) else 1


def _each(operand: object) -> tuple[object, ...]:
    return operand if isinstance(operand, tuple) else (operand,)


def _numbers(operands: Iterable[object], low: Decimal | None, high: Decimal | None) -> list[float]:
    """Return the borders, what lies between them, and what lies beyond."""
    borders = sorted(
        {*(n for n in map(_number, operands) if n is not None), *(n for n in (low, high) if n is not None)}
    )
    if not borders:
        return [0]
    between = [(left + right) / 2 for left, right in pairwise(borders)]
    tried = sorted([borders[0] - 1, *borders, *between, borders[-1] + 1])
    return [float(n) for n in tried if (low is None or n >= low) and (high is None or n <= high)]


def _number(operand: object) -> Decimal | None:
    if isinstance(operand, bool) or not isinstance(operand, int | float | str):
        return None
    try:
        number = Decimal(str(operand))
    except ArithmeticError:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 20 else None


def _days(operands: Iterable[object], first: date | None, last: date | None) -> list[str]:
    """Return the borders and the days beside them."""
    borders = {*(day for day in map(_day, operands) if day), *(day for day in (first, last) if day)}
    borders = borders or {date(2000, 1, 1)}
    tried = sorted(near for day in borders for near in _near(day))
    return [day.isoformat() for day in tried if (first is None or day >= first) and (last is None or day <= last)]


def _near(day: date) -> tuple[date, ...]:
    one = timedelta(days=1)
    return (*((day - one,) if day > date.min else ()), day, *((day + one,) if day < date.max else ()))


def _day(operand: object) -> date | None:
    try:
        return date.fromisoformat(operand) if isinstance(operand, str) else None
    except ValueError:
        return None
