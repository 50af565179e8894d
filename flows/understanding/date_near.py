"""Names of months and weekdays with a slip of the finger."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from flows.understanding.calendar_words import calendar_words
from flows.understanding.number_words import is_number_word

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 4
_LONG = 8  # letters from which two slips are allowed
_MOST = 3  # texts tried
_NAMES = ("month:", "weekday:", "day:", "ordinal:", "unit_", "asap", "next")


@cache
def _names(lang: str) -> tuple[str, ...]:
    phrases = calendar_words(lang).phrases
    return tuple(
        first
        for first, entries in phrases.items()
        if len(first) >= _SHORTEST
        and any(len(phrase) == 1 and any(role.startswith(_NAMES) for role in roles) for phrase, roles in entries)
    )


def _near(word: str, lang: str) -> list[str]:
    if not _SHORTEST <= len(word) <= 20 or word in calendar_words(lang).phrases or is_number_word(word, lang):
        return []
    cutoff = 2 if len(word) >= _LONG else 1
    found = extract(word, _names(lang), scorer=OSA.distance, score_cutoff=cutoff, limit=4)
    kept = [(match, far) for match, far, _ in found if len(word) > 5 or match[0] == word[0]]
    return [match for match, far in kept if far == kept[0][1]]


def corrected(text: str, lang: str) -> Iterator[str]:
    """Yield *text* with each word unknown in *lang* replaced by the name nearest to it; few of them."""
    choices: list[list[str]] = []
    end = 0
    changed = False
    for match in _WORD.finditer(text):
        near = _near(match[0], lang)
        changed = changed or bool(near)
        choices += [[text[end : match.start()]], near or [match[0]]]
        end = match.end()
    if changed:
        for _, pieces in zip(range(_MOST), product(*choices), strict=False):
            yield "".join(pieces) + text[end:]
