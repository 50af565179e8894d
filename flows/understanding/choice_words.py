"""The words with which people pick from a list.

The tables `words/choices.<lang>.toml` have these keys: `ands` and `ors` join items, `to` makes a range of two
numbers. `option_words` go before a number ("option 2"), `one_words` after an ordinal ("the first one").
`numbers` and `ordinals` are lists of spellings from one and first on, `last` names the last line.
`greetings` contain words that are options elsewhere ("good evening"), and what is `certain` ("sin duda") words that
cast doubt or deny elsewhere: both are left out. `filler` adds nothing, `believing` nothing to a number and doubt to a
label, `hedges` cast doubt, `negations` turn round, `excepts` come between "all" and what is left out; `all`, `both`,
`any`, `none` and `later` ("one second") are whole replies, and so are `all_of` before the count of all options.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from flows.understanding.answer_words import key_of, spellings
from flows.understanding.lexicon import LANGUAGES, table

Words = tuple[str, ...]

_AROUND_NUMBER = ("filler", "believing", "option_words", "one_words")


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of one word or more."""

    all: frozenset[Words]
    firsts: frozenset[str]

    def __contains__(self, words: object) -> bool:
        return words in self.all


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    """The words of one language and of English; single words as strings, phrases as tuples of words."""

    ands: frozenset[str]
    ors: frozenset[str]
    to: frozenset[str]
    option_words: frozenset[str]
    one_words: frozenset[str]
    numbers: dict[str, int]
    ordinals: dict[str, int]
    last: frozenset[str]
    greetings: Phrases
    filler: frozenset[str]
    around_number: frozenset[str]  # what may stand beside the number of a line, in any language
    hedges: Phrases
    negations: Phrases
    excepts: Phrases
    all: frozenset[str]
    all_of: frozenset[str]
    both: frozenset[str]
    any: frozenset[str]
    none: frozenset[str]
    later: frozenset[str]

    def is_denial(self, word: str) -> bool:
        """Tell whether a word denies what it stands beside."""
        return (word,) in self.negations or word in self.none


def language_words(lang: str) -> tuple[str, ...]:
    """Return the languages whose words are read in a conversation in *lang*."""
    return (lang, "en") if lang != "en" else ("en",)


@cache
def choice_words(lang: str) -> ChoiceWords:
    """Return the words that are read in a conversation in *lang*."""
    read = language_words(lang)
    # What stands for the whole list, or for none of it, is plain in every language.
    everywhere = tuple(dict.fromkeys((*read, *LANGUAGES)))
    return ChoiceWords(
        ands=_forms("ands", read),
        ors=_forms("ors", read),
        to=_forms("to", read),
        option_words=_forms("option_words", read),
        one_words=_forms("one_words", read),
        numbers=_counted("numbers", everywhere),
        ordinals=_counted("ordinals", everywhere),
        last=_forms("last", everywhere),
        greetings=_made(_phrases("greetings", everywhere).all | _phrases("certain", read).all),
        filler=_forms("filler", read),
        around_number=frozenset().union(*(_forms(k, everywhere) for k in _AROUND_NUMBER)),
        hedges=_phrases("hedges", read),
        negations=_negations(lang, read),
        excepts=_phrases("excepts", read),
        all=_forms("all", read),
        all_of=_forms("all_of", read),
        both=_forms("both", read),
        any=_forms("any", read),
        none=_forms("none", read),
        later=_forms("later", read),
    )


def words_at(phrases: Phrases, words: Words, at: int) -> int:
    """Return how many words the longest of *phrases* takes at a place; 0 if none begins there."""
    if words[at] not in phrases.firsts:
        return 0
    return next((n for n in range(min(5, len(words) - at), 0, -1) if words[at : at + n] in phrases.all), 0)


def _forms(key: str, langs: Iterable[str]) -> frozenset[str]:
    phrases = ((phrase, lang) for lang in langs for phrase in table("choices", lang)[key])
    return frozenset(form for phrase, lang in phrases for form in spellings(phrase, lang))


def _phrases(key: str, langs: Iterable[str]) -> Phrases:
    return _made(tuple(form.split()) for form in _forms(key, langs))


def _made(phrases: Iterable[Words]) -> Phrases:
    found = frozenset(phrases)
    return Phrases(found, frozenset(phrase[0] for phrase in found))


def _negations(lang: str, read: Iterable[str]) -> Phrases:
    """Return what turns a reply round, in any language, but for words that mean something else in this one."""
    other = {phrase for phrase in _phrases("negations", LANGUAGES).all if sum(map(len, phrase)) > 2}
    fillers = {(word,) for word in _forms("filler", (lang,))}
    return _made(((_phrases("negations", read).all | other) - fillers) | _phrases("negations", (lang,)).all)


def _counted(key: str, langs: Iterable[str]) -> dict[str, int]:
    """Return spellings with what they count; a language's own come before those of another."""
    found: dict[str, int] = {}
    for lang in langs:
        for count, phrases in enumerate(table("choices", lang)[key], start=1):
            for phrase in phrases:
                found.setdefault(key_of(phrase), count)
    return found
