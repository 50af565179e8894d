"""What was most likely meant by a word that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

W = TypeVar("W", bound=str)


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `: did you mean "…"?` where a known word is near, else nothing."""
    near = nearest(word, known)
    return f': did you mean "{near}"?' if near else ""


def nearest(word: object, known: Iterable[W]) -> W | None:
    """Return the known word that was most likely meant, None where none is near."""
    words = {str(each): each for each in known}
    near = get_close_matches(word[:64], list(words), n=1, cutoff=0.6) if isinstance(word, str) else []
    return words[near[0]] if near else None
