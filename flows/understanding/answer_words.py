"""The words in which people agree and refuse, as one table for each language that a candidate is asked in.

The tables `words/yes_no.<lang>.toml` have these keys:
`yes` and `no` say it outright, `says_yes` and `says_no` as a sentence ("I do"), `yes_perhaps` and `no_perhaps`
lean to a side, `approving` is friendly and leans to yes, `unsure` leans to none and `unsure_alone` so only where
it is all that is said. `courtesy` may stand beside an answer without changing it, and so may
the `plain` words of an answer in full. `turns` limit or turn round what is said ("but", "until"), `negations`
deny it. `yes_letters` and `no_letters` are letters that stand for a word. `elsewhere` lists what means yes or no
in another language but not in this one, `aside` a yes or no that counts only where nothing unknown is said.
`words/true_false.<lang>.toml` adds true and false, over them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from flows.understanding.lexicon import LANGUAGES, table
from flows.understanding.normalise import fold

_ENGLISH_JOINED = re.compile(r"(?<=\w)['’‘`´ʼ](?=(?:t|m|ve|ll|re|d|s)\b)", re.IGNORECASE)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# "ابدأ" is "start" and "أبدا" is "never"; folding would make them one.
_BEGIN, _BEGIN_APART = "بدأ", "بدئ"


class Role(IntEnum):
    """What a phrase does in an answer; of two roles in one table the lower one counts."""

    UNSURE = 0
    PERHAPS = 1
    OUTRIGHT = 2
    SENTENCE = 3
    LETTER = 4
    COURTESY = 5
    TURN = 6
    NEGATION = 7
    PLAIN = 8
    UNKNOWN = 9


@dataclass(frozen=True, slots=True)
class Meaning:
    """The role of a phrase, and the side it takes, if any."""

    role: Role
    side: bool | None = None
    polite: bool = False  # a mere courtesy where another word answers
    friendly: bool = False  # adds nothing to a yes
    aside: bool = False  # counts only where nothing unknown is said
    both: bool = False  # takes one side in one language and the other side in another


UNKNOWN = Meaning(Role.UNKNOWN)

_KEYS: Mapping[str, tuple[Role, bool | None]] = {
    "unsure": (Role.UNSURE, None),
    "approving": (Role.PERHAPS, True),
    "yes_perhaps": (Role.PERHAPS, True),
    "no_perhaps": (Role.PERHAPS, False),
    "yes": (Role.OUTRIGHT, True),
    "no": (Role.OUTRIGHT, False),
    "says_yes": (Role.SENTENCE, True),
    "says_no": (Role.SENTENCE, False),
    "yes_letters": (Role.LETTER, True),
    "no_letters": (Role.LETTER, False),
    "courtesy": (Role.COURTESY, None),
    "turns": (Role.TURN, None),
    "negations": (Role.NEGATION, None),
    "plain": (Role.PLAIN, None),
}
_TRUE_FALSE_KEYS = {
    "unsure": "unsure",
    "true_perhaps": "yes_perhaps",
    "false_perhaps": "no_perhaps",
    "true": "yes",
    "false": "no",
    "true_letters": "yes_letters",
    "false_letters": "no_letters",
}

Table = dict[str, Meaning]


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """Every phrase that may be read, with its meaning."""

    phrases: Mapping[str, Meaning]
    reach: Mapping[str, int]  # for the first word of each phrase, the most words that a phrase has which begins so
    unsure_alone: frozenset[str]  # what says neither yes nor no where it is all that is said
    outright: tuple[str, ...]  # single words that are likely meant where a word is a slip of the finger


def key_of(text: str) -> str:
    """Return the form in which texts and phrases are compared: "don't" and "dont" are one."""
    if text.isascii():
        return fold(_ENGLISH_JOINED.sub("", text) if "'" in text or "`" in text else text)
    return fold(_ENGLISH_JOINED.sub("", text).replace(_BEGIN, _BEGIN_APART))


def spellings(phrase: str, lang: str) -> Iterator[str]:
    """Return the forms in which *phrase* is typed: "j'ai", "jai" and "j ai"; "schön" and "schoen"."""
    yield key_of(phrase)
    if "'" in phrase:
        yield fold(phrase.replace("'", ""))
    if lang == "de" and (spelled := phrase.translate(_GERMAN)) != phrase:
        yield key_of(spelled)


@cache
def answer_words(lang: str, *, true_false: bool) -> AnswerWords:
    """Return every phrase that may be read in a conversation in *lang*.

    The language's own phrases come first, then the English ones, then those of the other languages where all
    that have the phrase take the same side; a phrase on which they differ takes both.
    """
    own, english = _own(lang, true_false=true_false), _own("en", true_false=true_false)
    blocked = dict.fromkeys(_blocked(lang), UNKNOWN)
    blocked_in_english = dict.fromkeys(_blocked("en"), UNKNOWN)
    abroad = _abroad(lang, true_false=true_false)
    merged = {**abroad, **blocked_in_english, **english, **blocked, **own}
    reach: dict[str, int] = {}
    for phrase in merged:
        words = phrase.split()
        reach[words[0]] = max(reach.get(words[0], 0), len(words))
    likely = (p for p, m in {**english, **blocked, **own}.items() if m.role is Role.OUTRIGHT and len(p) > 2)
    return AnswerWords(merged, reach, _unsure_alone(lang), tuple(p for p in likely if " " not in p))


@cache
def _own(lang: str, *, true_false: bool) -> Table:
    words = table("yes_no", lang)
    found = _read(words, lang)
    if true_false:
        for phrase, meaning in found.items():
            if meaning.role is Role.SENTENCE:  # "I do" is an odd answer to "true or false?"
                found[phrase] = Meaning(Role.PERHAPS, meaning.side)
        extra = table("true_false", lang)
        found.update(_read({_TRUE_FALSE_KEYS[key]: phrases for key, phrases in extra.items()}, lang))
    return found


def _read(words: Mapping[str, list[str]], lang: str) -> Table:
    found: Table = {}
    polite = {form for phrase in words.get("courtesy", ()) for form in spellings(phrase, lang)}
    aside = {form for phrase in words.get("aside", ()) for form in spellings(phrase, lang)}
    for key, (role, side) in _KEYS.items():
        for phrase in words.get(key, ()):
            for form in spellings(phrase, lang):
                friendly = key == "approving"
                found.setdefault(form, Meaning(role, side, form in polite, friendly, form in aside))
    return found


def _blocked(lang: str) -> set[str]:
    return {key_of(phrase) for phrase in table("yes_no", lang).get("elsewhere", ())}


def _unsure_alone(lang: str) -> frozenset[str]:
    phrases = [*table("yes_no", "en")["unsure_alone"], *table("yes_no", lang)["unsure_alone"]]
    return frozenset(form for phrase in phrases for form in spellings(phrase, lang))


def _abroad(lang: str, *, true_false: bool) -> Table:
    """Return what the other languages agree on."""
    found: dict[str, list[Meaning]] = {}
    for other in LANGUAGES:
        if other not in {lang, "en"}:
            for phrase, meaning in _own(other, true_false=true_false).items():
                if _travels(phrase, meaning):
                    found.setdefault(phrase, []).append(meaning)
    return {phrase: _agreed(meanings) for phrase, meanings in found.items()}


def _travels(phrase: str, meaning: Meaning) -> bool:
    """Tell whether a phrase is plain enough to be understood outside its language."""
    if meaning.role is Role.SENTENCE:
        return " " in phrase or not phrase.isascii()
    return meaning.role <= Role.LETTER or (meaning.role is Role.COURTESY and len(phrase) > 3)


def _agreed(meanings: list[Meaning]) -> Meaning:
    sides = {meaning.side for meaning in meanings if meaning.side is not None}
    best = min(meanings, key=lambda meaning: abs(meaning.role - Role.OUTRIGHT))
    if len(sides) == 2:
        return Meaning(Role.PERHAPS, best.side, both=True)
    if best.role is Role.LETTER:  # too easily a slip of the finger
        return Meaning(Role.PERHAPS, best.side, aside=True)
    return best
