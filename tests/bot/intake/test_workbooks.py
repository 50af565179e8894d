"""Workbooks: what is in them, and what they must not do to us."""

import io
import json
import zipfile

import pytest

from bot.errors import InvalidEvent
from bot.intake import workbook_child, workbooks
from bot.intake.table_files import open_file
from bot.intake.tables import LONGEST_CELL, MOST_BYTES, MOST_COLUMNS
from tests.bot.intake.workbook_files import DAY, FORMULA, MAIN, column, sheet, workbook

PEOPLE = [["Name", "Phone", "Start", "Score"], ["Ann", 351912345678, f"{DAY}46083", 1.5]]


def read(content: bytes, sheet: str = "") -> tuple[str, tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    """Return the sheet that was read, the others, and the rows with their lines."""
    with open_file(content, sheet) as table:
        first = [(row.line, row.cells) for row in table.rows()]
        assert [(row.line, row.cells) for row in table.rows()] == first
        return table.sheet, table.other_sheets, first


def test_numbers_are_written_whole_dates_as_days_and_of_formulas_only_the_result() -> None:
    _, _, lines = read(workbook({"People": [*PEOPLE, [], [f"{FORMULA}A2&1=>Ann1", True, None, "last"]]}))
    assert lines == [
        (1, ("Name", "Phone", "Start", "Score")),
        (2, ("Ann", "351912345678", "2026-03-02", "1.5")),
        (4, ("Ann1", "yes", "", "last")),
    ]


def test_the_first_sheet_with_anything_visible_is_read_unless_another_is_named() -> None:
    content = workbook({"Empty": [], "Secret": [["x"]], "One": [["1"]], "Two": [["2"]]}, hidden=["Secret"])
    assert read(content) == ("One", ("Two",), [(1, ("1",))])
    assert read(content, "two") == ("Two", ("One",), [(1, ("2",))])
    with pytest.raises(InvalidEvent, match="no sheet 'Three' with anything in it, but: One, Two"):
        read(content, "Three")


def test_an_empty_workbook_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="nothing in its sheets"):
        read(workbook({"Empty": []}))


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused() -> None:
    bomb = workbook({"People": PEOPLE}, bomb=bytes(30 * 1024 * 1024))
    assert len(bomb) < 100_000
    with pytest.raises(InvalidEvent, match="unpacks to far more"):
        read(bomb)


def test_a_workbook_of_thousands_of_parts_is_refused() -> None:
    parts = {f"part{number}": b"" for number in range(workbook_child.MOST_MEMBERS)}
    with pytest.raises(InvalidEvent, match="more parts"):
        read(workbook({"People": PEOPLE}, **parts))


def test_a_workbook_whose_index_lies_about_its_size_is_refused() -> None:
    whole = workbook({"People": PEOPLE}, bomb=bytes(2_000_000))
    lying = whole.replace((2_000_000).to_bytes(4, "little"), (20).to_bytes(4, "little"))
    assert lying != whole
    with pytest.raises(InvalidEvent, match="damaged"):
        read(lying)


def with_parts(**parts: str) -> bytes:
    """Return a workbook of which parts of the folder `xl` are these."""
    content = io.BytesIO(workbook({"People": []}))
    with zipfile.ZipFile(content) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, member in (members | {f"xl/{name}.xml": part for name, part in parts.items()}).items():
            archive.writestr(name, member)
    return packed.getvalue()


def test_two_cells_at_the_ends_of_a_sheet_do_not_take_our_memory() -> None:
    wide = sheet([["Name"]]).replace("</row>", '</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(InvalidEvent, match="far away from the table"):
        read(with_parts(**{"worksheets/sheet1": wide}))


@pytest.mark.parametrize(("cells", "told"), [(500, "more than 200 columns"), (3, "more than 4,000 characters")])
def test_a_text_that_many_cells_share_does_not_take_our_memory(cells: int, told: str) -> None:
    row = "".join(f'<c r="{column(place)}1" t="s"><v>0</v></c>' for place in range(cells))
    shared = f'<sst {MAIN} count="1" uniqueCount="1"><si><t>{"a" * 500_000}</t></si></sst>'
    lines = f'<worksheet {MAIN}><sheetData><row r="1">{row}</row></sheetData></worksheet>'
    content = with_parts(sharedStrings=shared, **{"worksheets/sheet1": lines})
    (_, written) = [len(json.dumps(line)) for line in workbook_child.read(content, "")]
    assert written < 2_000_000
    with pytest.raises(InvalidEvent, match=told):
        read(content)


def test_a_second_workbook_at_the_same_time_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "PATIENCE_SECONDS", 0.01)
    with workbooks.READING, pytest.raises(InvalidEvent, match="try again in a moment"):
        read(workbook({"People": PEOPLE}))
    assert read(workbook({"People": PEOPLE}))[0] == "People"


def test_of_a_row_one_more_is_written_than_is_taken() -> None:
    assert (workbook_child.COLUMNS, workbook_child.CHARACTERS) == (MOST_COLUMNS + 1, LONGEST_CELL + 1)


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", workbook({"People": PEOPLE})[:-200]])
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidEvent, match="damaged"):
        read(content)


def test_another_archive_is_no_workbook() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(InvalidEvent, match="no workbook that can be read"):
        read(packed.getvalue())


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(InvalidEvent, match="larger than 10 MB"):
        read(bytes(MOST_BYTES + 1))
