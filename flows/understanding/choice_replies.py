"""A reply made ready for comparison with options: without greetings, its names written as the labels write them."""

import re
from collections.abc import Mapping, Sequence

from flows.understanding.answer_words import key_of
from flows.understanding.choice_options import Options, is_same_word
from flows.understanding.choice_words import words_at
from flows.understanding.date_items import with_feiras

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 4  # letters of a German word in which "ue" may be a "ü"
_SPELLED = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_AND = "و"


def prepared(text: str, options: Options) -> str:
    """Return *text* without greetings, and with names and joined words as the labels have them.

    "Mondays" becomes "Mon" where that is the label, "frueh" becomes "fruh", and an Arabic "and" stands apart.
    A text of nothing but a greeting stays.
    """
    text = with_feiras(text) if options.lang == "pt" else text
    found = list(_WORD.finditer(text))
    keys = tuple(key_of(match[0]) for match in found)
    names = _names(keys, options)
    pieces: list[str] = []
    end = at = 0
    while at < len(found):
        size = _greeting(keys, at, options)
        pieces.append(text[end : found[at].start()])
        if not size:
            pieces.append(_as_labelled(found[at][0], keys[at], names, options))
        at += size or 1
        end = found[at - 1].end()
    ready = "".join(pieces) + text[end:]
    return ready if any(map(str.isalnum, ready)) else text


def asks(text: str) -> bool:
    """Tell whether a reply is a question."""
    return "?" in text or "؟" in text


def labelled(words: Sequence[str], options: Options) -> bool:
    """Tell whether words stand together in a label, so that they are no hedge and no negation here."""
    size = len(words)
    if not all(word in options.counts for word in words):
        return False
    return any(
        option.words[at : at + size] == tuple(words)
        for option in options.all
        for at in range(len(option.words) - size + 1)
    )


def _greeting(keys: tuple[str, ...], at: int, options: Options) -> int:
    size = words_at(options.words.greetings, keys, at)
    return 0 if labelled(keys[at : at + size], options) else size


def _names(keys: Sequence[str], options: Options) -> Mapping[str, str]:
    """Return the names that may be rewritten; those that are also ordinary words ("do") only in a mere list."""
    known = options.words
    if all(key in options.names or key in options.counts or key in known.ands or key in known.to for key in keys):
        return options.names
    return {name: label for name, label in options.names.items() if name not in known.filler}


def _as_labelled(word: str, key: str, names: Mapping[str, str], options: Options) -> str:
    if key in options.counts:
        return word
    if key in names:
        return names[key]
    if options.lang == "de" and len(key) >= _SHORTEST:
        return _with_umlaut(key, options) or word
    if key.startswith(_AND) and any(is_same_word(key[1:], other) for other in options.counts):
        return f"{_AND} {word[1:]}"
    return word


def _with_umlaut(key: str, options: Options) -> str | None:
    plain = key
    for spelled, letter in _SPELLED:
        plain = plain.replace(spelled, letter)
    known = any(other.startswith(plain) for other in options.counts)
    return plain if plain != key and known and not any(other.startswith(key) for other in options.counts) else None
