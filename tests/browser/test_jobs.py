"""Jobs, templates and channels in a real browser: readable everywhere, ordered by drag and by keyboard, live, without script."""

import re
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.auditing import faults_of
from tests.browser.conftest import Site, Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
numbers = count(2000)
HOSTILE = "</bdi><b>Barista</b> & \u202eكاتب {{ 7*7 }} " + "long" * 12


@pytest.fixture
def job(site: Site) -> str:
    """A job with four stages; its id."""
    stages = [{"name": name, "type": "review"} for name in ("Applied", "Call", "Interview", HOSTILE)]
    made: Any = site.post("/jobs", {"title": HOSTILE, "location": "Porto", "stages": stages})
    person = {"first_name": "Ann", "last_name": "Silva", "phone": f"+1415555{next(numbers)}"}
    site.post(
        "/applications", {"job": made["id"], "stage": made["stages"][0]["id"], "send": False, "candidate": person}
    )
    return made["id"]


def addresses(job: str) -> list[str]:
    return [
        "/jobs", "/jobs?q=nothing", "/jobs?state=templates", "/jobs/new", f"/jobs/new?like={job}", f"/jobs/{job}/settings",
        f"/jobs/{job}/state?to=closed", f"/jobs/{job}/delete", "/templates", "/templates/new", "/templates/ready", "/templates/ready?language=ar",
        "/channels",
    ]  # fmt: skip


def order(page: Page) -> list[str]:
    return [name.split()[0] for name in page.locator("#stages-list .about strong").all_inner_texts()]


@pytest.mark.parametrize(
    ("width", "scheme", "direction"),
    [(320, "light", "ltr"), (1280, "dark", "ltr"), (390, "dark", "rtl"), (1280, "light", "rtl")],
)
def test_every_page_is_readable_and_fits(visit: Visit, job: str, width: int, scheme: str, direction: str) -> None:
    visitor = visit(width=width, height=760, scheme=scheme)
    visitor.page.context.add_cookies([{"name": "direction", "value": direction, "url": visitor.site.base}])
    visitor.log_in()
    for address in addresses(job):
        page = visitor.open(address)
        assert (address, page.evaluate("() => document.documentElement.dir")) == (address, direction)
        assert (address, faults_of(page)) == (address, [])


def test_forms_with_faults_are_readable(visit: Visit) -> None:
    visitor = visit(width=390, height=760)
    visitor.log_in()
    page = visitor.open("/jobs/new")
    page.evaluate("() => document.querySelectorAll('[required]').forEach(each => each.removeAttribute('required'))")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert faults_of(page) == []
    page.get_by_role("link", name="A job needs a title").click()
    expect(page.get_by_label("Title")).to_be_focused()
    visitor.faults[:] = [fault for fault in visitor.faults if "422" not in fault]  # the browser notes it as an error


def test_stages_are_ordered_by_keyboard_and_the_focus_stays(visit: Visit, job: str) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open(f"/jobs/{job}/settings")
    button = page.get_by_role("button", name="Move Call down")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stages-list .about strong").nth(2)).to_have_text("Call")
    expect(button).to_be_focused()
    expect(page.locator("#said")).to_have_text("Call moved down")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#stages-list .about strong").nth(1)).to_have_text("Call")


def test_stages_are_ordered_by_dragging(visit: Visit, job: str) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open(f"/jobs/{job}/settings")
    before = order(page)
    grips = page.locator("#stages-list .grip")
    expect(grips.first).to_be_visible()
    first, third = grips.nth(0).bounding_box(), grips.nth(2).bounding_box()
    assert first
    assert third
    page.mouse.move(first["x"] + 5, first["y"] + 5)
    page.mouse.down()
    after = [before[1], before[2], before[0], *before[3:]]
    for step in range(40):  # as one moves a hand: until it is where it should be
        page.mouse.move(third["x"] + 5, third["y"] + third["height"] + 12 - step % 2, steps=16)
        if order(page) == after:
            break
    with page.expect_response(lambda answer: answer.url.endswith("/stages/order")):
        page.mouse.up()
    expect(page.locator("#stages-list .about strong").first).to_have_text(after[0])
    assert order(page) == after
    page.reload()
    assert order(page) == after


def test_what_one_recruiter_changes_another_sees_at_once(visit: Visit, job: str) -> None:
    one, other = visit(), visit()
    for visitor in (one, other):
        visitor.log_in()
        visitor.open(f"/jobs/{job}/settings")
    one.page.wait_for_timeout(500)
    one.page.get_by_label("Add a stage").fill("Trial day")
    one.page.get_by_role("button", name="Add", exact=True).click()
    expect(other.page.locator("#stages-list")).to_contain_text("Trial day")


def test_a_job_is_made_opened_and_closed_on_a_sheet(visit: Visit) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/jobs")
    page.get_by_role("link", name="New job", exact=True).click()
    page.get_by_label("Title").fill("Night porter")
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("link", name="Open", exact=True).click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("No campaign is published in Screening, Offer, Rejected")
    sheet.get_by_role("link", name="Leave it").click()
    expect(sheet).to_have_count(0)
    page.get_by_role("link", name="Open", exact=True).click()
    sheet.get_by_role("button", name="Open the job").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Open")


def test_all_of_it_works_without_script(visit: Visit) -> None:
    visitor = visit(script=False)
    visitor.log_in()
    page = visitor.open("/jobs")
    page.get_by_role("link", name="New job", exact=True).click()
    page.get_by_label("Title").fill("Doorman")
    page.get_by_role("button", name="Save and open").click()
    page.get_by_label("Add a stage").fill("Trial")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Move Trial up").click()
    assert order(page)[-2:] == ["Trial", "Rejected"]
    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_role("button", name="Close the job").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Closed")
    page.goto(f"{visitor.site.base}/jobs?q=doorman")
    expect(page.locator("main")).to_contain_text(re.compile("Doorman.*Closed", re.DOTALL))


def test_a_template_is_checked_while_it_is_written(visit: Visit) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/templates/new")
    page.get_by_label("Text").fill("Hi {{1}} {{2}}, thank you for applying.")
    expect(page.locator("#checked")).to_contain_text("Two variables stand side by side")
    page.get_by_label("Text").fill("Hi {{1}}, thank you for applying with us. Shall we begin?")
    expect(page.locator("#checked")).to_contain_text("Nothing that WhatsApp is known to refuse")
    page.get_by_label("Example for {{1}}").fill("Ann")
    expect(page.get_by_label("Example for {{2}}")).to_have_count(0)
    page.get_by_label("Name").fill("browser_hello")
    page.get_by_role("button", name="Keep as draft").click()
    expect(page.get_by_label("Example for {{1}}")).to_have_value("Ann")
    assert faults_of(page) == []
    assert faults_of(visitor.open("/templates")) == []
