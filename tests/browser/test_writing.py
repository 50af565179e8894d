"""A message that is being written while others act on the same conversation."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Site, Visit
from tests.browser.seeding import JOB
from tests.browser.test_board import numbers

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture
def candidate(site: Site) -> str:
    """Somebody who has applied; their public id."""
    job = site.post("/jobs", {**JOB, "title": "Writing"})
    person = {"first_name": "Nora", "last_name": "Reis", "phone": f"+1415555{next(numbers)}"}
    made = site.post("/applications", {"job": job["id"], "stage": job["stages"][1]["id"], "candidate": person})
    return str(made["candidate"])


def test_what_one_writes_stays_when_somebody_else_takes_the_conversation_over_or_hands_it_back(
    visit: Visit, site: Site, candidate: str
) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open(f"/inbox/{candidate}")
    csrf = page.locator("input[name=csrf]").first.input_value()
    text = page.get_by_role("textbox", name="Message")

    def act(*deeds: str) -> None:
        """Do it in another window, and wait until the place to write is another one here."""
        for deed in deeds:
            before = page.locator("#composer").get_attribute("hx-get") or ""
            page.request.post(f"{site.base}/inbox/{candidate}/{deed}", form={"csrf": csrf})
            expect(page.locator("#composer")).not_to_have_attribute("hx-get", before)

    act("hold")
    text.fill("Hello Nora, I am ")
    act("hand-back", "hold")
    expect(text).to_have_value("Hello Nora, I am ")
    text.press_sequentially("here.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#conversation")).to_contain_text("Hello Nora, I am here.")
    act("hand-back", "hold")
    expect(text).to_have_value("")
