"""Numbers spelled out in words, up to 999,999,999, exactly as each language spells them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from flows.understanding.lexicon import Words, as_words, table

_LONGEST_WORD = 100
_MOST_WORDS = 16
_LONGEST_SMALL = 6  # parts of a number below a hundred
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number found in words: its value, the words it took, and whether it is only "a" or "un"."""

    value: Decimal
    count: int
    article: bool


@dataclass(frozen=True, slots=True)
class Speller:
    """How one language spells numbers. All words are folded; a compound is split into its parts."""

    small: Mapping[Words, int]  # 0 to 99
    hundreds: Mapping[Words, int]  # hundreds that are one phrase, such as "quinientos"
    thousands: Mapping[Words, int]  # likewise, such as the Arabic dual
    halves: Mapping[Words, Decimal]  # 1.5 in one word
    half_endings: frozenset[str]  # parts of a word that add a half
    hundred: frozenset[str]
    thousand: frozenset[str]
    million: frozenset[str]
    multiplied: frozenset[str]  # of these three, words that say nothing without a number before them
    joins: frozenset[str]  # words between hundreds and what follows
    articles: frozenset[str]
    weak_articles: frozenset[str]  # words that mean one only before a hundred, a thousand, a million
    vocabulary: frozenset[str]

    def split(self, word: str) -> Words | None:
        """Return the parts of which *word* consists, or None where it has another part."""
        if word in self.vocabulary:
            return (word,)
        if len(word) > _LONGEST_WORD:
            return None
        for size in range(min(len(word) - 1, 14), 0, -1):
            if word[:size] in self.vocabulary and (rest := self.split(word[size:])):
                return (word[:size], *rest)
        return None

    def read(self, words: Sequence[str], start: int) -> Spelled | None:
        """Return the longest number that begins with the word at *start* and ends with a whole word."""
        parts, ends = self._parts(words, start)
        if not parts or parts[0] in self.joins:
            return None
        found = self._halved(parts) or self._number(parts)
        if found is None:
            return None
        value, end = found
        if end < len(parts) and parts[end] in self.half_endings:
            value, end = value + _HALF, end + 1
        if end not in ends:
            return None
        article = end == 1 and parts[0] in self.articles
        return Spelled(Decimal(value), ends[end], article)

    def _parts(self, words: Sequence[str], start: int) -> tuple[Words, dict[int, int]]:
        parts: list[str] = []
        ends: dict[int, int] = {}
        for count, word in enumerate(words[start : start + _MOST_WORDS], 1):
            split = self.split(word)
            if split is None:
                break
            parts += split
            ends[len(parts)] = count
        return tuple(parts), ends

    def _halved(self, parts: Words) -> tuple[Decimal, int] | None:
        found = _longest(self.halves, parts, 0, 3)
        return (self.halves[parts[:found]], found) if found else None

    def _number(self, parts: Words) -> tuple[Decimal, int] | None:
        total = 0
        end = 0
        for scale, names in ((1_000_000, self.million), (1_000, self.thousand)):
            start = self._after_join(parts, end)
            if found := self._scaled(parts, start, scale, names):
                total, end = total + found[0], found[1]
        if found := self._below_thousand(parts, self._after_join(parts, end)):
            total, end = total + found[0], found[1]
        return (Decimal(total), end) if end else None

    def _scaled(self, parts: Words, start: int, scale: int, names: frozenset[str]) -> tuple[int, int] | None:
        if scale == 1_000 and (size := _longest(self.thousands, parts, start, 2)):
            return self.thousands[parts[start : start + size]], start + size
        found = self._below_thousand(parts, start)
        if found is None:
            return self._bare(parts, start, scale, names)
        value, end = found
        return (value * scale, end + 1) if end < len(parts) and parts[end] in names and value else None

    def _below_thousand(self, parts: Words, start: int) -> tuple[int, int] | None:
        hundreds = self._hundreds(parts, start)
        if hundreds is None:
            size = _longest(self.small, parts, start, _LONGEST_SMALL)
            return (self.small[parts[start : start + size]], start + size) if size else None
        value, end = hundreds
        rest = self._after_join(parts, end)
        size = _longest(self.small, parts, rest, _LONGEST_SMALL)
        small = self.small[parts[rest : rest + size]] if size else 0
        return (value + small, rest + size) if small else (value, end)

    def _hundreds(self, parts: Words, start: int) -> tuple[int, int] | None:
        if size := _longest(self.hundreds, parts, start, 2):
            return self.hundreds[parts[start : start + size]], start + size
        if bare := self._bare(parts, start, 100, self.hundred):
            return bare
        size = _longest(self.small, parts, start, _LONGEST_SMALL)
        end = start + size
        if not size or end >= len(parts) or parts[end] not in self.hundred:
            return None
        value = self.small[parts[start:end]]
        return (value * 100, end + 1) if value and value % 10 else None

    def _bare(self, parts: Words, start: int, scale: int, names: frozenset[str]) -> tuple[int, int] | None:
        """Read "hundred" or "a hundred"."""
        if start < len(parts) and parts[start] in self.weak_articles:
            start += 1
        if start < len(parts) and parts[start] in names - self.multiplied:
            return scale, start + 1
        return None

    def _after_join(self, parts: Words, end: int) -> int:
        return end + 1 if 0 < end < len(parts) - 1 and parts[end] in self.joins else end


def _longest(entries: Mapping[Words, object], parts: Words, start: int, most: int) -> int:
    for size in range(min(most, len(parts) - start), 0, -1):
        if parts[start : start + size] in entries:
            return size
    return 0


@cache
def speller(lang: str) -> Speller:
    """Return how *lang* spells numbers."""
    data = table("numbers", lang)
    small = _small(data)
    sets = {
        name: frozenset(word for phrase in data.get(name, ()) for word in as_words(phrase))
        for name in (
            *("hundred", "thousand", "million", "multiplied", "joins"),
            *("articles", "weak_articles", "half_endings"),
        )
    }
    hundreds, thousands = _values(data.get("hundreds", {})), _values(data.get("thousands", {}))
    halves = {as_words(word): Decimal(v) for v, words in data.get("halves", {}).items() for word in words}
    vocabulary = _vocabulary((*small, *hundreds, *thousands, *halves)).union(*sets.values())
    return Speller(small, hundreds, thousands, halves, vocabulary=vocabulary, **sets)


def _vocabulary(phrases: Iterable[Words]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in phrase)


def _values(entries: Mapping[str, Sequence[str]]) -> dict[Words, int]:
    return {as_words(phrase): int(value) for value, phrases in entries.items() for phrase in phrases}


def _small(data: Mapping[str, Any]) -> dict[Words, int]:
    """Return every spelling of 0 to 99: those given, and tens with ones as `pairs` puts them together."""
    given = _values(data["values"])
    ones = [(words, value) for words, value in given.items() if 0 < value < 10]
    tens = [(words, value) for words, value in given.items() if value >= 20 and value % 10 == 0]
    pairs = {
        as_words(pattern.format(tens=" ".join(ten[0]), ones=" ".join(one[0]))): ten[1] + one[1]
        for pattern in data["pairs"]
        for ten in tens
        for one in ones
    }
    return {**pairs, **given}


@lru_cache(maxsize=4096)
def is_number_word(word: str, lang: str) -> bool:
    """Tell whether the folded *word* spells a number in *lang*, alone or as part of one."""
    return speller(lang).split(word) is not None
