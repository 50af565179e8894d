"""Tables of words and phrases, one file for each language, and the finding of phrases in a text."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from flows.understanding.normalise import fold

LANGUAGES = ("en", "es", "pt", "fr", "de", "nl", "ar")

Words = tuple[str, ...]


def language(locale: str) -> str:
    """Return the language of *locale*, or English where it has no tables."""
    tag = locale.replace("_", "-").partition("-")[0].lower()
    return tag if tag in LANGUAGES else "en"


@cache
def table(name: str, lang: str) -> dict[str, Any]:
    """Return the table `words/<name>.<lang>.toml`."""
    file = resources.files("flows.understanding") / "words" / f"{name}.{lang}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def as_words(phrase: str) -> Words:
    """Return the folded words of *phrase*, as a text is split."""
    return tuple(fold(phrase).split())


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases with the roles that each can play, kept by their first word, longest first."""

    phrases: Mapping[str, tuple[tuple[Words, frozenset[str]], ...]]
    prefixes: Words  # letters that may be glued to a word, as in Arabic

    def match(self, words: Sequence[str], start: int) -> tuple[frozenset[str], int] | None:
        """Return the roles of the longest phrase at *start* and the count of its words."""
        if found := self._match(words[start], words, start):
            return found
        for prefix in self.prefixes:
            if words[start].startswith(prefix) and len(words[start]) > len(prefix) + 1:
                found = self._match(words[start][len(prefix) :], words, start)
                if found:
                    return found
        return None

    def _match(self, first: str, words: Sequence[str], start: int) -> tuple[frozenset[str], int] | None:
        for phrase, roles in self.phrases.get(first, ()):
            size = len(phrase)
            if size == 1 or tuple(words[start + 1 : start + size]) == phrase[1:]:
                return roles, size
        return None


def lexicon(roles: Mapping[str, Sequence[str]], prefixes: Sequence[str] = ()) -> Lexicon:
    """Make a lexicon of the phrases given by role."""
    found: dict[Words, set[str]] = {}
    for role, phrases in roles.items():
        for phrase in phrases:
            if words := as_words(phrase):
                found.setdefault(words, set()).add(role)
    by_first: dict[str, list[tuple[Words, frozenset[str]]]] = {}
    for words, its_roles in sorted(found.items(), key=lambda item: -len(item[0])):
        by_first.setdefault(words[0], []).append((words, frozenset(its_roles)))
    return Lexicon({first: tuple(entries) for first, entries in by_first.items()}, tuple(prefixes))
