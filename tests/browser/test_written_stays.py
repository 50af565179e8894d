"""What somebody is writing stays, and what others do meanwhile is shown around it."""

from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, Visit, Visitor
from tests.browser.seeding import JOB

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
numbers = count(7000)


class Colleague:
    """Somebody else with a candidate, who acts while another looks on."""

    def __init__(self, site: Site, page: Page, first_name: str, stage: str = "Screening") -> None:
        self.job = site.post("/jobs", {**JOB, "title": f"Work with {first_name}"})
        (self.stage,) = (each["id"] for each in self.job["stages"] if each["name"] == stage)
        person = {"first_name": first_name, "last_name": "Reis", "phone": f"+1415555{next(numbers)}"}
        made: Any = site.post("/applications", {"job": self.job["id"], "stage": self.stage, "candidate": person})
        self.page, self.base = page, site.base
        self.talk, self.application = f"/inbox/{made['candidate']}", f"/applications/{made['id']}"

    def does(self, path: str, **form: str) -> None:
        """Post a form beside the page."""
        token = self.page.locator("input[name=csrf]").first.input_value()
        assert self.page.request.post(f"{self.base}{path}", form={"csrf": token, **form}).ok


def at_talk(visitor: Visitor, first_name: str) -> tuple[Page, Colleague]:
    """Open a new conversation in the inbox and take it over."""
    page = visitor.log_in()
    colleague = Colleague(visitor.site, page, first_name)
    visitor.open(colleague.talk)
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.locator("#text")).to_be_visible()
    return page, colleague


def test_a_reply_outlives_every_other_form_of_the_conversation(visit: Visit) -> None:
    page, colleague = at_talk(visit(width=1400), "Reply")
    text, note = page.locator("#text"), page.locator("#note")
    text.fill("A long reply")
    page.locator("#user").select_option(index=1)
    expect(page.locator(".assign option:checked")).not_to_have_text("Unassigned")
    page.locator(".noting summary").click()
    note.fill("Between us")
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator(".entry.note")).to_contain_text("Between us")
    expect(text).to_have_value("A long reply")
    expect(note).to_have_value("")
    page.locator(".entry.note").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The note is deleted.")).to_be_visible()
    expect(text).to_have_value("A long reply")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".entry.person").last).to_contain_text("A long reply")
    expect(text).to_have_value("")
    colleague.does(f"{colleague.talk}/hand-back")
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(text).to_have_value("")


def test_a_note_is_not_left_as_if_unsent_by_a_form_that_was_answered_meanwhile(visit: Visit) -> None:
    page, _ = at_talk(visit(width=1400), "Twice")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/assign", hold)
    page.route("**/notes", hold)
    page.locator("#text").fill("A long reply")
    page.locator("#user").select_option(index=0)
    page.locator(".noting summary").click()
    page.locator("#note").fill("Between us")
    page.get_by_role("button", name="Keep note").click()
    page.wait_for_function("document.querySelector('.note-form.htmx-request')")
    section = page.locator("#conversation").element_handle()
    for route in held:
        route.continue_()
        page.wait_for_function("section => !section.isConnected", arg=section)
    expect(page.locator(".entry.note")).to_contain_text("Between us")
    expect(page.locator("#note")).to_have_value("")
    expect(page.locator("#text")).to_have_value("A long reply")


def test_what_was_written_for_later_is_gone_from_its_place_with_its_menu(visit: Visit) -> None:
    page, _ = at_talk(visit(width=1400), "Later")
    page.locator("#text").fill("See you tomorrow")
    page.locator("#write summary", has_text="Later").click()
    page.get_by_label("Send at").fill(page.evaluate("new Date(Date.now() + 86_400_000).toISOString().slice(0, 16)"))
    page.get_by_role("button", name="Send it then").click()
    expect(page.locator(".later li")).to_contain_text("See you tomorrow")
    expect(page.get_by_label("Send at")).to_be_hidden()
    expect(page.locator("#text")).to_have_value("")


