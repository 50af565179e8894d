"""Tables as people upload and paste them."""

import pytest

from bot.errors import InvalidEvent
from bot.intake import tables
from bot.intake.table_texts import decode, read_text
from bot.intake.tables import Table

SEMICOLONS = "Name;Phone;City\nInês Müller;+351 912 345 678;São Paulo\n"


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_file_is_read_in_whatever_alphabet_a_spreadsheet_saves_it(encoding: str) -> None:
    table = read_text(decode(SEMICOLONS.encode(encoding)))
    assert cells(table) == [("Name", "Phone", "City"), ("Inês Müller", "+351 912 345 678", "São Paulo")]


@pytest.mark.parametrize("sign", list("\t;,|"))
def test_the_sign_between_the_columns_is_found(sign: str) -> None:
    table = read_text(SEMICOLONS.replace(";", sign))
    assert (table.width, table.height) == (3, 2)


def test_commas_inside_cells_do_not_cut_what_semicolons_cut() -> None:
    text = "Name;Phone;Pay\nSilva, Ann;+351912345678;1,5\nCosta, Ben;+351912345679;2,5\n"
    assert cells(read_text(text))[1] == ("Silva, Ann", "+351912345678", "1,5")


def test_the_line_in_which_excel_names_the_sign_is_no_row() -> None:
    rows = list(read_text("sep=|\nName|Phone\nAnn|1\n").rows())
    assert [(row.line, row.cells[0]) for row in rows] == [(2, "Name"), (3, "Ann")]


def test_a_quoted_cell_keeps_its_sign_and_becomes_one_line() -> None:
    table = read_text('Name,Phone\n"Silva, ""Ann""\nMaria",1\nBen "B" Costa,2\n')
    assert [(row.line, row.cells) for row in table.rows()][1:] == [
        (2, ('Silva, "Ann" Maria', "1")),
        (4, ('Ben "B" Costa', "2")),
    ]


def test_a_quote_that_is_never_closed_is_named_with_its_line() -> None:
    with pytest.raises(InvalidEvent, match="line 3 opens a quote"):
        read_text('Name,Phone\nAnn,1\n"Ben,2\nCarla,3\n')
    with pytest.raises(InvalidEvent, match="line 1 opens a quote"):
        read_text('"Ann,1')


def test_rows_may_be_ragged_and_empty_ones_are_none() -> None:
    table = read_text("Name,Phone\n\nAnn\n,,\nBen,2,more,,\n")
    assert [(row.line, row.cells) for row in table.rows()][1:] == [(3, ("Ann",)), (5, ("Ben", "2", "more"))]
    assert (table.width, table.height) == (3, 3)


def test_one_column_of_numbers_is_a_table() -> None:
    assert cells(read_text("+351 912 345 678\r+351 912 345 679\r")) == [("+351 912 345 678",), ("+351 912 345 679",)]


def test_signs_that_nobody_sees_are_left_out() -> None:
    assert cells(read_text("\ufeffAnn\u200b\x07,\u202a+351912345678\u202c\n")) == [("Ann", "+351912345678")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\x00\x01\x02abcdefghijk", "no table"),
        (b"Ann,1\nBen\x81,2", "line 2 holds signs of an unknown alphabet"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(InvalidEvent, match=words) as refused:
        read_text(decode(content))
    assert refused.value.field == "file"


@pytest.mark.parametrize("text", ["", " \n\t\n", ",,\n,,\n"])
def test_a_table_without_a_row_is_refused(text: str) -> None:
    with pytest.raises(InvalidEvent, match="nothing in it"):
        read_text(text)


def test_too_many_rows_columns_and_signs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    assert read_text("a,b\n" * 4).height == 4
    with pytest.raises(InvalidEvent, match="more than 3 rows"):
        read_text("a,b\n" * 5)
    with pytest.raises(InvalidEvent, match="line 1 has more than 200 columns"):
        read_text(",".join("x" * 201))
    with pytest.raises(InvalidEvent, match="line 1, column 2 has more than 4,000 characters"):
        read_text(f"a,{'x' * 4001}")
