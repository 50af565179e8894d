"""Reading e-mail addresses and telephone numbers.

The rules of addresses are those of `email-validator`, without a look at the network; those of numbers are the
numbering plans in `phonenumbers`.
"""

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

from flows.understanding.answer_words import key_of
from flows.understanding.email_addresses import addresses_in, doubt_words, mended, spelled_out, with_word_before
from flows.understanding.reading import Doubtful, NotUnderstood, Problem, Reading, Understood

__all__ = ["read_email", "read_phone"]

_LONGEST = 500  # characters of a reply that are searched
_MOST_OFFERED = 3
_NOT_AN_EMAIL: NotUnderstood = NotUnderstood(Problem.NOT_AN_EMAIL)
_NOT_A_PHONE: NotUnderstood = NotUnderstood(Problem.NOT_A_PHONE)

_NUMBER = re.compile(r"(?:\+|00)?\(?\d(?:[\d \t().,/\-]|(?<=\d)\s*[-/]\s*)*\d")
_TRUNK = re.compile(r"\(0\)")
_OLD_MEXICAN = re.compile(r"^((?:\+|00)\s*52)\s*1(?=(?:\D*\d){10}\D*$)")  # mobile numbers had a 1 until 2019
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|#|anexo|ramal|poste|durchwahl|toestel)\s*\d{1,6}\s*$", re.IGNORECASE)
_FEWEST_DIGITS = 5
_MOST_DIGITS = 17  # fifteen of E.164, after 00


def read_email(text: str) -> Reading[str]:
    """Read the one e-mail address in *text*; its local part keeps its case, its domain is in small letters.

    An address that had to be put together, or whose domain looks like a slip of the finger, is doubtful.
    """
    if not text or text.isspace():
        return NotUnderstood(Problem.EMPTY)
    begun = text[:_LONGEST]
    found = addresses_in(begun)
    if len(found) > 1:
        return Doubtful(found[:_MOST_OFFERED])
    if not found:
        guesses = spelled_out(begun)
        corrected = (address for guess in guesses for address in (mended(guess), guess))
        unique = tuple(dict.fromkeys(address for address in corrected if address))
        return Doubtful(unique[:_MOST_OFFERED]) if unique else _NOT_AN_EMAIL
    if better := mended(found[0]):
        return Doubtful((better, found[0]))
    if longer := with_word_before(begun, found[0]):
        return Doubtful((found[0], longer))
    return Doubtful(found) if _doubted(begun, found[0]) else Understood(found[0])


def read_phone(text: str, region: str) -> Reading[str]:
    """Read the one telephone number in *text*, as E.164; without a country code it is one of *region* ("PT").

    A number that the country's plan does not have, although its length would do, is doubtful: plans change.
    """
    if not text or text.isspace():
        return NotUnderstood(Problem.EMPTY)
    plain = _EXTENSION.sub("", _plain(text[:_LONGEST]))
    runs = _runs(plain)
    numbers = [number for run in runs for number in _readings(run, region.upper())]
    guessed = [] if numbers else [number for run in runs if (number := _without_plus(run))]
    valid = _unique(number for number in numbers if phonenumbers.is_valid_number(number))
    found = tuple(dict.fromkeys((*valid, *_unique(numbers), *_unique(guessed))))
    if len(valid) == 1 and len(found) == 1 and not _doubted(text[:_LONGEST]):
        return Understood(valid[0])
    return Doubtful(found[:_MOST_OFFERED]) if found else _NOT_A_PHONE


def _doubted(text: str, address: str = "") -> bool:
    """Tell whether what stands around an address denies it, asks, or calls it an old one."""
    around = text.lower().replace(address.lower(), " ") if address else text
    return "?" in around or "؟" in around or any(word in doubt_words() for word in key_of(around).split())


def _runs(text: str) -> list[str]:
    """Return the stretches of a text that may be numbers."""
    found: list[str] = []
    for run in _NUMBER.findall(text):
        digits = sum(char.isdigit() for char in run)
        if digits > _MOST_DIGITS:  # two numbers with nothing but a mark between them
            parts = [part for part in re.split(r"\s*[/,;]\s*|\s{2,}|\s-\s|(?=\s\+)", run) if part]
            found += parts if len(parts) > 1 else run.split()
        elif digits >= _FEWEST_DIGITS:
            found += _sides(run)
    return [run for run in found if _FEWEST_DIGITS <= sum(char.isdigit() for char in run) <= _MOST_DIGITS]


def _sides(run: str) -> list[str]:
    """Part two whole numbers at a slash or a comma; "0711/123456" is one."""
    parts = [part for part in re.split(r"\s*[/,]\s*", run) if part]
    whole = len(parts) > 1 and all(sum(char.isdigit() for char in part) >= 7 for part in parts)
    return parts if whole else [run]


def _readings(run: str, region: str) -> list[PhoneNumber]:
    """Return what a run may be; one that begins with the country's code may have lost its plus sign."""
    number = _parsed(run, region)
    if number is None:
        return []
    code = str(phonenumbers.country_code_for_region(region))
    whole = _without_plus(run) if run.startswith(code) else None
    return [whole, number] if whole and whole != number else [number]


def _parsed(run: str, region: str) -> PhoneNumber | None:
    """Parse a run as an international number, or as one of *region*."""
    abroad = run.startswith(("+", "00"))
    run = _OLD_MEXICAN.sub(r"\1", run)
    run = _TRUNK.sub("" if abroad else "0", run)
    tried = ("+" + run[2:].lstrip(), run) if run.startswith("00") else (run,)
    return next((number for each in tried if (number := _possible(each, region))), None)


def _without_plus(run: str) -> PhoneNumber | None:
    """Parse a run as an international number that has lost its plus sign."""
    number = None if run.startswith(("+", "0")) else _possible("+" + run, None)
    return number if number and phonenumbers.is_valid_number(number) else None


def _possible(run: str, region: str | None) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(run, region)
    except phonenumbers.NumberParseException:
        return None
    whole = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    return number if whole else None


def _plain(text: str) -> str:
    """Return *text* with ASCII digits, dashes and spaces, without marks that cannot be seen."""
    if text.isascii():
        return text
    shown = (char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return "".join(_plain_char(char) for char in shown)


def _plain_char(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return "-" if unicodedata.category(char) == "Pd" else char


def _unique(numbers: Iterable[PhoneNumber]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phonenumbers.format_number(number, PhoneNumberFormat.E164) for number in numbers))
