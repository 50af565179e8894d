"""The words with which each language speaks of days.

The roles of the tables `words/dates.<lang>.toml`:
filler: leaves a day as it is. doubt, nots: make it doubtful. or, to, between, and: join two days.
of: between a day and its month. article: before a day alone. next, coming, this, last: beside a weekday,
month or week; coming is always the nearest one. in, within, hence, ago: beside a span; within is vague.
unit_day and so on: what a span counts. end, begin, mid: parts of a month. asap: as soon as possible.
at, time: before and after a time of day. In [idioms], days that stand for whole weeks: 15 = 14.

Roles beside those that a table names: "month:3", "weekday:0" (Monday), "short:0" (a weekday in two letters),
"day:1" (tomorrow), "ordinal:22", "dual:week" (two weeks in one word).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from babel import Locale

from flows.understanding.lexicon import Lexicon, as_words, lexicon, table
from flows.understanding.number_words import is_number_word

_SHORTEST_PREFIX = 3


@cache
def calendar_words(lang: str) -> Lexicon:
    """Return the phrases of *lang* that matter in a date."""
    data = table("dates", lang)
    roles: dict[str, list[str]] = dict(data["roles"])
    for section, role in _SECTIONS.items():
        for key, phrases in data.get(section, {}).items():
            roles[f"{role}:{key}"] = list(phrases)
    for number, words in enumerate(data["ordinals"], 1):
        roles[f"ordinal:{number}"] = words.split("|")
    for role, name in _cldr_names(lang):
        roles.setdefault(role, []).append(name)
    taken = {words[0] for phrases in roles.values() for phrase in phrases if len(words := as_words(phrase)) == 1}
    for role, prefix in _prefixes(lang, taken):
        roles[role].append(prefix)
    return lexicon(roles, data.get("prefixes", ()))


_SECTIONS = {
    "months": "month",
    "weekdays": "weekday",
    "short_weekdays": "short",
    "days": "day",
    "duals": "dual",
}


def _cldr_names(lang: str) -> Iterator[tuple[str, str]]:
    """Yield the names of months and weekdays in CLDR, in full and abbreviated."""
    locale: Any = Locale.parse(lang)
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                yield f"month:{number}", name
            for number, name in locale.days[context][width].items():
                if len(as_words(name)[0]) >= _SHORTEST_PREFIX:
                    yield f"weekday:{number}", name


def _prefixes(lang: str, taken: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the beginnings of names, of three letters or more, that mean nothing else."""
    found: dict[str, set[str]] = {}
    for role, name in _cldr_names(lang):
        word = as_words(name)[0]
        for size in range(_SHORTEST_PREFIX, len(word)):
            found.setdefault(word[:size], set()).add(role)
    for prefix, roles in found.items():
        if prefix not in taken and not is_number_word(prefix, lang) and prefix.isascii():
            yield from ((role, prefix) for role in roles)


@cache
def names_of_days(lang: str) -> dict[str, frozenset[str]]:
    """Return each single word that names weekdays or months in *lang* or in English, with what it names."""
    found: dict[str, set[str]] = {}
    for each in dict.fromkeys((lang, "en")):
        for first, entries in calendar_words(each).phrases.items():
            for phrase, roles in entries:
                named = {role.replace("short", "weekday") for role in roles if role.startswith(_NAMING)}
                if len(phrase) == 1 and named:
                    for name in (first, f"{first}s"):
                        found.setdefault(name, set()).update(named)
    return {name: frozenset(named) for name, named in found.items()}


_NAMING = ("weekday:", "short:", "month:")


@cache
def suffixes(lang: str) -> frozenset[str]:
    """Return what *lang* glues to the number of a day: "22nd", "1er"."""
    return frozenset(table("dates", lang)["suffixes"])


@cache
def idiom(lang: str, days: int) -> int | None:
    """Return the days that "fifteen days" and the like stand for when they mean whole weeks."""
    found = table("dates", lang)["idioms"].get(str(days))
    return int(found) if found is not None else None
