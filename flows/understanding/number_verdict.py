"""What the numbers of a text and the words around them come to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from flows.understanding.number_items import Item, Quantity
from flows.understanding.number_roles import COUNTED, HARMLESS
from flows.understanding.number_sums import of_months
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood

_NONE: NotUnderstood = NotUnderstood(Problem.NOT_A_NUMBER)
_SEVERAL: NotUnderstood = NotUnderstood(Problem.SEVERAL_NUMBERS)
_LINKS = frozenset({"or", "to"})
_MOST_UNKNOWN = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reading, and whether only words unknown to the language made it doubtful."""

    reading: Reading[Decimal]
    strange: bool = False


def judge(items: list[Item], *, asked: bool) -> Verdict:
    """Judge the items of a whole text; *asked* when it holds a question mark."""
    items = _without_articles(items)
    at = [i for i, item in enumerate(items) if item.quantity]
    if not at:
        return _zero(items, asked=asked)
    if len(at) == 1:
        return _one(items, at[0], asked=asked)
    return Verdict(_several(items, at))


def _without_articles(items: list[Item]) -> list[Item]:
    """Drop "a" and "un" beside another number, unless they stand in a range or a choice."""
    if all(item.quantity is None or item.quantity.article for item in items):
        return items
    return [
        replace(item, quantity=None, roles=item.roles | {"filler"}) if _idle(items, at) else item
        for at, item in enumerate(items)
    ]


def _idle(items: list[Item], at: int) -> bool:
    """Tell whether the article at *at* counts nothing; "ein zwei Jahre" are one or two years, "un 4" is four.

    With a unit it is part of a rate after another number ("8 horas un día"), and a number before one.
    """
    quantity = items[at].quantity
    opens = at > 0 and "comma" in items[at - 1].roles and not any(item.quantity for item in items[:at])
    around = (*items[max(at - 1, 0) : at if not opens else 0], *items[at + 1 : at + 2])
    if quantity is None or not quantity.article or any(item.roles & {"or", "to", "and"} for item in around):
        return False
    last = not any(item.quantity for item in items[at + 1 :])
    if any(role.startswith("single:") for role in items[at].roles):
        return last
    if at + 1 == len(items):
        return False
    following = items[at + 1]
    return following.quantity.values[0] != 2 if following.quantity else last or not following.roles & COUNTED


def _zero(items: list[Item], *, asked: bool) -> Verdict:
    """Read "none"; beside a word that this language lacks it says nothing."""
    if not any("zero" in item.roles for item in items):
        return Verdict(_NONE)
    rest = [item for item in items if "zero" not in item.roles]
    if not asked and all(item.roles & HARMLESS for item in rest):
        return Verdict(Understood(Decimal(0)))
    if all(item.roles for item in rest) and not any(item.roles & {"blocked", "no"} for item in rest):
        return Verdict(Doubtful((Decimal(0),)))
    return Verdict(_NONE)


def _one(items: list[Item], at: int, *, asked: bool) -> Verdict:
    quantity = items[at].quantity
    if quantity is None:
        return Verdict(_NONE)
    others = [item for i, item in enumerate(items) if i != at]
    if quantity.article and any("bare_half" in item.roles for item in others):
        return Verdict(_NONE)
    if quantity.article and not _counts_one(items, at):
        return _article(quantity, others)
    if at and "nots" in items[at - 1].roles and not any("doubt" in item.roles for item in others):
        return Verdict(_NONE)
    values = _meant(quantity, items[at:])
    if asked or len(values) > 1 or not quantity.sure or any(map(_doubts, others)) or _vague(items, at):
        return Verdict(Doubtful(values[:3]))
    if any(not item.roles for item in others) and not _tail_only(items, at):
        return Verdict(Doubtful(values), strange=True)
    return Verdict(Understood(_tidy(values[0])))


def _tidy(value: Decimal) -> Decimal:
    """Return an equal number without zeros after the decimal point."""
    return value.to_integral_value() if value % 1 == 0 else value.normalize()


