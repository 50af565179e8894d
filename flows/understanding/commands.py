"""Commands: whole messages that steer the conversation instead of answering the question.

Only a message that says nothing else is a command: the words of `words/commands.<lang>.toml`, with courtesies
around them, or a sentence of which every word has a part in the wish (`wishes`). A command inside a sentence
("I cannot stop working on Sundays") is none. A clear wish for no more messages counts beside another clause.

What stops messages is understood in every language, whichever the conversation is in, and so is what starts them
again. The English list has the words that carriers and Twilio's default opt-out know, and those by which a
recipient may revoke consent under 47 CFR 64.1200(a)(10) (stop, quit, end, revoke, opt out, cancel, unsubscribe).

Words that are ordinary answers are no commands: "yes" (although Twilio takes it as START), "no", "wrong" and
its like (an answer to "true or false?"; "wrong answer" is a command), "continue", "I have a question".
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache

from flows.understanding.answer_words import key_of, spellings
from flows.understanding.lexicon import LANGUAGES, language, table
from flows.understanding.wishes import says_stop, wish

__all__ = ["Command", "read_command"]

LONGEST = 200  # characters of a command with its courtesies
_MOST_WORDS = 16
_MOST_POLITE = 5  # words of a courtesy
_SHORTEST_ABROAD = 3  # letters of a courtesy that is taken for one in every language
_ANY = "*"
_RUN = re.compile(r"(\w)\1+")
_STOPPED = re.compile(r"\bsto+p{2,}\b|\bs t o p\b")
_SHORT = {"u": "you", "ur": "your", "r": "are"}


class Command(StrEnum):
    """What a candidate may ask for at any time."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    BACK = "back"
    SKIP = "skip"
    STATUS = "status"
    WITHDRAW = "withdraw"
    PERSON = "person"


_EVERYWHERE = (Command.STOP, Command.START)


def read_command(text: str, locale: str, *, open_ended: bool = False) -> Command | None:
    """Return the command that *text* is, or None.

    Where any text may be the answer (*open_ended*), the bare name of a trade ("operator") is one and no command.
    """
    if not text or len(text) > LONGEST:
        return None
    key, lang = key_of(text), language(locale)
    if open_ended and key in _answers_too(lang):
        return None
    return _read(key, lang) or _wished(text, key.split(), lang) or _shortened(key, lang)


def _shortened(key: str, lang: str) -> Command | None:
    """Read "can u help me", "stoppp it" and "s t o p please"."""
    words = [_SHORT.get(word, word) for word in key.split()]
    longer = _STOPPED.sub("stop", " ".join(words))
    return None if longer == key else _read(longer, lang) or _wished(longer, longer.split(), lang)


def is_command_anywhere(text: str) -> bool:
    """Tell whether *text* is a command in any language."""
    if not text or len(text) > LONGEST:
        return False
    key = key_of(text)
    return _read(key, _ANY) is not None or says_stop(text, key.split(), LANGUAGES)


def _wished(text: str, words: Sequence[str], lang: str) -> Command | None:
    """Read a command said as a sentence; what stops messages in any language."""
    if says_stop(text, words, LANGUAGES):
        return Command.STOP
    name = wish(words, (lang,) if lang == "en" else (lang, "en"))
    return Command(name) if name else None


def _read(key: str, lang: str) -> Command | None:
    known = _commands(lang)
    if command := known.get(key):
        return command
    words = key.split()
    if len(words) > _MOST_WORDS:
        return None
    if _beginnings(lang).isdisjoint(words):
        return _spelled_stop(words)
    everywhere = _unwrapped(words, known, _ANY)
    if everywhere in _EVERYWHERE:
        return everywhere
    return _unwrapped(words, known, lang) or _spelled_stop(words)


def _unwrapped(words: list[str], known: Mapping[str, Command], lang: str) -> Command | None:
    """Find a command between courtesies of *lang*."""
    ends = _cuts([*reversed(words)], _polite_backwards(lang))
    for start in _cuts(words, _polite(lang)):
        for end in ends:
            if command := known.get(" ".join(words[start : len(words) - end])):
                return command
    return None


def _cuts(words: list[str], polite: Container[str]) -> list[int]:
    """Return how many words may be taken for courtesies at the start, least first."""
    reached = [0]
    for start in range(len(words)):
        if start in reached:
            sizes = range(1, min(_MOST_POLITE, len(words) - start) + 1)
            reached += [start + n for n in sizes if " ".join(words[start : start + n]) in polite]
    return sorted(set(reached))


def _spelled_stop(words: list[str]) -> Command | None:
    """Read "s t o p", "stoppp" and "stop stop"."""
    letters = ["".join(words)] if all(len(word) == 1 for word in words) else words
    squeezed = {_RUN.sub(r"\1", word) for word in letters}
    return Command.STOP if squeezed == {"stop"} else None


@cache
def _commands(lang: str) -> Mapping[str, Command]:
    """Return the commands of *lang*, then those of English, then what counts everywhere."""
    found: dict[str, Command] = {}
    full = LANGUAGES if lang == _ANY else (lang, "en")
    for other in dict.fromkeys((*full, *LANGUAGES)):
        for command in Command if other in full else _EVERYWHERE:
            for form in _forms(command.value, other, own=lang in {other, _ANY}):
                found.setdefault(form, command)
    return found


@cache
def _beginnings(lang: str) -> frozenset[str]:
    """Return the words with which a command can begin; most answers have none of them."""
    return frozenset(form.split(maxsplit=1)[0] for form in _commands(lang) if form)


def _forms(key: str, lang: str, *, own: bool = False) -> Iterator[str]:
    words = table("commands", lang)
    phrases = [*words[key], *(words.get(f"{key}_here", ()) if own else ())]
    return (form for phrase in phrases for form in spellings(phrase, lang))


@cache
def _answers_too(lang: str) -> frozenset[str]:
    return frozenset(form for each in dict.fromkeys((lang, "en")) for form in _forms("answers_too", each))


@cache
def _polite(lang: str) -> frozenset[str]:
    """Return the courtesies of *lang* and of English; or those of all languages that mean nothing else in another.

    "En" is "and" to the Dutch, but "en arrêt" is French for being on sick leave.
    """
    langs = LANGUAGES if lang == _ANY else dict.fromkeys((lang, "en"))
    shortest = _SHORTEST_ABROAD if lang == _ANY else 0
    return frozenset(form for each in langs for form in _forms("polite", each) if len(form) >= shortest)


@cache
def _polite_backwards(lang: str) -> frozenset[str]:
    return frozenset(" ".join(reversed(phrase.split())) for phrase in _polite(lang))
