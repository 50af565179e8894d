"""Options as they are compared with replies."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flows.understanding.answer_words import key_of, spellings
from flows.understanding.calendar_words import names_of_days
from flows.understanding.choice_words import ChoiceWords, choice_words
from flows.understanding.normalise import normalise, unaccent

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_BELOW = (
    r"<|≤|less th[ae]n|under|up to|at most|menos de|hasta|ate|moins d[e']?|jusqu ?a|weniger als|unter|bis zu|bis|"
    r"minder dan|tot|onder|اقل من|حتي"
)
_ABOVE = r">|≥|\+|more th[ae]n|over|at least|mas de|mais de|plus de|mehr als|uber|meer dan|boven|اكثر من"
BOUND = re.compile(rf"(?:{_BELOW}|{_ABOVE})(?![^\W\d_])")
_AMOUNT = re.compile(
    rf"(?P<below>{_BELOW})?\s*(?P<above>{_ABOVE})?\s*(?:de |from |von |van |من )?"
    r"(?P<low>\d+(?:[.,]\d+)?)\s*(?P<open>\+)?"
    r"(?:\s*(?:-|to|a|al|ate|et|bis|tot|until|الي|و)\s*(?P<high>\d+(?:[.,]\d+)?))?"
)
_CURRENCY = re.compile(r"[€$£¥]\s*")
_SUFFIXES = frozenset({"s", "es", "e", "en", "n", "er", "x", "ات", "ه", "ا", "ي", "يه"})
_PROCLITICS = re.compile("^و?(?:[بفك]?ال|لل)?(?=...)")
_FEWEST_NAMES = 2
_OPEN_END = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One option: its text, its place from 1 on, and what replies are compared with."""

    text: str
    place: int
    key: str
    words: tuple[str, ...]
    squeezed: frozenset[str]  # without spaces, as it may be spelled: "parttime", "fruh" and "frueh"
    numbers: frozenset[float]
    amounts: tuple[float, float] | None  # of a label that begins with a number or a range
    denies: bool  # "No experience", which "experience" does not name

    def holds(self, number: float) -> bool:
        """Tell whether a reply that is *number* may mean the label."""
        low, high = self.amounts or (1.0, 0.0)
        return number in self.numbers or low <= number <= high


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """All options of a question."""

    all: tuple[Option, ...]
    counts: Counter[str]  # for each word, in how many options it stands
    whole_words: frozenset[str]  # labels of a single word
    words: ChoiceWords
    lang: str
    names: Mapping[str, str]  # other names of the weekdays or months that the labels name, with the labels' own

    @property
    def has_bounds(self) -> bool:
        """Tell whether a label gives a range, such as "3-5 years" or "more than 5"."""
        return any(option.amounts is not None and option.amounts[0] != option.amounts[1] for option in self.all)

    @property
    def longest(self) -> int:
        return max((len(option.words) for option in self.all), default=0)


def options_of(texts: Sequence[str], lang: str) -> Options:
    """Prepare the options of a question; kept for the next reply."""
    return _prepared(tuple(texts), lang)


@lru_cache(maxsize=256)
def _prepared(texts: tuple[str, ...], lang: str) -> Options:
    words = choice_words(lang)
    found = tuple(_option(text, place, words) for place, text in enumerate(texts, start=1))
    counts = Counter(word for option in found for word in set(option.words))
    whole = frozenset(option.words[0] for option in found if len(option.words) == 1)
    return Options(found, counts, whole, words, lang, _names(counts, lang))


def _names(label_words: Iterable[str], lang: str) -> dict[str, str]:
    """Return every other name of the days that at least two labels name, with the name in the label."""
    known = names_of_days(lang)
    named = {days: word for word in label_words if (days := known.get(word)) and len(days) == 1}
    used = {day: word for days, word in named.items() for day in days}
    if len(used) < _FEWEST_NAMES:
        return {}
    other = {name: [used[day] for day in days if day in used] for name, days in known.items()}
    return {name: labels[0] for name, labels in other.items() if len(labels) == 1 and name not in used.values()}


def _option(text: str, place: int, words: ChoiceWords) -> Option:
    key = key_of(text)
    return Option(
        text=text,
        place=place,
        key=key,
        words=without_joins(key, words),
        squeezed=frozenset(form.replace(" ", "") for form in spellings(text, "de")),
        numbers=frozenset(_value(found) for found in _NUMBER.findall(key)),
        amounts=amounts_of(text),
        denies=len(key.split()) > 1 and any(words.is_denial(word) for word in key.split()),
    )


def without_joins(key: str, words: ChoiceWords) -> tuple[str, ...]:
    """Return the words of a key without "and" and its like, which may be written "&"."""
    parts = tuple(key.split())
    return tuple(part for part in parts if part not in words.ands) or parts


def is_same_word(word: str, other: str) -> bool:
    """Tell whether two words are one but for a plural, or for what Arabic writes onto a word."""
    if word == other:
        return True
    if not word.isascii():
        word, other = _bare(word), _bare(other)
        if word == other:
            return True
    short, long = sorted((word, other), key=len)
    return len(short) >= (4 if word.isascii() else 3) and long.startswith(short) and long[len(short) :] in _SUFFIXES


def _bare(word: str) -> str:
    """Return an Arabic word without "and", a preposition or the article."""
    return _PROCLITICS.sub("", word) if len(word) > 4 else word


def _value(digits: str) -> float:
    return float(digits.replace(",", "."))


def amounts_of(label: str) -> tuple[float, float] | None:
    """Return the least and the greatest number that a label such as "3-5 years" or "10+" allows."""
    found = _AMOUNT.match(_CURRENCY.sub("", unaccent(normalise(label))))
    if not found:
        return None
    low = _value(found["low"])
    if found["below"]:
        return 0.0, low
    if found["above"] or found["open"]:
        return low, _OPEN_END
    high = _value(found["high"]) if found["high"] else low
    return (low, high) if high >= low else (low, low)