def _counts_one(items: list[Item], at: int) -> bool:
    """Tell whether "un" counts something: a unit follows, or nothing at all stands beside it."""
    if any(role.startswith("single:") for role in items[at].roles):
        return not any(not item.roles for item in items)
    after = items[at + 1 : at + 2]
    return len(items) == 1 or bool(after and after[0].roles & COUNTED and "per" not in after[0].roles)


def _article(quantity: Quantity, others: list[Item]) -> Verdict:
    """Judge a lone "un": with one more word it may be one of something."""
    strange = sum(not item.roles for item in others)
    blocked = any(item.roles & {"blocked", "doubt", "nots", "no"} for item in others)
    if blocked or strange > 1 or (strange == 1 and len(others) > 1):
        return Verdict(_NONE)
    return Verdict(Doubtful(quantity.values), strange=bool(strange))


def _doubts(item: Item) -> bool:
    return (bool(item.roles) and not item.roles & HARMLESS) or bool(item.roles & {"doubt", "nots", "plus"})


def _vague(items: list[Item], at: int) -> bool:
    """Tell whether weeks or months are counted, which a question may want otherwise, or a place or a bound is named."""
    before = items[at - 1].roles if at else frozenset[str]()
    if "from" in before and "years" not in _unit(items[at:]):
        return True
    placed = "point" in before or ("into" in before and "filler" not in before)
    return placed or bool(_unit(items[at:]) & {"weeks", "months"})


def _meant(quantity: Quantity, following: list[Item]) -> tuple[Decimal, ...]:
    if "months" in _unit(following) and len(quantity.values) == 1:
        return of_months(quantity.values[0])
    return quantity.values


def _unit(following: Sequence[Item]) -> frozenset[str]:
    """Return the roles of the unit that directly follows a number, unless it says how often."""
    own, after = following[0].roles, following[1].roles if len(following) > 1 else frozenset()
    if single := frozenset(role.removeprefix("single:") for role in own if role.startswith("single:")):
        return single  # "a month", which is no rate where it is the number itself
    roles = own if own & COUNTED else after
    return frozenset() if "per" in roles else roles


def _tail_only(items: list[Item], at: int) -> bool:
    """Tell whether strange words only say where the counted time was spent: "3 years in a bakery"."""
    into = next((i for i, item in enumerate(items) if i > at and "into" in item.roles), len(items))
    strange = [i for i, item in enumerate(items) if not item.roles and not item.quantity]
    counted = any(item.roles & COUNTED for item in items[at + 1 : into])
    return counted and strange[0] > into and len(strange) <= _MOST_UNKNOWN


def _several(items: list[Item], at: list[int]) -> Reading[Decimal]:
    found = [quantity for item in items if (quantity := item.quantity)]
    values = tuple(dict.fromkeys(quantity.values[0] for quantity in found))
    if len(values) == 1:
        return _same(items, found)
    if len(found) > 3 or any("nots" in item.roles for item in items):
        return _SEVERAL
    if all(_linked(items[first + 1 : second], items[first], items[second]) for first, second in pairwise(at)):
        return Doubtful(values)
    return _SEVERAL


def _same(items: list[Item], found: list[Quantity]) -> Reading[Decimal]:
    """Judge one number given twice: "5 (five)" is plain, and so is an Arabic year with its "one"."""
    told_apart = {(quantity.spelled, quantity.article) for quantity in found}
    twice = len(told_apart) == len(found) == 2
    rest = (item for item in items if not item.quantity)
    if twice and all(quantity.sure for quantity in found) and all(item.roles & HARMLESS for item in rest):
        return Understood(found[0].values[0])
    return Doubtful(found[0].values)


def _linked(between: list[Item], first: Item, second: Item) -> bool:
    """Tell whether two numbers are given as a range or a choice: "5 or 6", "5-6", "cinco seis"."""
    if not all(item.roles for item in between):
        return False
    if any(item.roles & _LINKS for item in between):
        return True
    if between or not (first.quantity and second.quantity):
        return False
    return second.quantity.values[0] == first.quantity.values[0] + 1
