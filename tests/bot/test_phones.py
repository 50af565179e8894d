"""A number written in any way is stored in one; one that is none, or only seems to be one, is refused."""

import pytest

from bot.phones import phone_key, to_e164

MEXICAN = "+525512345679"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+52 1 55 1234 5679", None),
        ("+5215512345679", "US"),
        ("0052 1 55 1234 5679", "PT"),
        ("1 55 1234 5679", "MX"),
        ("55 1234 5679", "MX"),
        (MEXICAN, None),
    ],
)
def test_the_one_of_old_mexican_mobiles_is_dropped_however_it_is_written(text: str, region: str | None) -> None:
    assert to_e164(text, region) == MEXICAN
    assert phone_key("+5215512345679") == phone_key(MEXICAN)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+14155550", "US"),  # without its area code it reaches somebody else's neighbour
        ("0000000000", "US"),
        ("5550142", "US"),
        ("912345678", "GB"),
        ("912345678", None),
        ("+1415555014299", "US"),
        ("+52 2 55 1234 5679", "MX"),
        ("+", "US"),
        ("", None),
    ],
)
def test_what_cannot_be_a_number_is_refused(text: str, region: str | None) -> None:
    assert to_e164(text, region) is None


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("(415) 555-0142", "US", "+14155550142"),
        ("912 345 678", "PT", "+351912345678"),
        ("00351 912 345 678", "DE", "+351912345678"),
        ("+999 123", None, None),
        ("+39 02 1234567", "PT", "+39021234567"),
        ("+882 16 5551 2345", None, "+8821655512345"),
    ],
)
def test_a_number_with_its_country_code_may_be_of_any_country(
    text: str, region: str | None, number: str | None
) -> None:
    assert to_e164(text, region) == number
