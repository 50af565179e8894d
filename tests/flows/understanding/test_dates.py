"""Dates as people write them."""

from datetime import date, timedelta

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.understanding.dates import read_date
from flows.understanding.lexicon import LANGUAGES
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from tests.flows.understanding.corpus_lines import WEDNESDAY, shown

LOCALES = (
    "en",
    "en-GB",
    "en-US",
    "es",
    "es-MX",
    "pt",
    "pt-PT",
    "fr",
    "fr-CA",
    "de",
    "de-AT",
    "nl",
    "ar",
    "ar-MA",
    "ar-SY",
)
WORDS = st.sampled_from(
    [
        "22",
        "1",
        "2026",
        "March",
        "mayo",
        "lundi",
        "next",
        "the",
        "of",
        "in",
        "weeks",
        "or",
        "-",
        "/",
        "ago",
        "end of",
        "5/6",
    ]
)
DAYS = st.dates(date(1949, 1, 1), date(2031, 12, 31))


def _may_be(reading: Reading[date]) -> tuple[date, ...]:
    match reading:
        case Understood(value=value):
            return (value,)
        case Doubtful(values=values):
            return values
        case NotUnderstood():
            return ()


@given(day=DAYS, locale=st.sampled_from(LOCALES), form=st.sampled_from(("short", "medium", "long", "full")))
@settings(max_examples=800, deadline=None)
def test_a_date_formatted_as_cldr_does_is_read_back(day: date, locale: str, form: str) -> None:
    text = format_date(day, form, locale.replace("-", "_"))
    reading = read_date(text, locale, WEDNESDAY)
    assert day in _may_be(reading), (text, reading)
    if form in {"long", "full"}:
        assert reading == Understood(day), text


@given(day=st.dates(date(1900, 1, 1), date(2200, 12, 31)), locale=st.sampled_from(LOCALES))
@settings(max_examples=200, deadline=None)
def test_iso_dates_are_plain(day: date, locale: str) -> None:
    assert read_date(day.isoformat(), locale, WEDNESDAY) == Understood(day)


@given(
    today=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    ahead=st.integers(0, 365 - 93),
    locale=st.sampled_from(("en", "es", "pt", "fr", "de", "nl", "ar")),
)
@settings(max_examples=300, deadline=None)
def test_a_day_without_year_is_the_next_one(today: date, ahead: int, locale: str) -> None:
    day = today + timedelta(ahead)
    if (day.month, day.day) == (2, 29):
        return
    text = format_date(day, "d MMMM", locale)
    assert read_date(text, locale, today) == Understood(day), text


@given(today=st.dates(date(2020, 1, 1), date(2040, 12, 31)), ago=st.integers(1, 92), locale=st.sampled_from(LANGUAGES))
@settings(max_examples=200, deadline=None)
def test_a_day_just_past_is_doubtful(today: date, ago: int, locale: str) -> None:
    day = today - timedelta(ago)
    if (day.month, day.day) == (2, 29):
        return
    reading = read_date(format_date(day, "d MMMM", locale), locale, today)
    assert reading == Doubtful((day.replace(year=day.year + 1), day))


@given(today=st.dates(date(2020, 1, 1), date(2040, 12, 31)), ahead=st.integers(1, 6), locale=st.sampled_from(LANGUAGES))
@settings(max_examples=200, deadline=None)
def test_a_weekday_is_the_coming_one(today: date, ahead: int, locale: str) -> None:
    day = today + timedelta(ahead)
    assert read_date(format_date(day, "EEEE", locale), locale, today) == Understood(day)


HEDGES = {
    "en": "not before {}|after {}|before {}|until {}|around {}|maybe {}|{}?|not {}|not on {}|every {}",
    "es": "no antes del {}|después del {}|antes del {}|hasta el {}|quizás el {}|¿{}?|no el {}|cada {}",
    "pt": "não antes de {}|depois de {}|antes de {}|até {}|talvez {}|{}?|não {}|por volta de {}",
    "fr": "pas avant le {}|après le {}|avant le {}|jusqu'au {}|peut-être le {}|{} ?|pas le {}|vers le {}",
    "de": "nicht vor dem {}|nach dem {}|vor dem {}|bis zum {}|vielleicht am {}|{}?|nicht am {}|frühestens {}",
    "nl": "niet voor {}|na {}|voor {}|tot {}|misschien {}|{}?|niet op {}|rond {}",
    "ar": "ليس قبل {}|بعد {}|قبل {}|حتى {}|ربما {}|{}؟|حوالي {}|ليس {}",
}


