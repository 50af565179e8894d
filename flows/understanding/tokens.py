"""A text cut into numbers, words and marks, all in one plain form."""

import re
from dataclasses import dataclass

from flows.understanding.normalise import normalise, unaccent

LONGEST = 300  # characters; nobody states a number or a date in more

_TOKEN = re.compile(
    r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?![\d'٫٬]|[.,]\d)"
    r"|(?:(?<![\w.,)])[.,])?\d+(?:[.,'٫٬]\d+)*"
    r"|[^\W\d_]+|[^\w\s]"
)
_JOINT = re.compile(r"(?<=[^\W\d_])['/-](?=[^\W\d_])")


@dataclass(frozen=True, slots=True)
class Token:
    """A run of digits with its separators, a word without accents, or one mark."""

    text: str
    glued: bool  # to the token before it

    @property
    def numeric(self) -> bool:
        return self.text[-1].isdecimal()

    @property
    def wordy(self) -> bool:
        return self.text[0].isalpha()


def plain(text: str) -> str:
    """Return *text* normalised, without accents, and without hyphens, apostrophes or slashes between letters."""
    return _JOINT.sub(" ", unaccent(normalise(text)))


def cut(text: str) -> tuple[Token, ...]:
    """Cut a plain text up."""
    end = -1
    found = []
    for match in _TOKEN.finditer(text):
        found.append(Token(match[0], match.start() == end))
        end = match.end()
    return tuple(found)
