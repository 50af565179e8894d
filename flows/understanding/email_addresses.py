"""E-mail addresses found in a text, put together from words, and freed from slips of the finger."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from flows.understanding.answer_words import key_of

_PADDING = "<>()[]{}\"'`´’‘“”«»,;:!?¡¿*|=.…،؛؟"
_TOKEN = re.compile(r"[^\s<>()\[\]{}\",;:|«»“”،؛¡¿]+@[^\s<>()\[\]{}\",;:|«»“”،؛@]+")
_LINK = re.compile(r"\w+://\S+")
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
_SPACED = re.compile(r"([\w.+%-]+)\s*@\s*([\w-]+(?:\s*[.,]\s*[\w-]+)+)")
_WORDY = re.compile(r"[\w.+%@-]+")
_MOST_WORDS = 40
_SLIPS_OF_COM = frozenset({"co", "cm", "om"})  # after the name of a provider


@dataclass(frozen=True, slots=True)
class _Words:
    signs: dict[str, str]
    phrases: dict[str, str]  # signs named by several words
    providers: tuple[str, ...]
    endings: dict[str, str]
    leads: frozenset[str]


@cache
def _table() -> dict[str, Any]:
    file = resources.files("flows.understanding") / "words" / "contacts.toml"
    return tomllib.loads(file.read_text("utf-8"))


@cache
def doubt_words() -> frozenset[str]:
    """Return the words, in all languages, that cast doubt on an address or a number beside them."""
    return frozenset(key_of(word) for word in _table()["doubts"])


@cache
def _words() -> _Words:
    loaded = _table()
    kinds = {"at": "@", "dot": ".", "dash": "-", "underscore": "_"}
    signs = {word: sign for kind, sign in kinds.items() for word in loaded[kind]}
    phrases = {word: sign for word, sign in signs.items() if " " in word}
    return _Words(signs, phrases, tuple(loaded["providers"]), loaded["endings"], frozenset(loaded["leads"]))


def valid(address: str) -> str | None:
    """Return an address in its plain form, or None if it is none."""
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses that stand in a text in full, without repeats."""
    if not text.isascii():
        shown = (char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
        text = "".join(shown)
    text = _LINK.sub(" ", _MAILTO.sub(" ", text))
    found: dict[str, None] = {}
    for token in _TOKEN.findall(text):
        bare = token.strip(_PADDING)
        if address := _plausible(bare):
            found[address] = None
    return tuple(found)


def _plausible(bare: str) -> str | None:
    """Return an address with a dot in its domain; its domain in small letters, its local part as it was."""
    address = valid(bare)
    domain = address.rpartition("@")[2] if address else ""
    ending = domain.rpartition(".")[2]
    return address if "." in domain and len(ending) > 1 and not ending.isdigit() else None


def spelled_out(text: str) -> tuple[str, ...]:
    """Return the addresses that a text may spell: with spaces around the signs, or with words for them."""
    if "@" in text:
        spaced = [f"{local}@{re.sub(r'[ ]*[.,][ ]*', '.', domain)}" for local, domain in _SPACED.findall(text)]
        guesses = [address for guess in spaced if (address := _plausible(guess.strip(_PADDING)))]
        return tuple(dict.fromkeys(guesses)) or _at_provider(text)
    return _from_words(text)


def _at_provider(text: str) -> tuple[str, ...]:
    """Complete "ana@gmail", or "ana@gmail com"."""
    match = re.search(r"([\w.+%-]+)\s*@\s*([\w-]+)(?:\s+(\w{2,3})\b)?", text)
    if not match:
        return ()
    local, name, ending = match.groups()
    wanted = [p for p in _words().providers if p.partition(".")[0] == name.lower()]
    given = [f"{name}.{ending}"] if ending and f"{name}.{ending}".lower() in _words().providers else wanted[:2]
    return tuple(address for domain in given if (address := valid(f"{local}@{domain}")))


def _from_words(text: str) -> tuple[str, ...]:
    """Put together "ana dot silva at example dot com"."""
    signs = _words().signs
    for phrase, sign in _words().phrases.items():
        text = re.sub(rf"\b{phrase}\b", f" {sign} ", text, flags=re.IGNORECASE)
    parts = [signs.get(part.lower(), part) for part in _WORDY.findall(text)[:_MOST_WORDS]]
    for at, part in enumerate(parts):
        if part != "@" or not 0 < at < len(parts) - 1:
            continue
        start, end = at - 1, at + 2
        while start >= 2 and parts[start - 1] in ".-_":
            start -= 2
        while end < len(parts) - 1 and parts[end] in ".-":
            end += 2
        local, domain = "".join(parts[start:at]), "".join(parts[at + 1 : end])
        if "." in domain and (address := _plausible(f"{local}@{domain}")):
            return (address,)
    return ()


def with_word_before(text: str, address: str) -> str | None:
    """Return the address that "ann silva@gmail.com" may mean: the one word before it may belong to it."""
    word, _, rest = text.strip().partition(" ")
    if rest.strip().lower() != address.lower() or not word.isalpha() or word.casefold() in _words().leads:
        return None
    return valid(word + address)


def mended(address: str) -> str | None:
    """Return the address that was likely meant where the domain has a slip of the finger, else None."""
    local, _, domain = address.rpartition("@")
    words = _words()
    if domain in words.providers:
        return None
    name, _, ending = domain.rpartition(".")
    if name in words.providers:  # "gmail.com.com"
        return f"{local}@{name}"
    better = f"{name}.{words.endings[ending]}" if ending in words.endings else domain
    near = _nearest(better)
    better = near or better
    return f"{local}@{better}" if better != domain else None


def _has_country(domain: str) -> bool:
    """Tell whether a domain may end in a country: "hotmail.be" is as good as "hotmail.de"."""
    ending = domain.partition(".")[2]
    return len(ending) == 2 and ending not in _SLIPS_OF_COM


def _nearest(domain: str) -> str | None:
    """Return the provider that a domain misspells; short names have too many neighbours to tell."""
    if domain in _words().providers:
        return None
    own, ending = domain.partition(".")[0], domain.rpartition(".")[2]
    for provider in _words().providers:
        if abs(len(provider) - len(domain)) > 2:
            continue
        name = provider.partition(".")[0]
        if len(name) < 5 or (own == name and _has_country(domain)):
            continue
        distance = OSA.distance(domain, provider, score_cutoff=2)
        if distance == 1 or (distance == 2 and len(name) >= 7 and provider.rpartition(".")[2] == ending):
            return provider
    return None
