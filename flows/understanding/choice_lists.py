"""Numbers of several lines in one reply: "1, 3", "1 and 3", "1-3", "first and third"."""

import re
from dataclasses import dataclass

from flows.understanding.choice_options import Options
from flows.understanding.normalise import normalise, unaccent

_TOKEN = re.compile(r"\d+[^\W\d_]*[ºª°]?|[^\W\d_]+|[-~]|[^\s]")
_MOST_NUMBERS = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """The numbers of a reply that has nothing else, likeliest reading first; *loose* if some may be an "or"."""

    readings: tuple[tuple[int, ...], ...]
    loose: bool = False


def listed_numbers(text: str, options: Options) -> Listed | None:
    """Return the numbers that a reply lists, or None where it says anything else."""
    parts = _parts(text, options)
    if parts is None or not any(isinstance(part, int) for part in parts):
        return None
    numbers = [part for part in parts if isinstance(part, int)]
    if len(numbers) > _MOST_NUMBERS:
        return None
    if len(numbers) == 1:
        return _apart(numbers[0], options)
    spread, told = _spread(parts), tuple(dict.fromkeys(numbers))
    readings = tuple(dict.fromkeys((spread, told))) if spread else ()
    return Listed(readings, loose="|" in parts) if readings else None


def _apart(number: int, options: Options) -> Listed:
    """Read "13" as 1 and 3 where there are not thirteen lines."""
    count = len(options.all)
    digits = [int(digit) for digit in str(number)]
    if number > count and len(set(digits)) == len(digits) and all(1 <= digit <= count for digit in digits):
        return Listed((tuple(digits),), loose=True)
    return Listed(((number,),))


def _parts(text: str, options: Options) -> list[int | str] | None:
    """Return the numbers of a reply with "-" between the ends of ranges and "|" for "or"."""
    known = options.words
    parts: list[int | str] = []
    tokens = _TOKEN.findall(unaccent(normalise(text)))
    for at, token in enumerate(tokens):
        if token in options.counts and not token.isdecimal():  # a label, such as "Segunda"
            return None
        number = _count(tokens, at, options)
        if number is not None:
            parts.append(number)
        elif token in known.ors:
            parts.append("|")
        elif token in {"-", "~"} or (token in known.to and parts and isinstance(parts[-1], int)):
            parts.append("-")
        elif token.isalnum() and not _adds_nothing(token, options):
            return None
    return parts


def _count(tokens: list[str], at: int, options: Options) -> int | None:
    known, token = options.words, tokens[at]
    if token.isdecimal():
        return int(token) if len(token) < 5 else None
    if token in known.last:
        return len(options.all)
    if token in known.filler:  # "one and three", but not "the second one"
        around = [*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2]]
        if any(other.isalnum() and other not in known.ands and other not in known.ors for other in around):
            return None
    return known.ordinals.get(token) or known.numbers.get(token)


def _adds_nothing(token: str, options: Options) -> bool:
    known = options.words
    return token in known.ands or token in known.around_number


def _spread(parts: list[int | str]) -> tuple[int, ...]:
    """Return the numbers with those between the ends of each range; nothing where a range is too long."""
    numbers: list[int] = []
    for at, part in enumerate(parts):
        if isinstance(part, str):
            continue
        if at > 1 and parts[at - 1] == "-" and isinstance(parts[at - 2], int) and numbers[-1] < part:
            if part - numbers[-1] > _MOST_NUMBERS:
                return ()
            numbers += range(numbers[-1] + 1, part)
        numbers.append(part)
    return tuple(dict.fromkeys(numbers))
