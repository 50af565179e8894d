"""What single pages owe to who uses them: an error that says what to do, focus, a phone in Arabic."""

from urllib.parse import quote

import pytest

from tests.browser.auditing import faults_of
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # the first of them starts the site


def test_a_page_that_is_not_there_says_what_to_do(visit: Visit) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/jobs/nothing")
    assert faults_of(visitor.page) == []
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
    assert faults_of(visitor.page) == []
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
    visitor.log_in()
    page = visitor.open(f"/sandbox?find={quote(arabic)}")
    page.locator("#text").fill("نعم")
    page.keyboard.press("Enter")
    page.locator("details.list summary").click()
    assert faults_of(visitor.page) == []
    mine, theirs = (page.locator(f".bubble.{whose}").last.bounding_box() for whose in ("mine", "theirs"))
    assert mine is not None
    assert theirs is not None
    assert mine["x"] < theirs["x"]
    time = page.locator(".bubble.mine .meta time").last.bounding_box()
    assert time is not None
    assert time["x"] - mine["x"] < 12  # no more than the bubble's own padding, to its left edge
    page.get_by_role("button", name="الأربعاء").click()
    page.get_by_text("شكرا ليلى.").wait_for()
