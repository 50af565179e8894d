"""Numbers and ratings as people write them."""

from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.understanding.lexicon import LANGUAGES
from flows.understanding.numbers import read_number, read_rating
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood
from tests.flows.understanding.spelling import SPELLINGS

LOCALES = ("en", "en-GB", "es", "es-MX", "pt", "pt-PT", "fr", "fr-CH", "de", "de-AT", "de-CH", "nl", "ar", "ar-MA")
WORDS = st.sampled_from(
    ["5", "five", "cinco", "un", "a", "half", "y medio", "-", "/", "or", "to", "not", "years", "meses", "1.500", "k"]
)


def _spelled() -> list[tuple[str, int]]:
    return [(lang, spelling) for lang, ways in SPELLINGS.items() for spelling in range(len(ways))]


@pytest.mark.parametrize(("lang", "way"), _spelled())
def test_every_spelled_number_is_read_back(lang: str, way: int) -> None:
    spell = SPELLINGS[lang][way]
    wrong = [n for n in range(10_000) if read_number(spell(n), lang) != Understood(Decimal(n))]
    assert not wrong, [(n, spell(n), read_number(spell(n), lang)) for n in wrong[:5]]


@given(number=st.integers(10_000, 999_999), lang=st.sampled_from(LANGUAGES), way=st.integers(0, 5))
@settings(max_examples=400, deadline=None)
def test_large_spelled_numbers_are_read_back(number: int, lang: str, way: int) -> None:
    ways = SPELLINGS[lang]
    assert read_number(ways[way % len(ways)](number), lang) == Understood(Decimal(number))


@given(
    number=st.decimals(-999_999, 999_999, allow_nan=False, allow_infinity=False, places=2),
    locale=st.sampled_from(LOCALES),
)
@settings(max_examples=400, deadline=None)
def test_a_number_formatted_as_cldr_does_is_read_back(number: Decimal, locale: str) -> None:
    text = format_decimal(number, format="#,##0.##", locale=locale.replace("-", "_"))
    reading = read_number(text, locale)
    assert reading == Understood(number)


@given(number=st.integers(0, 99_999_999), locale=st.sampled_from(LOCALES))
@settings(max_examples=300, deadline=None)
def test_a_whole_number_formatted_as_cldr_does_is_read_back(number: int, locale: str) -> None:
    assert read_number(format_decimal(number, locale=locale.replace("-", "_")), locale) == Understood(Decimal(number))


HEDGES = {
    "en": "not {}|over {}|under {}|more than {}|less than {}|at least {}|up to {}|almost {}|maybe {}|{}+|{}?|don't have {}",
    "es": "no {}|más de {}|menos de {}|al menos {}|hasta {}|casi {}|quizás {}|{} o más|{}+|¿{}?|desde {}|no son {}",
    "pt": "não {}|mais de {}|menos de {}|pelo menos {}|até {}|quase {}|talvez {}|{} ou mais|{}+|{}?|desde {}|não são {}",
    "fr": "pas {}|plus de {}|moins de {}|au moins {}|jusqu'à {}|presque {}|peut-être {}|{} ou plus|{}+|{} ?|depuis {}",
    "de": "nicht {}|über {}|mehr als {}|weniger als {}|mindestens {}|bis {}|fast {}|vielleicht {}|{} oder mehr|{}+|{}?",
    "nl": "niet {}|meer dan {}|minder dan {}|minstens {}|tot {}|bijna {}|misschien {}|{} of meer|{}+|{}?|sinds {}|geen {}",
    "ar": "ليس {}|أكثر من {}|أقل من {}|على الأقل {}|حتى {}|ربما {}|{} أو أكثر|{}+|{}؟|فوق {}|منذ {}|لا {}",
}


@given(number=st.integers(2, 999), lang=st.sampled_from(LANGUAGES), data=st.data())
@settings(max_examples=500, deadline=None)
def test_a_hedged_number_is_never_plain(number: int, lang: str, data: st.DataObject) -> None:
    hedge = data.draw(st.sampled_from(HEDGES[lang].split("|")))
    said = data.draw(st.sampled_from((str(number), SPELLINGS[lang][0](number))))
    assert not isinstance(read_number(hedge.format(said), lang), Understood)


