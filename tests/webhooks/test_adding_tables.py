"""Adding candidates from a table, on the pages."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.dialogue.sending import send_due
from bot.intake import import_runs
from bot.models import Application, Consent, Import, Job, Message, Role, Stage
from bot.runtime import Runtime
from bot.work import reading
from tests.bot.intake.workbook_files import workbook
from tests.webhooks.desk import Desk, on_sqlite
from tests.webhooks.test_adding import count, make_job, ref

TABLE = "Name\tPhone\tShift\nBen Costa\t415 555 0111\tlate\nCarla Reyes\t12\tlate\nBen Again\t415 555 0111\tearly\n"


class Tables(Desk):
    """A recruiter who imports into the job Barista."""

    def __init__(self, runtime: Runtime) -> None:
        make_job(runtime)
        super().__init__(runtime)
        self.start = f"/jobs/{ref(self, Job, 'Barista')}/import"

    def upload(self, **form: Any) -> str:
        answer = self.post(self.start, **form)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def check(self, where: str, columns: list[str], **form: Any) -> Any:
        return self.post(f"{where}/columns", column=columns, **{"has_header": "yes", "country": "US", **form})

    def decide(self, where: str, stage: str = "Screening", **form: Any) -> Any:
        given = {"consent": ["whatsapp"], "consent_source": "career fair", "sends": "yes", **form}
        return self.post(f"{where}/decision", stage=ref(self, Stage, stage), **given)


@pytest.fixture
def tables(runtime: Runtime) -> Tables:
    return Tables(runtime)


def test_a_pasted_table_goes_all_the_way(tables: Tables) -> None:
    where = tables.upload(pasted=TABLE)
    page = tables.page(where)
    assert "What is in each column?" in page
    assert "Field of your own: shift" in page
    tables.check(where, ["full_name", "phone", "field:shift"])
    page = tables.page(where)
    assert "1 new, 1 twice in the table, 1 with problems" in page
    assert "This is no number of this country (United States)" in page
    tables.post(f"{where}/rows", **{"do": "check 3", "cell-3-1": "415 555 0112"})
    assert "2 new, 1 twice in the table" in tables.page(where)
    tables.decide(where)
    page = tables.page(where)
    assert "2 will get Screening over WhatsApp now." in page
    assert "Hi Ben, shall we start?" in page
    assert (count(tables, Application), count(tables, Message)) == (0, 0)
    assert tables.post(f"{where}/start").status_code == 303
    assert "Begins in 10 s" in tables.page(where)
    move_on(tables)
    page = tables.page(where)
    assert "2 added." in page
    assert (count(tables, Application), count(tables, Message), count(tables, Consent)) == (2, 2, 2)
    assert "Pasted table" in tables.page(tables.start)


def move_on(tables: Tables) -> None:
    tables.runtime.clock.move(timedelta(seconds=11))
    import_runs.go_on(tables.runtime)
    while send_due(tables.runtime):
        pass


@on_sqlite
def test_a_workbook_is_read_and_its_other_sheets_are_named(tables: Tables) -> None:
    people = [["Name", "Mobile"], ["Ann", 14155550101.0]]
    content = workbook({"People": people, "Old": [["x"]]})
    where = tables.upload(file=(io.BytesIO(content), "folder/people.xlsx"))
    page = tables.page(where)
    assert "<bdi>people.xlsx</bdi> · <bdi>People</bdi>" in page
    assert "Not read: <bdi>Old</bdi>" in page
    tables.check(where, ["full_name", "phone"])
    assert "1 new" in tables.page(where)
    again = tables.upload(file=(io.BytesIO(content), "people.xlsx"), sheet_name="old")
    assert "<bdi>Old</bdi>" in tables.page(again)


@on_sqlite
@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"pasted": " "}, "Paste a table or choose a file."),
        ({"file": (io.BytesIO(b""), "empty.csv")}, "empty.csv: there is nothing in it"),
        ({"file": (io.BytesIO(b"%PDF-1.7"), "cv.pdf")}, "cv.pdf: this is a PDF"),
        (
            {"file": (io.BytesIO(workbook({"A": [["x"]]}, bomb=bytes(20_000_000))), "b.xlsx")},
            "b.xlsx: it unpacks to far more",
        ),
        ({"pasted": 'a,"b\nc,d'}, "Line 1 opens a quote"),
    ],
)
def test_what_is_no_table_is_refused_at_its_field(tables: Tables, form: dict[str, Any], words: str) -> None:
    answer = tables.post(tables.start, **form)
    assert answer.status_code == 422
    assert words in answer.text
    assert count(tables, Import) == 0


@on_sqlite
def test_a_large_paste_is_taken_and_a_larger_one_is_not(tables: Tables) -> None:
    rows = "".join(f"Person {number}\t415 555 {number % 10_000:04}\n" for number in range(40_000))
    assert len(rows) > 1_000_000
    tables.upload(pasted=f"Name\tPhone\n{rows}")
    answer = tables.post(tables.start, pasted="x" * 12_000_000)
    assert (answer.status_code, "too large" in answer.text) == (413, True)
    assert tables.post("/log-in", email="x" * 3_000_000).status_code == 413


@on_sqlite
def test_a_choice_of_columns_that_does_not_go_stays_as_it_was_made(tables: Tables) -> None:
    where = tables.upload(pasted=TABLE)
    answer = tables.check(where, ["phone", "phone", "city"])
    assert answer.status_code == 422
    assert "Two columns cannot both be" in answer.text
    assert '<option value="city" selected>' in answer.text
    assert tables.check(where, ["phone"]).status_code == 422


@on_sqlite
def test_rows_are_left_out_and_taken_in_and_a_part_is_answered_to_htmx(tables: Tables) -> None:
    where = tables.upload(pasted=TABLE)
    tables.check(where, ["full_name", "phone", ""])
    tables.post(f"{where}/rows", do="leave 2", show="all")
    assert "Take in again" in tables.page(f"{where}?show=left_out")
    part = tables.client.get(f"{where}?show=all", headers={"HX-Request": "true", "HX-Target": "rows"}).text
    assert "<html" not in part
    assert "Left out" in part
    for nonsense in (f"leave {'9' * 30}", "leave 99", "leave", "take x", "check ²", ""):
        assert tables.post(f"{where}/rows", **{"do": nonsense, "cell-x-1": "y", "cell-3": "y"}).status_code == 303
    tables.post(f"{where}/rows", do="take 2", show="all")
    assert "1 left out" not in tables.page(where)


MANY_BAD = "Name,Phone\nAda,no\nBen,nor\nCleo,never\nDora,415 555 0104\n"


@on_sqlite
def test_one_check_takes_what_was_typed_into_all_rows(tables: Tables) -> None:
    where = tables.upload(pasted=MANY_BAD)
    tables.check(where, ["full_name", "phone"])
    page = tables.page(where)
    assert page.count("<form") - page.count("<form hidden") == page.count("</form>")
    shown = {f"was-{line}-1": cell for line, cell in ((2, "no"), (3, "nor"), (4, "never"))}
    typed = {"cell-2-1": "415 555 0101", "cell-3-1": "415 555 0102", "cell-4-1": "never"}
    tables.post(f"{where}/rows", **{"do": "check 2", **shown, **typed})
    assert "3 new, 1 with problems" in tables.page(where)
    tables.post(f"{where}/rows", **{"do": "leave 5", **shown, "cell-4-1": "415 555 0103"})
    assert "3 new, 1 left out" in tables.page(where)


@on_sqlite
def test_a_row_that_somebody_else_puts_right_meanwhile_stays_so(tables: Tables) -> None:
    where = tables.upload(pasted=MANY_BAD)
    tables.check(where, ["full_name", "phone"])
    tables.post(f"{where}/rows", **{"do": "check 2", "was-2-1": "no", "cell-2-1": "415 555 0101"})
    rows = {"was-2-1": "no", "cell-2-1": "no", "was-3-1": "nor", "cell-3-1": "415 555 0102", "cell-99-1": "x"}
    answer = tables.post(f"{where}/rows", do="check", **rows)
    page = tables.page(answer.location)
    assert "3 new, 1 with problems" in page
    assert "The table has no row in line 99" in page


@on_sqlite
def test_nobody_who_agreed_to_nothing_is_written_to(tables: Tables) -> None:
    where = tables.upload(pasted="Name,Phone\nAnn,415 555 0101\n")
    tables.check(where, ["full_name", "phone"])
    assert "Say where they agreed" in tables.decide(where, consent_source="").text
    tables.decide(where, consent=[], consent_source="")
    tables.post(f"{where}/start")
    assert "Nobody of these can be written to" in tables.page(where)
    tables.decide(where, consent=[], consent_source="", sends="no")
    assert "1 will be added to Screening. Nothing is sent." in tables.page(where)
    assert "not published" in tables.decide(where, "Offer").text
    assert tables.decide(where, "Offer", sends="no").status_code == 303


def test_a_start_is_taken_back_and_a_table_thrown_away(tables: Tables) -> None:
    where = tables.upload(pasted="Name,Phone\nAnn,415 555 0101\n")
    tables.check(where, ["full_name", "phone"])
    tables.decide(where)
    tables.post(f"{where}/start")
    tables.post(f"{where}/cancel")
    move_on(tables)
    assert "Stopped. 0 had been added" in tables.page(where)
    assert count(tables, Application) == 0
    tables.post(f"{where}/discard")
    tables.page(where, 404)


@on_sqlite
def test_failures_can_be_downloaded_and_are_no_formulas(tables: Tables) -> None:
    where = tables.upload(pasted='Name,Phone,Note\nAnn,+1,"=HYPERLINK(""http://evil"")"\n')
    tables.check(where, ["full_name", "phone", ""])
    answer = tables.client.get(f"{where}/failures.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeffLine,Why,Name,Phone,Note")
    assert "'+1,\"'=HYPERLINK" in answer.text


@on_sqlite
def test_a_table_of_another_job_is_not_there(tables: Tables) -> None:
    where = tables.upload(pasted=TABLE)
    make_job(tables.runtime, "Waiter")
    other = where.replace(ref(tables, Job, "Barista"), ref(tables, Job, "Waiter"))
    tables.page(other, 404)
    assert tables.post(f"{other}/discard").status_code == 303
    tables.page(where)
    viewer = Desk(tables.runtime, Role.VIEWER)
    assert viewer.client.get(where).status_code == 403


@on_sqlite
def test_hostile_cells_are_shown_as_they_are(tables: Tables) -> None:
    where = tables.upload(pasted="<b>Name</b>,><script>x</script>\n<img src=x onerror=y>,12\n")
    assert "<img src=x" not in tables.page(where)
    tables.check(where, ["full_name", "phone"])
    page = tables.page(where)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_somebody_who_goes_away_finds_the_table_as_it_was(tables: Tables) -> None:
    where = tables.upload(pasted=TABLE)
    with reading(tables.runtime) as work:
        assert work.connection.execute(select(func.count()).select_from(Import)).scalar_one() == 1
    assert where.split("/")[-1] in tables.page(tables.start)
