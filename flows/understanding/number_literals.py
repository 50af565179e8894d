"""Numbers in digits, with the separators that people use in different countries."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError

_MOST_DIGITS = 15
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ٬])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})*,\d{3}")


@dataclass(frozen=True, slots=True)
class Separators:
    """The decimal and the grouping sign of a locale (CLDR, Latin digits); a space stands for every space."""

    decimal: str
    group: str


@dataclass(frozen=True, slots=True)
class Literal:
    """What a run of digits may mean, likeliest first; *sure* when it is plainly the first."""

    values: tuple[Decimal, ...]
    sure: bool = True


@cache
def separators(locale: str) -> Separators:
    """Return the separators of *locale*; of its language, then of English, where it is unknown."""
    tags = locale.replace("_", "-").split("-")
    for tag in ("-".join(tags), tags[0], "en"):
        try:
            symbols = Locale.parse(tag, sep="-").number_symbols["latn"]
        except (UnknownLocaleError, ValueError, KeyError):
            continue
        group = symbols["group"]
        return Separators(symbols["decimal"], " " if group.isspace() else group.replace("’", "'"))
    raise AssertionError


def read_literal(text: str, signs: Separators) -> Literal | None:
    """Read digits with separators; None where they are no number, such as a date.

    One separator before other than three digits is a decimal sign anywhere. Before three digits it groups
    where the locale groups with it; otherwise both meanings are given.
    """
    digits = sum(char.isdigit() for char in text)
    if digits > _MOST_DIGITS:
        return None
    if digits == len(text):
        return _plain(text)
    used = [char for char in text if not char.isdigit()]
    if "٫" in used or "٬" in used:
        return _arabic(text)
    if len(set(used)) == 2:
        return _mixed(text, used)
    sign = used[0]
    if sign in "' ":
        return _grouped(text, signs)
    return _single(text, sign, signs) if len(used) == 1 else _grouped(text, signs)


def _plain(text: str) -> Literal | None:
    """Read digits alone; a long run, or one that begins with 0, may be a telephone number."""
    padded = text[0] == "0" and len(text) > 1
    if padded and len(text) >= 6:
        return None
    return Literal((Decimal(text),), sure=len(text) < 9 and not (padded and len(text) > 2))


def _single(text: str, sign: str, signs: Separators) -> Literal:
    whole, _, part = text.partition(sign)
    decimal = Decimal(f"{whole or 0}.{part}")
    if len(part) != 3 or not 1 <= len(whole) <= 3 or whole[0] == "0":
        return Literal((decimal,), sure=len(part) < 4 or sign == signs.decimal)
    grouped = Decimal(whole + part)
    if sign == signs.group:
        return Literal((grouped,))
    return Literal((decimal, grouped) if sign == signs.decimal else (grouped, decimal), sure=False)


def _grouped(text: str, signs: Separators) -> Literal | None:
    if found := _GROUPED.fullmatch(text):
        sign = found[1]
        spaced = sign == " "
        digits = len(text) - text.count(sign)
        sure = (signs.group == " " and digits < 9) if spaced else True
        return Literal((_joined(text),), sure)
    if _INDIAN.fullmatch(text):
        return Literal((_joined(text),), sure=False)
    return None


def _mixed(text: str, used: list[str]) -> Literal | None:
    """Read two kinds of separators: the last one is the decimal sign, whatever the locale."""
    if used.count(used[-1]) != 1:
        return None
    whole, _, part = text.rpartition(used[-1])
    if used[-1] in ".," and _GROUPED.fullmatch(whole):
        return Literal((Decimal(f"{_joined(whole)}.{part}"),))
    return None


def _arabic(text: str) -> Literal | None:
    whole, _, part = text.partition("٫")
    if not whole.replace("٬", "").isdecimal() or (part and not part.isdecimal()):
        return None
    if "٬" in whole and not _GROUPED.fullmatch(whole):
        return None
    return Literal((Decimal(f"{_joined(whole)}.{part or 0}").normalize() + 0,))


def _joined(text: str) -> Decimal:
    return Decimal("".join(char for char in text if char.isdigit()))
