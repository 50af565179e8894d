"""What the number in a reply counts, where the question asks for a number of something else."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from itertools import pairwise

from flows.understanding.answer_words import key_of
from flows.understanding.lexicon import LANGUAGES, language
from flows.understanding.number_words import is_number_word

_PART = re.compile(r"\d+|[^\W\d_]+|[%€$£]")  # of "5km" and "£5"
_SIGNS = frozenset("%€$£")
_SHORTEST_ANYWHERE = 4  # letters of a word that is looked for in a question: the Spanish "mes" is French for "my"


def counts_something_else(reply: str, locale: str, unit: str, asked: str) -> bool:
    """Tell whether a reply names units, and none of those that are asked for: by *unit*, or else in the question."""
    wanted = _named(unit, LANGUAGES) or _named(asked, LANGUAGES, shortest=_SHORTEST_ANYWHERE)
    said = _counted(reply, language(locale))
    return bool(wanted and said) and wanted.isdisjoint(said)


def _named(text: str, langs: Iterable[str], *, shortest: int = 1) -> frozenset[str]:
    words = [key_of(part) for part in _PART.findall(text)] if text else []
    known = [_kinds(lang) for lang in langs]
    found = (kinds[word] for kinds in known for word in words if word in kinds and len(word) >= shortest)
    return frozenset(found)


def _counted(reply: str, lang: str) -> frozenset[str]:
    """Return what the numbers of a reply count; "buenos días, 3" counts no days."""
    parts = ["", *_PART.findall(reply)]
    units = [part for before, part in pairwise(parts) if part in _SIGNS or _is_number(key_of(before), lang)]
    return _named(" ".join(units), (lang, "en"))


def _is_number(word: str, lang: str) -> bool:
    return word.isdecimal() or is_number_word(word, lang)


@cache
def _kinds(lang: str) -> Mapping[str, str]:
    """Return the words for units in a language, with what they measure."""
    return {key_of(word): kind for kind, words in _table().items() for word in words[lang]}


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    file = resources.files("flows.understanding") / "words" / "units.toml"
    return tomllib.loads(file.read_text("utf-8"))
