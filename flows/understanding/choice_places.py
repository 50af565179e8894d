"""Options named by their place in the list: "2", "#2", "option two", "the second one", "b"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flows.understanding.choice_options import Option, Options
from flows.understanding.number_words import speller

_MARKED = re.compile(r"\s*(?:#\s*\d+|\(?\d+\s*\)|\d+\s*[.:]?\s*-)\s*[.!]*\s*")
_FIGURES = re.compile(r"#?(\d{1,4})")
_DENYING = frozenset({"es", "pt"})  # languages in which "no 2" is rather "not 2" than "number 2"
_MOST_DIGITS = 9
_SHORTEST_SPELLED = 4  # letters of a number in words
_MOST_COUNTED = 10  # to which the numbers of the lines have words of their own
_DECIMAL = re.compile(r"\s*(\d{1,4})[.,](\d{1,2})\s*")


@dataclass(frozen=True, slots=True)
class Named:
    """A number that a reply states; *surely* tells that it can only be that of a line."""

    number: float
    surely: bool
    word: str = ""  # in which it was said, unless in figures
    worded: bool = False  # beside a word such as "option"


def named_number(text: str, words: tuple[str, ...], options: Options) -> Named | None:
    """Return the number that a reply states and nothing else, or None."""
    if decimal := _DECIMAL.fullmatch(text):
        return Named(float(f"{decimal[1]}.{decimal[2]}"), surely=False)
    known = options.words
    numbers = [word for word in words if _count(word, options) is not None]
    if len(numbers) > 1 or known.last.intersection(words):  # "the second one", where "one" is no number
        numbers = [word for word in numbers if word not in known.around_number]
    if len(numbers) != 1:
        return _last(words, options) if not numbers else None
    word = numbers[0]
    others = [other for other in words if other != word]
    if not all(_adds_nothing(other, options) for other in others):
        return None
    if _means_otherwise(words, words.index(word), options):
        return None
    number = _count(word, options)
    assert number is not None  # noqa: S101  it was counted above
    worded = any(other in known.option_words for other in others)
    surely = word in known.ordinals or worded
    said = "" if _FIGURES.fullmatch(word) else word
    return Named(number, surely=surely or _MARKED.fullmatch(text) is not None, word=said, worded=worded)


def _means_otherwise(words: tuple[str, ...], at: int, options: Options) -> bool:
    """Tell whether a number is denied ("2 no"; "no 2" only where "no" is no "number"), or no number ("that one")."""
    known = options.words
    before = words[at - 1] if at else ""
    denied = any(known.is_denial(word) for place, word in enumerate(words) if place not in {at, at - 1})
    numbers = before in known.option_words and options.lang not in _DENYING
    denied = denied or (known.is_denial(before) and not numbers)
    return denied or (words[at] in known.one_words and before in known.filler)


def with_unit(words: tuple[str, ...], options: Options) -> float | None:
    """Return the number of a reply such as "2 years" whose other words are words of the options."""
    counted = options.words.numbers
    numbers = [word for word in words if (word.isdecimal() and len(word) <= _MOST_DIGITS) or word in counted]
    others = [word for word in words if word not in numbers and word not in options.words.filler]
    if len(numbers) != 1 or not others or not all(word in options.counts for word in others):
        return None
    return float(counted.get(numbers[0]) or numbers[0])


def at_place(options: Options, place: float) -> list[Option]:
    """Return the option at a place, if there is one."""
    return [option for option in options.all if option.place == place]


def lettered(key: str, options: Options) -> list[Option]:
    """Return the options that a single letter may mean: the one so lettered, and those that begin with it."""
    parts = [part for part in key.split() if part not in options.words.option_words or len(part) == 1]
    if len(parts) != 1 or len(parts[0]) != 1 or not parts[0].isalpha():
        return []
    letter = parts[0]
    begins = [option for option in options.all if option.key.startswith(letter)]
    by_place = at_place(options, ord(letter) - ord("a") + 1) if letter.isascii() else []
    holds = [option for option in options.all if letter in option.words]  # "category B"
    return list(dict.fromkeys([*by_place, *begins, *holds]))


def _count(word: str, options: Options) -> float | None:
    if figures := _FIGURES.fullmatch(word):
        return float(figures[1])
    known = options.words
    if counted := known.ordinals.get(word) or known.numbers.get(word):
        return counted
    spelled = speller(options.lang).read((word,), 0) if len(word) >= _SHORTEST_SPELLED else None
    return float(spelled.value) if spelled and spelled.value > _MOST_COUNTED else None


def _last(words: Iterable[str], options: Options) -> Named | None:
    """Read "the last one"."""
    known = options.words
    said = [word for word in words if word in known.last]
    others = (word for word in words if word not in known.last)
    if len(said) != 1 or not all(_adds_nothing(word, options) for word in others):
        return None
    return Named(len(options.all), surely=True, word=said[0])


def _adds_nothing(word: str, options: Options) -> bool:
    known = options.words
    return word in known.around_number or word in known.numbers
