"""Numbers that people put together from pieces: "two and a half", "3 years and 6 months"."""

from dataclasses import replace
from decimal import Decimal

from flows.understanding.number_items import Item, Quantity
from flows.understanding.number_roles import COUNTED, NOTHING

_HALF = Decimal("0.5")
_QUARTER = Decimal("0.25")
_MONTHS = 12
_THOUSAND, _MILLION = 1_000, 1_000_000


def combine(items: list[Item]) -> list[Item]:
    """Return *items* with pieces of one number made one."""
    items = _points(items)
    items = _thousands(items)
    items = _fractions(items)
    items = _halves(items)
    return _years_and_months(items)


def _points(items: list[Item]) -> list[Item]:
    """Read "two point five"."""
    for at in range(1, len(items) - 1):
        whole, part = items[at - 1].quantity, items[at + 1].quantity
        if "point" not in items[at].roles or not (whole and part) or whole.values[0] % 1:
            continue
        digits = str(part.values[0])
        if digits.isdecimal() and len(digits) <= 2:
            value = Decimal(f"{whole.values[0]}.{digits}")
            return [*items[: at - 1], Item(NOTHING, Quantity((value,), spelled=True)), *items[at + 2 :]]
    return items


def _thousands(items: list[Item]) -> list[Item]:
    """Read "5 mil 500", and with less certainty "5 mil e 500"."""
    for at in range(1, len(items)):
        joined = "and" in items[at - 1].roles and at > 1
        before = at - 2 if joined else at - 1
        whole, part = items[before].quantity, items[at].quantity
        if whole and part and _goes_on(whole, part):
            total = replace(whole, values=(whole.values[0] + part.values[0],), sure=not joined)
            return [*items[:before], Item(NOTHING, total), *items[at + 1 :]]
    return items


def _goes_on(whole: Quantity, part: Quantity) -> bool:
    """Tell whether hundreds may be added to thousands; the "a" of "25k a year" is none."""
    return whole.scaled and whole.sure and part.sure and not part.article and 0 < part.values[0] < 1_000


def _fractions(items: list[Item]) -> list[Item]:
    """Read "2 1/2" and "2 and 1/2"."""
    for at in range(1, len(items)):
        part = items[at].quantity
        before = at - 2 if "and" in items[at - 1].roles and at > 1 else at - 1
        whole = items[before].quantity
        if not (part and part.fraction and whole) or whole.values[0] % 1:
            continue
        if len(part.values) > 1:
            part = replace(part, values=part.values[:1])
        total = replace(whole, values=(whole.values[0] + part.values[0],), article=False)
        return [*items[:before], Item(NOTHING, total), *items[at + 1 :]]
    return items


def _halves(items: list[Item]) -> list[Item]:
    """Read "two and a half", "two years and a half" and "año y medio"."""
    for at in range(1, len(items)):
        if not items[at].roles & {"half", "quarter"}:
            continue
        part = _HALF if "half" in items[at].roles else _QUARTER
        for whole in range(at - 1, max(at - 3, -1), -1):
            if quantity := items[whole].quantity:
                return [
                    *items[:whole],
                    replace(items[whole], quantity=_with_part(quantity, part)),
                    *items[whole + 1 : at],
                    *items[at + 1 :],
                ]
            if not items[whole].roles & COUNTED:
                break
        if items[at - 1].roles & COUNTED:
            one = Item(NOTHING, Quantity((1 + part,), spelled=True))
            return [*items[: at - 1], one, items[at - 1], *items[at + 1 :]]
    return items


def _with_part(whole: Quantity, part: Decimal) -> Quantity:
    """Add a half or a quarter: of a million to "un millón", perhaps of a thousand to "dos mil"."""
    value = whole.values[0]
    if whole.scaled and value % _MILLION == 0:
        return replace(whole, values=(value + part * _MILLION,), article=False)
    if whole.scaled:
        return replace(whole, values=(value + part * _THOUSAND, value + part), sure=False)
    return replace(whole, values=tuple(value + part for value in whole.values), article=False)


def _years_and_months(items: list[Item]) -> list[Item]:
    """Read "3 years and 6 months", which the question may want as 3.5 or as 3."""
    at = [i for i, item in enumerate(items) if item.quantity]
    if len(at) != 2:
        return items
    first, second = (items[i].quantity for i in at)
    between, after = items[at[0] : at[1]], items[at[1] :]
    if not (first and second and _counts(between, "years") and _counts(after, "months")):
        return items
    years, months = first.values[0], second.values[0]
    if not (years % 1 == 0 and months < _MONTHS):
        return items
    both = Quantity((_in_years(years * _MONTHS + months), years), sure=False)
    return [*items[: at[0]], Item(frozenset({"years"}), both), *items[at[1] + 2 :]]


def _counts(items: list[Item], unit: str) -> bool:
    return unit in items[0].roles or (len(items) > 1 and unit in items[1].roles)


def _in_years(months: Decimal) -> Decimal:
    return round(months / _MONTHS, 2).normalize() + 0


def of_months(months: Decimal) -> tuple[Decimal, ...]:
    """Return what a number of months may mean where years could be wanted too."""
    return (months, _in_years(months)) if months >= _QUARTER * _MONTHS else (months,)
