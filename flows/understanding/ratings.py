"""Reading a rating: a whole number within bounds, or as many stars."""

from decimal import Decimal

from flows.understanding.lexicon import language
from flows.understanding.number_reading import read_number
from flows.understanding.number_roles import number_roles, out_of
from flows.understanding.number_words import speller
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from flows.understanding.tokens import LONGEST, Token, cut, plain

_STARS = "⭐🌟★✭✩⭑✨"
_NONE: NotUnderstood = NotUnderstood(Problem.NOT_A_RATING)


def read_rating(text: str, locale: str, lowest: int = 1, highest: int = 5) -> Reading[int]:
    """Read a whole number from *lowest* to *highest*: "4", "four stars", "4/5", "⭐⭐⭐⭐".

    A half between two ratings is doubtful. A share of another whole ("8/10") is not converted.
    """
    if not text.strip():
        return NotUnderstood(Problem.EMPTY)
    if len(text) > LONGEST:
        return _NONE
    stars = _stars(text)
    rest = _without_whole(plain(text), language(locale), highest)
    if rest is None:
        return _NONE
    doubted = "?" in text or "؟" in text or text.rstrip().endswith("-")  # "4-" is a little less than four
    said = _rating(read_number("?" * doubted + rest, locale), lowest, highest)
    return _with_stars(stars, said, lowest, highest, bare=not any(map(str.isalnum, rest))) if stars else said


def _stars(text: str) -> int:
    bare = "".join(text.split())
    if bare and not bare.strip("*"):
        return len(bare)
    return sum(text.count(star) for star in _STARS)


def _with_stars(stars: int, said: Reading[int], lowest: int, highest: int, *, bare: bool) -> Reading[int]:
    """Weigh a count of stars against what else is said; a single star beside a number is only a sign."""
    fits = lowest <= stars <= highest
    if bare:
        return Understood(stars) if fits else _NONE
    if said == Understood(stars) or (stars == 1 and not isinstance(said, NotUnderstood)):
        return said
    values = dict.fromkeys([*_values(said), *([stars] if fits else [])])
    return Doubtful(tuple(values)[:3]) if values else _NONE


def _values(reading: Reading[int]) -> tuple[int, ...]:
    match reading:
        case Understood(value=value):
            return (value,)
        case Doubtful(values=values):
            return values
        case NotUnderstood():
            return ()


def _without_whole(text: str, lang: str, highest: int) -> str | None:
    """Return *text* without "out of 5" or "/5"; None when it is a share of another whole."""
    tokens = cut(text)
    words = [token.text for token in tokens]
    for tried in dict.fromkeys((lang, "en")):
        for at in range(1, len(tokens) - 1):
            if tried != lang and number_roles(lang).match(words, at):
                continue  # the Dutch "of" is "or"
            size = _joint(tokens, words, at, tried)
            if not size or not _number(words, at - 1, tried):
                continue
            whole = _number(words, at + size, tried)
            if whole:
                kept = words[:at] + words[at + size + whole[1] :]
                if whole[0] > highest:
                    return None
                return " ".join(kept) if whole[0] == highest else text
    return text


def _joint(tokens: tuple[Token, ...], words: list[str], at: int, lang: str) -> int:
    if words[at] == "/":
        return 1
    found = out_of(lang).match(words, at) if tokens[at].wordy else None
    return found[1] if found else 0


def _number(words: list[str], at: int, lang: str) -> tuple[int, int] | None:
    if at >= len(words):
        return None
    if words[at].isdecimal():
        return int(words[at][:6]), 1
    spelled = speller(lang).read(words, at)
    return (int(spelled.value), spelled.count) if spelled else None


def _rating(reading: Reading[Decimal], lowest: int, highest: int) -> Reading[int]:
    match reading:
        case Understood(value=value) if value % 1 == 0 and lowest <= value <= highest:
            return Understood(int(value))
        case Understood(value=value):
            values: tuple[Decimal, ...] = (value,)
        case Doubtful(values=values):
            pass
        case NotUnderstood():
            return _NONE
    kept = dict.fromkeys(n for value in values for n in _whole(value) if lowest <= n <= highest)
    return Doubtful(tuple(kept)[:3]) if kept else _NONE


def _whole(value: Decimal) -> tuple[int, ...]:
    below = int(value // 1)
    return (below,) if value == below else (below, below + 1)
