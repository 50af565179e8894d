"""Courtesies: messages that thank or say goodbye and want nothing.

The key `parting` of `words/commands.<lang>.toml` has what is said at the end ("thanks", "have a nice day"); the key
`courtesy` of `words/yes_no.<lang>.toml` what may stand beside it ("sir"). A greeting alone is none: it wants an answer.
"""

from functools import cache

from flows.understanding.answer_words import key_of, spellings
from flows.understanding.emoji import hesitates, is_wordless, sides_of
from flows.understanding.lexicon import language, table

_LONGEST = 200
_MOST_WORDS = 5
"""Of a phrase that is looked up."""


def is_courtesy(text: str, locale: str) -> bool:
    """Tell whether *text* says nothing but thanks or goodbye, in words or in friendly emoji."""
    if not text or len(text) > _LONGEST or "?" in text or "؟" in text:
        return False
    if hesitates(text) or False in sides_of(text):
        return False
    return is_wordless(text) or _parts(key_of(text).split(), language(locale))


def _parts(words: list[str], lang: str) -> bool:
    """Tell whether *words* are phrases of courtesy, and one of them a parting."""
    parting, beside = _said("commands", "parting", lang), _said("yes_no", "courtesy", lang)
    reached: dict[int, bool] = {0: False}  # how far phrases lead, and whether there may be a parting among them
    for start in range(len(words)):
        if start not in reached:
            continue
        for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
            said = " ".join(words[start:end])
            if said in parting or said in beside:
                reached[end] = reached.get(end, False) or reached[start] or said in parting
    return reached.get(len(words), False)


@cache
def _said(name: str, key: str, lang: str) -> frozenset[str]:
    """Return what *key* lists in *lang* and in English."""
    langs = dict.fromkeys((lang, "en"))
    return frozenset(form for each in langs for phrase in table(name, each)[key] for form in spellings(phrase, each))
