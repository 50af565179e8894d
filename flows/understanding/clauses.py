"""A command in one clause of a reply that says something else besides: "3, but can I talk to somebody?".

Clauses end at punctuation and at the `joins` of `words/commands.<lang>.toml`.
"""

import re
from collections.abc import Iterator
from functools import cache

from flows.understanding.answer_words import key_of
from flows.understanding.commands import LONGEST, Command, read_command
from flows.understanding.lexicon import language, table

_ENDS = re.compile(r"[!?,;:\n…؟،؛]+|\.(?=\s|$)|\s[-–—]\s|(?=\sو(?:لا\s|أ|اريد|توقف))")
_FEWEST_WORDS = 3  # of a wish that is one beside an answer; "help" may be a part of a name


def wish_beside(text: str, locale: str) -> tuple[Command, bool] | None:
    """Return the command in a clause of *text*, and whether it is said as a sentence; None if there is none."""
    if len(text) > LONGEST:
        return None
    clauses = [clause for clause in _clauses(text, language(locale)) if clause]
    if len(clauses) < 2:
        return None
    found = [(command, clause) for clause in clauses if (command := read_command(clause, locale))]
    found.sort(key=lambda pair: pair[0] is not Command.STOP)
    return next(((command, len(clause.split()) >= _FEWEST_WORDS) for command, clause in found), None)


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
