"""Leaving a part of a campaign right after one has written: what is on its way and what waits behind it is stored."""

import time

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Visit
from tests.browser.test_editor import stage

__all__ = ["stage"]  # a fixture
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def _late(route: Route) -> None:
    time.sleep(1.5)
    route.continue_()


def test_a_link_is_followed_once_all_that_was_written_is_stored(visit: Visit, stage: str) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=conclusion")
    page.route("**/draft", _late)
    text = page.locator("#part textarea").first
    text.fill("Thank you")
    page.wait_for_timeout(1000)  # it is on its way
    text.press_sequentially(" and goodbye.")
    page.locator("#outline").get_by_role("link", name="Welcome").click()
    expect(page.get_by_role("heading", name="Welcome", exact=True)).to_be_visible()
    page.unroute("**/draft")
    visitor.open(f"/stages/{stage}?part=conclusion")
    expect(text).to_have_value("Thank you and goodbye.")