def test_note_and_channel_outlive_a_colleague_who_takes_over(visit: Visit) -> None:
    page, colleague = at_talk(visit(width=1400), "Channel")
    page.locator("#way").select_option("sms")
    page.locator("#text").fill("Half a reply")
    page.locator(".noting summary").click()
    page.locator("#note").press_sequentially("Half a note")
    colleague.does(f"{colleague.talk}/hand-back")
    expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    expect(page.locator("#note")).to_have_value("Half a note")
    expect(page.locator("#note")).to_be_focused()
    colleague.does(f"{colleague.talk}/hold")
    expect(page.locator("#text")).to_have_value("Half a reply")
    expect(page.locator("#way")).to_have_value("sms")
    expect(page.locator("[data-segments]")).to_be_visible()
    expect(page.locator("#note")).to_have_value("Half a note")


def test_a_note_that_is_too_long_is_put_right_in_the_drawer(visit: Visit) -> None:
    visitor = visit(width=1400, height=900)
    page = visitor.log_in()
    colleague = Colleague(visitor.site, page, "Paula")
    visitor.open(f"/jobs/{colleague.job['id']}")
    page.locator(".slip .who").click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("link", name="Notes").click()
    note = drawer.get_by_label("New note")
    note.evaluate("field => field.removeAttribute('maxlength')")
    note.fill("x" * 6000)
    drawer.get_by_label("4 stars").click()
    expect(drawer.get_by_text("Yours", exact=True)).to_be_visible()
    expect(note).to_have_value("x" * 6000)
    note.evaluate("field => field.removeAttribute('maxlength')")
    drawer.get_by_role("button", name="Keep note").click()
    expect(drawer.get_by_text("A note has at most 5000 characters")).to_be_visible()
    expect(note).to_be_focused()
    note.fill("Shorter")
    colleague.does(f"{colleague.application}/tags", tag="early")
    expect(drawer.locator(".standing .tag")).to_have_text("early")
    expect(note).to_have_value("Shorter")
    drawer.get_by_role("button", name="Keep note").click()
    expect(drawer.locator(".entry.note")).to_contain_text("Shorter")
    expect(note).to_have_value("")
    expect(drawer.get_by_label("New tag")).to_be_visible()
    visitor.faults.clear()  # the browser writes the answer of 422 to its console


@pytest.mark.parametrize("place", ["drawer", "page"])
def test_the_head_of_an_open_application_follows(visit: Visit, place: str) -> None:
    visitor = visit(width=1400, height=900)
    page = visitor.log_in()
    colleague = Colleague(visitor.site, page, "Head")
    visitor.open(f"/jobs/{colleague.job['id']}" if place == "drawer" else colleague.application)
    if place == "drawer":
        page.locator(".slip .who").click()
    story = page.locator(".story")
    expect(story.get_by_role("link", name="Move", exact=True)).to_be_visible()
    story.locator(".noting summary").click()
    story.locator("#note").press_sequentially("Half a note")
    colleague.does(f"{colleague.application}/archive")
    expect(story.locator(".banner.wait")).to_contain_text("Archived: out of the running.")
    expect(story.get_by_role("link", name="Move", exact=True)).to_have_count(0)
    expect(story.locator("#note")).to_have_value("Half a note")
    expect(story.locator("#note")).to_be_focused()
    story.get_by_role("link", name="Timeline").click()
    expect(story.locator(".timeline li").first).to_be_visible()
    story.get_by_label("More for this application").click()
    colleague.does(f"{colleague.application}/notes", text="Seen in the timeline")
    expect(story.locator(".timeline")).to_contain_text("Seen in the timeline")
    expect(story.get_by_role("button", name="Back into the running")).to_be_visible()


def test_who_somebody_is_follows_beside_their_conversation(visit: Visit) -> None:
    page, colleague = at_talk(visit(width=1400), "About")
    about = page.locator(".about-person")
    expect(about).to_contain_text("Work with About")
    colleague.does(f"{colleague.application}/archive")
    expect(about.locator(".pill", has_text="Archived")).to_be_visible()