@given(low=st.integers(2, 99), more=st.integers(1, 30), lang=st.sampled_from(LANGUAGES), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_range_is_never_plain(low: int, more: int, lang: str, data: st.DataObject) -> None:
    ranges = {
        "en": "{} or {}|{} to {}|between {} and {}|{}-{}|{} – {}",
        "es": "{} o {}|{} a {}|entre {} y {}|{}-{}",
        "pt": "{} ou {}|{} a {}|entre {} e {}|{}-{}",
        "fr": "{} ou {}|{} à {}|entre {} et {}|{}-{}",
        "de": "{} oder {}|{} bis {}|zwischen {} und {}|{}-{}",
        "nl": "{} of {}|{} tot {}|tussen {} en {}|{}-{}",
        "ar": "{} أو {}|من {} إلى {}|بين {} و {}|{}-{}",
    }
    text = data.draw(st.sampled_from(ranges[lang].split("|"))).format(low, low + more)
    assert read_number(text, lang) == Doubtful((Decimal(low), Decimal(low + more)))


def _read(text: str, locale: str) -> Reading[Decimal]:
    return read_number(text, locale)


@given(text=st.text(max_size=400) | st.lists(WORDS, max_size=80).map(" ".join), locale=st.sampled_from(LANGUAGES))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_without_error(text: str, locale: str) -> None:
    match _read(text, locale):
        case Understood(value=value):
            assert value.is_finite()
        case Doubtful(values=values):
            assert 1 <= len(set(values)) == len(values) <= 3
        case NotUnderstood(problem=problem):
            assert problem in {Problem.EMPTY, Problem.NOT_A_NUMBER, Problem.SEVERAL_NUMBERS}


@given(
    text=st.text("⭐★*/12345 of", max_size=30) | st.text(max_size=100) | st.lists(WORDS, max_size=8).map(" ".join),
    locale=st.sampled_from(LANGUAGES),
)
@settings(max_examples=300, deadline=None)
def test_a_rating_is_within_its_bounds(text: str, locale: str) -> None:
    match read_rating(text, locale, 1, 5):
        case Understood(value=value):
            assert 1 <= value <= 5
        case Doubtful(values=values):
            assert 1 <= len(values) <= 3
            assert all(1 <= value <= 5 for value in values)
        case NotUnderstood(problem=problem):
            assert problem in {Problem.EMPTY, Problem.NOT_A_RATING}


@given(number=st.integers(0, 10_000), locale=st.sampled_from(LANGUAGES))
@settings(max_examples=100, deadline=None)
def test_arabic_digits_are_read(number: int, locale: str) -> None:
    for zero in (0x0660, 0x06F0, 0xFF10, 0x0966):
        digits = "".join(chr(zero + int(digit)) for digit in str(number))
        assert read_number(digits, locale) == Understood(Decimal(number))


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200e"])
def test_nothing_is_empty(text: str) -> None:
    assert read_number(text, "en") in {NotUnderstood(Problem.EMPTY), NotUnderstood(Problem.NOT_A_NUMBER)}


def test_a_long_text_states_no_number() -> None:
    assert read_number("5 " + "years " * 60, "en") == NotUnderstood(Problem.NOT_A_NUMBER)


@pytest.mark.parametrize("locale", ["", "xx", "xx-YY", "EN", "pt_BR", "zh-Hant-TW", "-"])
def test_an_unknown_locale_is_read_as_its_language_or_english(locale: str) -> None:
    assert read_number("twenty-two", locale) == Understood(Decimal(22))


def test_another_scale() -> None:
    assert read_rating("8/10", "en", 1, 10) == Understood(8)
    assert read_rating("0", "en", 0, 10) == Understood(0)
    assert read_rating("11", "en", 0, 10) == NotUnderstood(Problem.NOT_A_RATING)