@given(day=st.dates(date(2026, 3, 25), date(2027, 12, 31)), lang=st.sampled_from(LANGUAGES), data=st.data())
@settings(max_examples=500, deadline=None)
def test_a_hedged_day_is_never_plain(day: date, lang: str, data: st.DataObject) -> None:
    hedge = data.draw(st.sampled_from(HEDGES[lang].split("|")))
    form = data.draw(st.sampled_from(("short", "medium", "long", "full")))
    text = hedge.format(format_date(day, form, lang))
    reading = read_date(text, lang, WEDNESDAY)
    assert isinstance(reading, Doubtful), text
    assert day in reading.values, text


@given(
    today=st.dates(date(1900, 1, 1), date(2199, 1, 1)),
    text=st.text(max_size=400) | st.lists(WORDS, max_size=40).map(" ".join) | st.text("0123456789./- ", max_size=40),
    locale=st.sampled_from(LANGUAGES),
)
@settings(max_examples=800, deadline=None)
def test_any_text_is_read_without_error(today: date, text: str, locale: str) -> None:
    reading = read_date(text, locale, today)
    if isinstance(reading, NotUnderstood):
        assert reading.problem in {Problem.EMPTY, Problem.NOT_A_DATE, Problem.NO_SUCH_DATE}
    else:
        days = _may_be(reading)
        assert 1 <= len(set(days)) == len(days) <= 3
        assert all(1900 <= day.year <= 2200 for day in days)


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2026, 3, 16), (20, 27)),  # Monday: this week's Friday, or the next week's
        (date(2026, 3, 19), (20, 27)),  # Thursday
        (date(2026, 3, 20), (27,)),  # Friday itself
        (date(2026, 3, 21), (27,)),  # Saturday: the coming one is in the next week already
        (date(2026, 3, 22), (27, 34)),  # Sunday: for some the week has just begun
    ],
)
def test_next_friday(today: date, days: tuple[int, ...]) -> None:
    expected = tuple(date(2026, 3, 1) + timedelta(day - 1) for day in days)
    reading = read_date("next Friday", "en", today)
    assert reading == (Understood(expected[0]) if len(expected) == 1 else Doubtful(expected))


@pytest.mark.parametrize(
    ("today", "text", "reading"),
    [
        (date(2026, 1, 31), "in a month", "? 2026-02-28"),
        (date(2026, 1, 10), "20 December", "? 2026-12-20 2025-12-20"),
        (date(2026, 12, 20), "10 January", "2027-01-10"),
        (date(2026, 2, 10), "the 30th", "2026-03-30"),
        (date(2026, 12, 31), "tomorrow", "2027-01-01"),
        (date(2026, 12, 10), "next month", "? 2027-01-01"),
        (date(2024, 2, 29), "29 February", "2024-02-29"),
        (date(2024, 3, 1), "29 February", "? 2028-02-29 2024-02-29"),
        (date(2026, 3, 22), "Sunday", "? 2026-03-22 2026-03-29"),
    ],
)
def test_seen_from_another_day(today: date, text: str, reading: str) -> None:
    assert shown(read_date(text, "en", today), date.isoformat) == reading


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_nothing_is_empty(text: str) -> None:
    assert read_date(text, "en", WEDNESDAY) == NotUnderstood(Problem.EMPTY)


@pytest.mark.parametrize("locale", ["", "xx", "xx-YY", "EN", "zh-Hant-TW", "-"])
def test_an_unknown_locale_is_read_as_its_language_or_english(locale: str) -> None:
    assert read_date("22 March", locale, WEDNESDAY) == Understood(date(2026, 3, 22))
