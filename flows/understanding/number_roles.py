"""What words around a number say about it, in each language.

The roles of the tables `words/numbers.<lang>.toml`:
filler, about: leave a number as it is. doubt: bounds, guesses and times, which make it doubtful.
nots: deny it. no: may deny it or just answer. years, months, weeks, units: what is counted. per: how often.
or, to, between, and: join two numbers. from: makes a bound of a number of anything but years.
half, quarter: add to the number before; bare_half: does not.
zero: stands for none. point, minus: part of a number in words. into: leads to where the time was spent.
out_of: stands between a rating and the highest one. ordinals: what is glued to digits in "1st".
not_numbers: words that are no number here, though they look like one here or in another language.
"""

import unicodedata
from functools import cache

from flows.understanding.lexicon import Lexicon, lexicon, table

NOTHING: frozenset[str] = frozenset()
COUNTED = frozenset({"years", "months", "weeks", "units"})
HARMLESS = COUNTED | {"filler", "about", "per", "into", "mark", "comma", "dash", "slash"}

_MARKS = {
    "-": frozenset({"to", "dash"}),
    "/": frozenset({"or", "slash"}),
    ",": frozenset({"or", "comma"}),
    "&": frozenset({"and"}),
    "%": frozenset({"units"}),
    "~": frozenset({"about"}),
    "≈": frozenset({"about"}),
    **dict.fromkeys("<>≤≥±", frozenset({"doubt"})),
    "+": frozenset({"plus"}),
    **dict.fromkeys("*=^|\\#@:×", NOTHING),
}


def mark_roles(mark: str) -> frozenset[str]:
    """Return the roles of a punctuation mark or symbol."""
    if mark in _MARKS:
        return _MARKS[mark]
    is_currency = all(unicodedata.category(char) == "Sc" for char in mark)
    return frozenset({"units"}) if is_currency else frozenset({"mark"})


@cache
def number_roles(lang: str) -> Lexicon:
    """Return the phrases of *lang* that matter beside a number.

    Beside the roles named in the table: "perhaps:2" is a vague two, "dual:years" two years in one word,
    "single:years" one year in a word that also just names the unit, "blocked" a word that is no number here.
    """
    data = table("numbers", lang)
    roles: dict[str, list[str]] = {}
    for role, phrases in data["roles"].items():
        if role == "out_of":
            continue  # only ratings have a whole that they are part of
        roles["blocked" if role == "not_numbers" else role] = phrases
    for section, role in (("perhaps", "perhaps"), ("duals", "dual"), ("singles", "single")):
        for key, phrases in data.get(section, {}).items():
            roles[f"{role}:{key}"] = phrases
    return lexicon(roles, data.get("prefixes", ()))


@cache
def out_of(lang: str) -> Lexicon:
    """Return what *lang* puts between a rating and the highest one: "4 out of 5"."""
    return lexicon({"out_of": table("numbers", lang)["roles"]["out_of"]})
