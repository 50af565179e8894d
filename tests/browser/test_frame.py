"""What every page does alike, in a real browser: forms that send themselves, notices, menus, focus, an ended log-in."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.seeding import JOB

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # the first of them starts the site
numbers = iter(range(3000, 4999))


def apply(site: Site, job: Any, stage: int = 0, name: str = "Ida") -> Any:
    """Let somebody apply for a stage of a job, by its place."""
    person = {"first_name": name, "last_name": "Moraes", "phone": f"+1415555{next(numbers)}"}
    return site.post("/applications", {"job": job["id"], "stage": job["stages"][stage]["id"], "candidate": person})


def open_conversation(visit: Visit, site: Site) -> Page:
    """Open the conversation of somebody to whom the bot has written."""
    candidate = apply(site, site.post("/jobs", {**JOB, "title": "Talks"}), 1)["candidate"]
    visitor = visit()
    visitor.log_in()
    page = visitor.open(f"/inbox/{candidate}")
    expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    return page


def test_a_conversation_is_assigned_by_choosing_somebody(visit: Visit, site: Site) -> None:
    page = open_conversation(visit, site)
    choice = page.get_by_label("Who looks after it")
    expect(page.get_by_role("button", name="Assign", exact=True)).to_be_hidden()
    with page.expect_response(lambda answer: answer.url.endswith("/assign")):
        choice.select_option(index=1)
    page.reload()
    expect(choice).not_to_have_value("")
