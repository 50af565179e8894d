"""Any way of writing a phone number, as E.164; and the one key under which its regional variants meet. Pure."""

import re
from functools import lru_cache

import phonenumbers

_BRAZIL = re.compile(r"\+55(\d\d)9([6-9]\d{7})")
_MEXICO = re.compile(r"\+521(\d{10})")
_ARGENTINA = re.compile(r"\+549(\d{10})")
MEXICO = 52
NO_REGION = "ZZ"
"""The region of somebody of whom none is known, as phonenumbers has it: a number must have its country code."""
KEPT = 20_000
"""Of so many numbers the country is kept: a sheet for ten thousand people asks for all of them at each change."""


def to_e164(text: str, region: str | None) -> str | None:
    """Return a number, written in any way by somebody of *region* (such as "PT"), as E.164; None if it is none.

    One with its country code may be newer than what is known of that country's numbers; one without must be among
    them, since the country is only assumed.
    """
    try:
        number = phonenumbers.parse(text, region, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    _drop_old_mexican_one(number)
    is_national = number.country_code_source == phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
    if not (phonenumbers.is_valid_number if is_national else _is_whole)(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_whole(number: phonenumbers.PhoneNumber) -> bool:
    """Say whether a number is as long as one of its country can be; one without its area code is not."""
    how = phonenumbers.is_possible_number_with_reason(number)
    return bool(how == phonenumbers.ValidationResult.IS_POSSIBLE)


def _drop_old_mexican_one(number: phonenumbers.PhoneNumber) -> None:
    """WhatsApp, and many people, still write the 1 that Mexican mobiles had after +52 until 2019."""
    digits = str(number.national_number)
    if number.country_code == MEXICO and len(digits) == 11 and digits.startswith("1"):
        number.national_number = int(digits[1:])


def phone_key(e164: str) -> str:
    """Return the form in which variants are equal: Mexico's 1, Brazil's ninth digit and Argentina's 9 left out.

    WhatsApp and the numbering plans differ in them (twilio.md, section 0.10). Brazil's landlines have eight
    digits that begin with 2 to 5, so no mobile key can meet one.
    """
    if match := _MEXICO.fullmatch(e164):
        return f"+52{match[1]}"
    if match := _BRAZIL.fullmatch(e164):
        return f"+55{match[1]}{match[2]}"
    if match := _ARGENTINA.fullmatch(e164):
        return f"+54{match[1]}"
    return e164


def region_of(e164: str) -> str | None:
    """Return the country of a number, such as "PT"; None where it has none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=KEPT)
def regions_of(e164: str) -> tuple[str, ...]:
    """Return the country of a number, or all that it may be of by its calling code, the largest first; () for none."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    region = phonenumbers.region_code_for_number(number)
    return (region,) if region else tuple(phonenumbers.region_codes_for_country_code(number.country_code or 0))


def example_number(region: str | None) -> str:
    """Return how a mobile number of a country is written with its country code; without one, one from Portugal."""
    number = phonenumbers.example_number_for_type(region or "PT", phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return "+351 912 345 678"
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def shown_number(e164: str) -> str:
    """Return a number with the spaces that make it easy to compare."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
