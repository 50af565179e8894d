"""From a text to the pieces of dates in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flows.understanding.calendar_words import calendar_words, suffixes
from flows.understanding.number_words import speller

_AROUND = re.compile(r"(?<=\d) ?([/.]) ?(?=\d)")
_NAMED = re.compile(
    r"(?<=\d)(?:[/-]| ?/ ?)(?=[^\W\d_])|(?<=[^\W\d_]{3})(?:[/-](?=\d)| ?/ ?(?=\d{4}\b))"
)  # as in "22-Mar-2026"
_DASHED = re.compile(r"(?<!\d)(\d{1,2}) - (\d{1,2}) - (\d{2,4})(?!\d)")
_TIME = re.compile(
    r"(?<=\d)t\d\d:\d\d\S{0,15}|\d{1,2}(?::\d\d){1,2}(?: ?(?:[ap]\.?m\b|uhr\b|uur\b|hrs?\b|h\b))?"
    r"|\b\d{1,2}(?:\.\d\d)? ?(?:pm\b|p\.m\b|a\.m\b|uhr\b|uur\b|o'?clock\b)|\b\d{1,2}am\b|\b\d{1,2} ?h ?(?:\d\d)?\b"
)
_TOMORROW = re.compile(r"\b2(?=mor|mrw)")
_FEIRA = re.compile(r"\b([2-6]) ?[aª]?[ -]?feira\b", re.IGNORECASE)  # the Portuguese number their weekdays: "2ª-feira"
_FEIRAS = ("segunda", "terca", "quarta", "quinta", "sexta")
_TOKEN = re.compile(r"\d{1,4}([./-])\d{1,4}([./-])\d{1,4}(?!\d)|\d{1,4}[./-]\d{1,4}(?!\d)|\d+|[^\W\d_]+|[^\w\s]")
_LONGEST_NUMBER = 9
_MARKS = {
    "-": frozenset({"to", "dash"}),
    "/": frozenset({"or"}),
    ",": frozenset({"and", "comma"}),
    "&": frozenset({"and"}),
    "+": frozenset({"doubt"}),
    "<": frozenset({"doubt"}),
    ">": frozenset({"doubt"}),
    "~": frozenset({"doubt"}),
    "≈": frozenset({"doubt"}),
}
_MARK = frozenset({"mark"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or phrase with its roles, a number, or digits in the shape of a date."""

    text: str
    roles: frozenset[str] = frozenset()
    number: int | None = None
    ordinal: bool = False
    shape: tuple[str, ...] = ()
    article: bool = False  # a word such as "un", which need not count anything

    def details(self, role: str) -> tuple[int, ...]:
        """Return the numbers of roles such as "month:3"."""
        if not self.roles:
            return ()
        found = (name.partition(":") for name in self.roles if name.startswith(f"{role}:"))
        return tuple(sorted(int(detail) for _, _, detail in found))

    def has(self, *roles: str) -> bool:
        """Tell whether it can play one of *roles*."""
        return not self.roles.isdisjoint(roles)


def without_time(plain: str) -> str:
    """Return a plain text with the separators of dates closed up and without times of day."""
    if not any(char.isdigit() for char in plain):
        return plain
    text = _AROUND.sub(r"\1", _TOMORROW.sub("to", plain))
    text = _NAMED.sub(" ", text)
    text = _DASHED.sub(r"\1-\2-\3", text)
    return _TIME.sub(" ", with_feiras(text))


def with_feiras(text: str) -> str:
    """Return a text with the Portuguese weekdays that are given by number written out."""
    return _FEIRA.sub(lambda match: f"{_FEIRAS[int(match[1]) - 2]} feira", text)


def pieces_of(text: str, lang: str) -> tuple[Piece, ...]:
    """Return the pieces of a text prepared by `without_time`, in the words of *lang*."""
    tokens = [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]
    words = [token[0] for token in tokens]
    found: list[Piece] = []
    at = 0
    while at < len(tokens):
        if words[at][0].isdecimal():
            piece, count = _digits(tokens, at, lang)
        elif words[at][0].isalpha():
            pieces, count = _words(words, at, lang)
            found += pieces[:-1]
            piece = pieces[-1]
        else:
            piece, count = Piece(words[at], _MARKS.get(words[at], _MARK)), 1
        found.append(piece)
        at += count
    return tuple(found)


def _digits(tokens: Sequence[tuple[str, int, int]], at: int, lang: str) -> tuple[Piece, int]:
    text, _, end = tokens[at]
    if not text.isdecimal():
        signs = [char for char in text if not char.isdecimal()]
        return Piece(text, shape=(*re.split(r"[./-]", text), *signs)), 1
    following, start, _ = tokens[at + 1] if at + 1 < len(tokens) else ("", -1, 0)
    glued = start == end and following[:1].isalpha()
    spaced = start == end + 1 and following in {"st", "nd", "rd", "th", "er"}
    number = int(text) if len(text) <= _LONGEST_NUMBER else None
    if (glued or spaced) and following in suffixes(lang) and len(text) <= 2:
        return Piece(text, number=number, ordinal=True), 2
    if following == "°" and len(text) <= 2:
        return Piece(text, number=number, ordinal=True), 2
    return Piece(text, number=number), 1


def _words(words: Sequence[str], at: int, lang: str) -> tuple[list[Piece], int]:
    lexicon, how = calendar_words(lang), speller(lang)
    phrase = lexicon.match(words, at)
    spelled = how.read(words, at)
    if phrase and (spelled is None or phrase[1] >= spelled.count):
        roles, count = phrase
        number = next((int(role[8:]) for role in roles if role.startswith("ordinal:")), None)
        piece = Piece(words[at], roles, number, ordinal=number is not None)
        if spelled and spelled.count == count and number is None:
            piece = Piece(words[at], roles, int(spelled.value), article=spelled.article)
        return [piece], count
    if spelled is None and (joined := _joined(words, at, lang)):
        return joined
    if spelled is None:
        return [Piece(words[at])], 1
    number = int(spelled.value) if spelled.value % 1 == 0 else None
    return [Piece(words[at], number=number, article=spelled.article)], spelled.count


def _joined(words: Sequence[str], at: int, lang: str) -> tuple[list[Piece], int] | None:
    """Read an Arabic number to which "and" is glued."""
    for prefix in calendar_words(lang).prefixes:
        if words[at].startswith(prefix) and len(words[at]) > len(prefix):
            spelled = speller(lang).read([words[at][len(prefix) :], *words[at + 1 : at + 8]], 0)
            if spelled and spelled.value % 1 == 0:
                joint = Piece(prefix, frozenset({"and"}))
                return [joint, Piece(words[at], number=int(spelled.value))], spelled.count
            return None
    return None
