"""What a number counts."""

import pytest

from flows.understanding.units import counts_something_else


@pytest.mark.parametrize(
    ("reply", "locale", "unit"),
    [
        ("5 days", "en", "years"),
        ("20 hours", "en", "years"),
        ("£5", "en", "years"),
        ("five days", "en", "years"),
        ("50%", "en", "years"),
        ("5km", "en", "kg"),
        ("3 Tage", "de", "Jahre"),
        ("3 semanas", "es", "años"),
        ("3 dias", "pt", "anos"),
        ("3 heures", "fr", "ans"),
        ("3 dagen", "nl", "jaar"),
        ("3 أيام", "ar", "سنة"),
    ],
)
def test_another_unit_than_the_one_that_is_asked_for_counts_something_else(reply: str, locale: str, unit: str) -> None:
    assert counts_something_else(reply, locale, unit, "")


@pytest.mark.parametrize(
    ("reply", "locale", "asked"),
    [
        ("40 hours", "en", "How many hours a week?"),
        ("40 hours a week", "en", "How many hours can you work?"),
        ("5", "en", "How many years?"),
        ("5 years", "en", "For how long?"),
        ("5 ans", "fr", "Combien d'années d'expérience avez-vous ?"),
        ("5 kids", "en", "How many years?"),
        ("buenos días, 3", "es", "¿Cuántos años?"),
        ("3, full days", "en", "How many years?"),
    ],
)
def test_the_unit_that_is_asked_for_or_none_at_all_is_no_other(reply: str, locale: str, asked: str) -> None:
    assert not counts_something_else(reply, locale, "", asked)
