"""Numbers of several lines in one reply: "1, 3", "1 and 3", "1-3", "first and third"."""

import re
from dataclasses import dataclass
from functools import cache

from flows.understanding.choice_options import Options
from flows.understanding.choice_words import ChoiceWords, choice_words
from flows.understanding.normalise import normalise, unaccent

_TOKEN = re.compile(r"\d+[^\W\d_]*[ºª°]?|[^\W\d_]+|[-~]|[^\s]")
_MOST_NUMBERS = 50
_AND = "و"


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


def counted_key(key: str, options: Options) -> str:
    """Return a key with its number words in figures."""
    return " ".join(str(options.words.numbers.get(word, word)) for word in key.split())


def is_all_of(key: str, options: Options) -> bool:
    """Tell whether a reply such as "all three" counts the options and means them all."""
    start, _, number = key.rpartition(" ")
    count = int(number) if number.isdecimal() and len(number) < 3 else options.words.numbers.get(number)
    return start in options.words.all_of and count == len(options.all)


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
    if options.lang == "ar":
        tokens = [part for token in tokens for part in _without_and(token, known)]
    if _counts_from_an_end(tokens, options):
        return None
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
        elif token.isalnum() and not _adds_nothing(tokens, at, options):
            return None
    return parts


def _without_and(token: str, known: ChoiceWords) -> list[str]:
    """Return "and the second", which is one word in Arabic, as two."""
    rest = token[1:]
    return [_AND, rest] if token.startswith(_AND) and (rest in known.ordinals or rest in known.numbers) else [token]


def _counts_from_an_end(tokens: list[str], options: Options) -> bool:
    """Tell whether a count and the first or last stand together, as in "the last two"."""
    numbers, ends = options.words.numbers, _ends(options.lang)
    beside = [at for at, token in enumerate(tokens) if token in ends]
    counts = [token for at in beside for token in (*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2])]
    return any(token.isdecimal() or numbers.get(token, 0) > 1 for token in counts)


@cache
def _ends(lang: str) -> frozenset[str]:
    """Return what names the first or the last, one or several."""
    known = choice_words(lang)
    ends = {word for word, place in known.ordinals.items() if place == 1} | known.last
    return frozenset(ends | {f"{word}s" for word in ends})


def _count(tokens: list[str], at: int, options: Options) -> int | None:
    known, token = options.words, tokens[at]
    if token.isdecimal():
        return int(token) if len(token) < 5 else None
    if token in known.last:
        return len(options.all)
    if token in known.filler:  # "one and three" and "one two three", but not "the second one"
        around = [*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2]]
        beside = {*known.ands, *known.ors, *known.numbers}
        if any(other.isalnum() and other not in beside for other in around):
            return None
    return known.ordinals.get(token) or known.numbers.get(token)


def _adds_nothing(tokens: list[str], at: int, options: Options) -> bool:
    """Tell whether a token beside numbers neither adds to them nor denies them; "no 2" is the number 2."""
    known, token = options.words, tokens[at]
    if known.is_denial(token) and not (token in known.option_words and _is_number(tokens[at + 1 : at + 2])):
        return False
    return token in known.ands or token in known.around_number


def _is_number(tokens: list[str]) -> bool:
    return any(token[0].isdecimal() for token in tokens)


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
