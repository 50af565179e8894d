"""Whether a reply takes up the words of what was asked, so that it is rather an answer than a command."""

import tomllib
from functools import cache
from importlib import resources

from flows.understanding.answer_words import UNKNOWN, Role, answer_words, key_of
from flows.understanding.choice_options import is_same_word
from flows.understanding.choice_words import choice_words
from flows.understanding.lexicon import language

_STEM = 6  # letters in which words that are one but for their endings agree
_FEWEST = 3  # letters of a word that tells something
_BESIDE = frozenset({Role.COURTESY, Role.NEGATION, Role.TURN})
_BARE_COUNT = 2  # words of "eine Person"


def names_people(text: str) -> bool:
    """Tell whether a text speaks of people who can be counted, in any language."""
    words = key_of(text).split()
    return any(word.removeprefix("ال").startswith(_people()) for word in words)


def is_bare_count(text: str) -> bool:
    """Tell whether a text is no more than one word, or an article or number and a word."""
    return len(key_of(text).split()) <= _BARE_COUNT


def is_one_word(text: str) -> bool:
    """Tell whether a text is a single word."""
    return " " not in key_of(text)


def takes_up(text: str, asked: str, locale: str) -> bool:
    """Tell whether at least half of what tells something in *text* was said in what was asked."""
    lang = language(locale)
    known, heard = choice_words(lang), key_of(asked).split()
    words = [word for word in key_of(text).split() if len(word) >= _FEWEST and _role(word, lang) not in _BESIDE]
    taken = [word for word in words if any(_akin(word, other) for other in heard)]
    others = [w for w in words if w not in taken and w not in known.filler and not known.is_denial(w)]
    return bool(taken) and len(taken) >= len(others)


def is_part_of(text: str, label: str, locale: str) -> bool:
    """Tell whether *text* is nothing but words of *label*, with courtesies and one article at most."""
    added, taken = _compared(text, label, locale)
    return bool(taken) and len(added) <= 1 and all(word in choice_words(language(locale)).filler for word in added)


def is_label(text: str, label: str, locale: str) -> bool:
    """Tell whether *text* is *label* but for courtesies, and for an article that one of them has."""
    added, taken = _compared(text, label, locale)
    missing = [word for word in key_of(label).split() if word not in taken]
    differing = [*added, *missing]
    known = choice_words(language(locale))
    return bool(taken) and len(differing) <= 1 and all(word in known.filler for word in differing)


def _compared(text: str, label: str, locale: str) -> tuple[list[str], list[str]]:
    """Return the words of *text* that are neither courtesies nor in *label*, and those that are in it."""
    lang, wanted = language(locale), key_of(label).split()
    words = key_of(text).split()
    taken = [word for word in words if any(is_same_word(word, other) for other in wanted)]
    added = [word for word in words if word not in taken and _role(word, lang) is not Role.COURTESY]
    return added, [other for other in wanted if any(is_same_word(word, other) for word in taken)]


def _role(word: str, lang: str) -> Role:
    return answer_words(lang, true_false=False).phrases.get(word, UNKNOWN).role


def _akin(word: str, other: str) -> bool:
    return is_same_word(word, other) or (len(word) >= _STEM and word[:_STEM] == other[:_STEM])


@cache
def _people() -> tuple[str, ...]:
    file = resources.files("flows.understanding") / "words" / "people.toml"
    return tuple(key_of(word) for word in tomllib.loads(file.read_text("utf-8"))["people"])
