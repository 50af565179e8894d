"""Every page in a real browser: in light and dark, on a small screen, from right to left, by keyboard, without script."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # the first of them starts the site
AUDIT = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
STATUSES = ("sending", "queued", "delivered", "in_progress", "completed", "failed", "expired", "cancelled", "paused")
ADD_PILLS = """statuses => statuses.forEach(status => {
  const pill = document.createElement("span");
  pill.className = `pill ${status}`;
  pill.textContent = status;
  document.querySelector("main").append(pill);
})"""


def faults_of(visitor: Visitor) -> list[str]:
    """Return what is wrong with the page that is open, and whether it is wider than the window."""
    page = visitor.page
    page.wait_for_load_state("load")  # a heading can be found before the style sheet has come
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return [*page.evaluate(AUDIT), *([f"{wide} px wider than the window"] if wide > 0 else [])]


def every_page(visitor: Visitor, name: str) -> list[tuple[str, list[str]]]:
    """Go through all pages and return the faults of each."""
    page = visitor.open("/log-in")
    found = [("log in", faults_of(visitor))]
    visitor.log_in()
    found.append(("jobs", faults_of(visitor)))
    page.get_by_role("link", name="باريستا").click()
    page.get_by_role("table").wait_for()
    page.evaluate(ADD_PILLS, STATUSES)
    found.append(("job", faults_of(visitor)))
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Add a candidate").wait_for()
    page.locator("details summary").last.click()
    found.append(("sandbox", faults_of(visitor)))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_page_is_readable_and_fits(visit: Visit, arabic: str, scheme: str, width: int) -> None:
    for page, faults in every_page(visit(width=width, height=700, scheme=scheme), arabic):
        assert (page, faults) == (page, [])


def test_on_a_narrow_screen_what_stands_in_a_row_stands_beside_its_label(visit: Visit, arabic: str) -> None:
    page = visit(width=390, height=800).log_in()
    page.get_by_role("link", name="باريستا").click()
    page.get_by_role("table").wait_for()
    assert page.locator("td:visible", has_not_text=re.compile(r"\S")).count() == 0
    page.evaluate("""() => {
        const why = document.createElement("span");
        why.className = "person"; why.textContent = "Wrote outside any campaign";
        document.querySelector("td[data-label=Status]").append(" and then ", why);
    }""")
    label, person = page.locator("td[data-label=Status] .pill").first, page.locator("td[data-label=Status] .person")
    left, marker = label.bounding_box(), person.bounding_box()
    assert left is not None
    assert marker is not None
    assert marker["height"] < 2 * left["height"]


def test_the_name_of_a_stage_in_arabic_stands_at_the_same_edge_as_its_type(visit: Visit, arabic: str) -> None:
    page = visit().log_in()
    page.get_by_role("link", name="باريستا").click()
    name, kind = (page.locator(f".stages li {part}").first.bounding_box() for part in (".name bdi", ".hint"))
    assert name is not None
    assert kind is not None
    assert name["x"] == pytest.approx(kind["x"], abs=1)


def test_a_page_that_is_not_there_says_what_to_do(visit: Visit) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/jobs/nothing")
    assert faults_of(visitor) == []
    page.get_by_role("link", name="Go to the jobs").click()
    page.get_by_role("heading", name="Jobs").wait_for()
    visitor.faults.remove("Failed to load resource: the server responded with a status of 404 (NOT FOUND)")


def test_a_wrong_password_is_told_beside_the_fields(visit: Visit) -> None:
    visitor = visit()
    page = visitor.open("/log-in")
    page.get_by_label("E-mail").fill("nobody@example.org")
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    assert faults_of(visitor) == []
    field = page.get_by_label("Password")
    assert field.get_attribute("aria-describedby") == "problem"
    assert page.evaluate("() => document.activeElement.name") == "password"
    visitor.faults.clear()  # the browser writes each answer of 422 to its console


def test_the_skip_link_is_first_and_leads_to_the_content(visit: Visit) -> None:
    page = visit().log_in()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_a_phone_in_arabic_is_laid_out_from_right_to_left(visit: Visit, arabic: str) -> None:
    visitor = visit()
    page = visitor.log_in()
    page.get_by_role("link", name="باريستا").click()
    page.get_by_role("link", name=arabic).click()
    page.locator("#text").fill("نعم")
    page.keyboard.press("Enter")
    page.locator("details.list summary").click()
    assert faults_of(visitor) == []
    mine, theirs = (page.locator(f".bubble.{whose}").last.bounding_box() for whose in ("mine", "theirs"))
    assert mine is not None
    assert theirs is not None
    assert mine["x"] < theirs["x"]
    time = page.locator(".bubble.mine .meta time").last.bounding_box()
    assert time is not None
    assert time["x"] - mine["x"] < 12  # no more than the bubble's own padding, to its left edge
    page.get_by_role("button", name="الأربعاء").click()
    page.get_by_text("شكرا ليلى.").wait_for()
