"""What words around a number say about it, in each language."""

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
    return frozenset({"units"}) if unicodedata.category(mark) == "Sc" else frozenset({"mark"})


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
