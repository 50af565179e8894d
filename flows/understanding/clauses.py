"""A command in one clause of a reply that says something else besides: "3, but can I talk to somebody?".

Clauses end at punctuation and at the `joins` of `words/commands.<lang>.toml`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from flows.understanding.answer_words import key_of
from flows.understanding.commands import LONGEST, Command, read_command
from flows.understanding.lexicon import language, table
from flows.understanding.wishes import wish

_ENDS = re.compile(r"[!?,;:\n…؟،؛]+|\.(?=\s|$)|\s[-–—]\s|(?=\sو(?:لا\s|أ|اريد|توقف))")
_FEWEST_WORDS = 3  # of a wish that is plain beside an answer


@dataclass(frozen=True, slots=True)
class Beside:
    """A command in a clause of a reply."""

    command: Command
    is_sentence: bool  # "help" may be a part of a name
    names_person: bool  # to talk to; "call me" may just go with a number


def wish_beside(text: str, locale: str) -> Beside | None:
    """Return the command in a clause of *text*, STOP before any other; None if there is none."""
    if len(text) > LONGEST:
        return None
    lang = language(locale)
    clauses = [clause for clause in _clauses(text, lang) if clause]
    if len(clauses) < 2:
        return None
    found = [(command, key_of(clause).split()) for clause in clauses if (command := read_command(clause, locale))]
    found.sort(key=lambda pair: pair[0] is not Command.STOP)
    if not found:
        return None
    command, words = found[0]
    return Beside(command, len(words) >= _FEWEST_WORDS, wish(words, (lang, "en")) == Command.PERSON)


def _clauses(text: str, lang: str) -> Iterator[str]:
    joins = _joins(lang)
    for part in _ENDS.split(text):
        words: list[str] = []
        for word in part.split():
            if key_of(word) in joins:
                yield " ".join(words)
                words = []
            else:
                words.append(word)
        yield " ".join(words)


@cache
def _joins(lang: str) -> frozenset[str]:
    return frozenset(key_of(word) for each in (lang, "en") for word in table("commands", each)["joins"])
