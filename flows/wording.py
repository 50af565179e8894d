"""Fixed phrases by key and locale, and values shown as people write them."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from babel.dates import format_date
from babel.numbers import format_decimal

from flows.answers import AnswerValue

LOCALES = ("en", "es", "pt", "fr", "de", "nl", "ar")
"""The shipped languages; each has every phrase (a test compares the keys and blanks)."""
_GROUPED = 10_000
"""From where thousands are set apart: below it a number may be a year."""


def language_of(locale: str) -> str:
    """Return the shipped language that serves *locale*; English where none does."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return language if language in LOCALES else "en"


def phrase(key: str, locale: str, **blanks: str) -> str:
    """Return a fixed phrase with its blanks filled. Raises KeyError for an unknown key or a blank left empty."""
    return phrases(language_of(locale))[key].format(**blanks)


def company_in(name: str, locale: str) -> str:
    """Return the company's name; where it has none, "our company" in the candidate's language."""
    return phrase("our_company", locale) if name == phrase("our_company", "en") else name


@cache
def phrases(language: str) -> Mapping[str, str]:
    """Return all phrases of a shipped language by key."""
    text = files("flows").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8")
    loaded: dict[str, str] = tomllib.loads(text)
    return loaded


def show_value(value: AnswerValue, locale: str) -> str:
    """Write a value as people of *locale* do: dates in words, numbers with their own separators."""
    language = language_of(locale)
    match value:
        case None:
            return "–"
        case bool():
            return phrase("yes" if value else "no", locale)
        case int() | float():
            return format_decimal(value, locale=language, group_separator=abs(value) >= _GROUPED)
        case list():
            return ", ".join(map(str, value))
        case dict():
            shown = (
                [value["label"]] if value.get("label") else [part for part in value.values() if part not in (None, "")]
            )
            return ", ".join(map(str, shown))
        case str():
            return _show_text(value, language)


def _show_text(value: str, language: str) -> str:
    """Write an ISO date in words; any other text is shown as it is."""
    if len(value) != len("2026-03-01"):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return format_date(day, format="long", locale=language)
