"""Which column holds what."""

import pytest

from bot.errors import InvalidEvent
from bot.intake.columns import check_columns, guess_columns, guess_header

ANN = ("Ann", "Silva", "+351 912 345 678", "ann@example.org")


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("First Name,Last name,MOBILE,E-mail,City", "first_name,last_name,phone,email,city"),
        ("Nombre,Apellidos,Teléfono móvil,Correo electrónico,Idioma", "first_name,last_name,phone,email,language"),
        ("Nome,Sobrenome,Telemóvel,E-mail,Código", "first_name,last_name,phone,email,external_id"),
        ("Prénom,Nom,Téléphone portable,Courriel,Étiquettes", "first_name,last_name,phone,email,tags"),
        ("Vorname,Nachname,Handynummer,E-Mail-Adresse,Straße", "first_name,last_name,phone,email,"),
        ("Voornaam,Achternaam,Telefoonnummer,E-mailadres,Kanaal", "first_name,last_name,phone,email,channel"),
        ("الاسم الأول,اسم العائلة,رقم الجوال,البريد الإلكتروني,المدينة", "first_name,last_name,phone,email,city"),
        ("Nombre,Número,x,y,z", "full_name,phone,,,"),
        ("NOM,TÉL,x,y,z", "full_name,phone,,,"),
        ("Name,Surname,Tel,Phone,Mail", "first_name,last_name,phone,,email"),
        ("Name,first_name,last_name,Phone,Mail", ",first_name,last_name,phone,email"),
    ],
)
def test_columns_are_known_by_their_names_in_seven_languages(header: str, columns: str) -> None:
    names = header.split(",")
    assert guess_header([names, ["x"] * 5], "PT")
    assert guess_columns([names], 5, "PT", has_header=True) == tuple(columns.split(","))


def test_without_names_columns_are_known_by_what_is_in_them() -> None:
    rows = [("7", "ann@example.org", "Ann Silva", "912 345 678"), ("8", "", "Ben Costa", "351912345679")]
    assert not guess_header(rows, "PT")
    assert guess_columns(rows, 4, "PT", has_header=False) == ("", "email", "full_name", "phone")


def test_a_name_that_says_nothing_does_not_hide_what_a_column_holds() -> None:
    rows = [("Wer", "Wie"), ("Ann Silva", "+351 912 345 678")]
    assert guess_columns(rows, 2, None, has_header=True) == ("full_name", "phone")


def test_a_first_row_with_somebody_in_it_is_no_header() -> None:
    assert not guess_header([ANN, ANN], None)
    assert not guess_header([], None)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (["phone", "phone", "full_name"], "two columns cannot both be 'Phone'"),
        (["full_name", "email"], "which column holds the phone"),
        (["phone", "email"], "which column holds the name"),
        (["phone", "full_name", "first_name"], "either a full name"),
        (["phone", "full_name", "salary"], "no field 'salary'"),
        (["phone", "full_name", "field:"], "1 to 64 characters"),
        (["phone", "full_name", f"field:{'x' * 65}"], "1 to 64 characters"),
    ],
)
def test_a_choice_that_does_not_go_is_refused_with_what_to_do(chosen: list[str], words: str) -> None:
    with pytest.raises(InvalidEvent, match=words) as refused:
        check_columns(chosen)
    assert refused.value.field == "columns"


def test_columns_may_be_left_out_and_be_fields_of_ones_own() -> None:
    assert check_columns(["", "phone", "", "last_name", "field: shift "]) == (
        "",
        "phone",
        "",
        "last_name",
        "field:shift",
    )
