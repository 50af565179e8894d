"""Number words with a slip of the finger."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import product

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from flows.understanding.number_roles import number_roles
from flows.understanding.number_words import speller
from flows.understanding.tokens import Token

_SHORTEST = 4
_LONG = 7  # letters from which two slips are allowed
_MOST = 3  # texts tried
_SAME_SOUND = ("cszkq", "vbfw", "yij")


@cache
def _spellings(lang: str) -> tuple[str, ...]:
    how = speller(lang)
    joined = {"".join(words) for words in how.small}
    return tuple(sorted(word for word in joined | how.vocabulary if len(word) >= _SHORTEST))


def _sounds(letter: str) -> str:
    return next((same for same in _SAME_SOUND if letter in same), letter)


def near_words(word: str, lang: str) -> list[str]:
    """Return the number words of *lang* nearest to the folded *word*, if any is near enough.

    A short word must keep the sound of its first letter: "tree" may be "three" and "sinco" "cinco",
    but "hive" is not "five".
    """
    if len(word) < _SHORTEST or len(word) > 30:
        return []
    cutoff = 2 if len(word) >= _LONG else 1
    found = extract(word, _spellings(lang), scorer=OSA.distance, score_cutoff=cutoff, limit=4)
    kept = [(match, far) for match, far, _ in found if len(word) > 5 or _sounds(match[0]) == _sounds(word[0])]
    return [match for match, far in kept if far == kept[0][1]]


def corrected(tokens: Sequence[Token], lang: str) -> Iterator[tuple[Token, ...]]:
    """Yield *tokens* with each word unknown in *lang* replaced by a number word near to it; few of them."""
    words = [token.text for token in tokens]
    known = number_roles(lang)
    choices: list[list[Token]] = []
    changed = False
    for at, token in enumerate(tokens):
        near = []
        if token.wordy and not known.match(words, at) and not speller(lang).split(token.text):
            near = near_words(token.text, lang)
        changed = changed or bool(near)
        choices.append([replace(token, text=word) for word in near] or [token])
    if changed:
        for _, combination in zip(range(_MOST), product(*choices), strict=False):
            yield combination
