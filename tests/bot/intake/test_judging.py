"""One row as a person."""

import pytest

from bot.channels.base import ChannelKind
from bot.intake.judging import Person, judge, language_in, phone_in, split_name

COLUMNS = ("full_name", "phone", "email", "language", "channel", "tags", "city", "external_id", "field:shift")


def test_a_whole_row_is_a_person() -> None:
    cells = (
        "Ann Maria Silva",
        "912 345 678",
        "Ann@Example.org",
        "Português",
        "WhatsApp",
        "night; barista,night",
        "Lisbon",
        "A-7",
        "late",
    )
    assert judge(cells, COLUMNS, "PT") == Person(
        "Ann", "Maria Silva", "+351912345678", "+351912345678", "Ann@example.org", "pt", "Lisbon", "A-7",
        ChannelKind.WHATSAPP, ["night", "barista"], {"shift": "late"},
    )  # fmt: skip


def test_cells_that_are_missing_or_empty_say_nothing() -> None:
    person = judge(("Ann", "912345678"), COLUMNS, "PT")
    assert (person.problems, person.email, person.tags, person.fields) == ([], None, [], {})


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Silva, Ann", "Ann", "Silva"),
        ("Ann", "Ann", ""),
        ("Ann,", "Ann", ""),
        ("Ana María de la Cruz", "Ana", "María de la Cruz"),
    ],
)
def test_a_full_name_is_split(written: str, first: str, last: str) -> None:
    assert split_name(written) == (first, last)


@pytest.mark.parametrize(
    ("text", "country", "phone"),
    [
        ("912 345 678", "PT", "+351912345678"),
        ("00351 912-345-678", "PT", "+351912345678"),
        ("351912345678", None, "+351912345678"),
        ("351912345678", "US", "+351912345678"),
        ("(415) 555-0101", "US", "+14155550101"),
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("912345678", None, None),
        ("12345", "PT", None),
        ("3.51912E+11", "PT", None),
        ("", "PT", None),
        ("not given", "PT", None),
        ("9" * 5000, "PT", None),
    ],
)
def test_numbers_are_read_as_people_and_spreadsheets_write_them(
    text: str, country: str | None, phone: str | None
) -> None:
    assert phone_in(text, country) == phone


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        ("full_name", "", "Write a name."),
        ("full_name", "x" * 201, "Shorten this to 200"),
        ("phone", "", "Write a phone number, such as +351 912 345 678."),
        ("phone", "3,51912E+11", "A spreadsheet has rounded this number."),
        (
            "phone",
            "123",
            "This is no number of this country (Portugal), nor one with a country code. Write it like +351",
        ),
        ("email", "ann at home", "This is no e-mail address."),
        ("email", "a@example.org, b@example.org", "Write one e-mail address alone."),
        ("language", "Klingon", "Write one of en, es, pt, fr, de, nl, ar"),
        ("channel", "pigeon", "Write WhatsApp or SMS"),
        ("tags", "x" * 41, "Leave at most 20 tags of up to 40"),
        ("city", "x" * 201, "Shorten this"),
    ],
)
def test_what_must_be_put_right_is_said_at_its_field(column: str, text: str, words: str) -> None:
    good = {"full_name": "Ann", "phone": "912345678"} | {column: text}
    problems = judge(tuple(good.values()), tuple(good), "PT").problems
    assert [(field, message[: len(words)]) for field, message in problems] == [(column, words)]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("EN", "en"),
        ("pt_BR", "pt-BR"),
        ("inglés", "en"),
        ("Deutsch", "de"),
        ("العربية", "ar"),
        ("it", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_its_tag_and_its_name(text: str, tag: str | None) -> None:
    assert language_in(text) == tag
