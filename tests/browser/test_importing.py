"""An imported table in a browser: rows put right, with script and without, and an import that is under way, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.seeding import JOB

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
TABLE = "First name\tLast name\tPhone\nAda\tByron\tno\nBea\tReis\tnor\nCleo\tReis\tnever\nDora\tReis\t+141555526{:02}"
numbers = iter(range(100))
MARK = "document.querySelector('#far [role=status]').firstChild.mark = 'the same'"
MARKED = "document.querySelector('#far [role=status]').firstChild.mark"


@pytest.fixture
def job(site: Site) -> str:
    return f"/jobs/{site.post('/jobs', {**JOB, 'title': 'Importing'})['id']}"


def open_rows(visit: Visit, job: str, **options: bool) -> Page:
    """Paste a table of four, of whom three have no number."""
    visitor = visit(width=1300, **options)
    visitor.log_in()
    page = visitor.open(f"{job}/import")
    page.get_by_label("Paste a table").fill(TABLE.format(next(numbers)))
    page.get_by_role("button", name="Read the table").click()
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("#found")).to_contain_text("1 new, 3 with problems")
    return page


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_check_of_one_row_loses_nothing_that_was_typed_into_others(visit: Visit, job: str, script: bool) -> None:  # noqa: FBT001
    page = open_rows(visit, job, script=script)
    page.get_by_label("Phone, line 2").fill(f"+141555526{next(numbers):02}")
    page.get_by_label("Phone, line 3").fill(f"+141555526{next(numbers):02}")
    page.get_by_label("Phone, line 4").fill("still none")
    page.get_by_role("button", name="Check line 2").click()
    expect(page.locator("#found")).to_contain_text("3 new, 1 with problems")
    expect(page.get_by_label("Phone, line 4")).to_have_value("still none")
    page.get_by_label("Phone, line 4").fill(f"+141555526{next(numbers):02}")
    page.get_by_label("Phone, line 4").press("Enter")
    expect(page.locator("#found")).to_contain_text("4 new")


def test_who_steers_an_import_by_keyboard_keeps_the_button_while_it_goes_on(visit: Visit, job: str) -> None:
    page = open_rows(visit, job)
    page.get_by_label("Nothing").check()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Add 1").click()
    undo = page.get_by_role("button", name="Undo")
    undo.focus()
    page.evaluate(MARK)
    begins = page.locator("#far").text_content() or ""
    expect(page.locator("#far")).not_to_have_text(begins)
    expect(undo).to_be_focused()
    assert page.evaluate(MARKED) == "the same"
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stopped. 0 had been added, and stay.")).to_be_visible()
