"""What every page does alike, in a real browser: forms that send themselves, notices, menus, focus, an ended log-in."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, Visit, Visitor
from tests.browser.seeding import JOB

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # the first of them starts the site
numbers = iter(range(3000, 4999))


def apply(site: Site, job: Any, stage: int = 0, name: str = "Ida") -> Any:
    """Let somebody apply for a stage of a job, by its place."""
    person = {"first_name": name, "last_name": "Moraes", "phone": f"+1415555{next(numbers)}"}
    return site.post("/applications", {"job": job["id"], "stage": job["stages"][stage]["id"], "candidate": person})


def open_conversation(visit: Visit, site: Site) -> Visitor:
    """Open the conversation of somebody to whom the bot has written."""
    candidate = apply(site, site.post("/jobs", {**JOB, "title": "Talks"}), 1)["candidate"]
    visitor = visit()
    visitor.log_in()
    page = visitor.open(f"/inbox/{candidate}")
    expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    return visitor


def open_board(visit: Visit, site: Site, title: str) -> Page:
    """Open the board of a new job for which Ida has applied."""
    job = site.post("/jobs", {**JOB, "title": title})
    apply(site, job)
    visitor = visit(width=1400)
    visitor.log_in()
    return visitor.open(f"/jobs/{job['id']}")


def test_a_conversation_is_assigned_by_choosing_somebody(visit: Visit, site: Site) -> None:
    page = open_conversation(visit, site).page
    choice = page.get_by_label("Who looks after it")
    expect(page.get_by_role("button", name="Assign", exact=True)).to_be_hidden()
    with page.expect_response(lambda answer: answer.url.endswith("/assign")):
        choice.select_option(index=1)
    page.reload()
    expect(choice).not_to_have_value("")


def test_the_undo_of_a_move_stays_while_it_has_the_focus_and_goes_after(visit: Visit, site: Site) -> None:
    page = open_board(visit, site, "Undone")
    page.get_by_role("link", name="Move Ida Moraes").click()
    page.get_by_role("dialog").get_by_role("button", name="Rejected").click()
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    undo = page.locator("#toasts").get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    page.wait_for_timeout(8600)
    expect(undo).to_be_visible()  # it says ten seconds
    undo.focus()
    page.wait_for_timeout(2500)
    expect(undo).to_be_focused()
    page.locator("#main").focus()
    expect(undo).to_have_count(0)


def test_an_open_menu_outlives_what_changes_meanwhile(visit: Visit, site: Site) -> None:
    job = site.post("/jobs", {**JOB, "title": "Menus"})
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/jobs")
    menu = page.locator(f"#job-{job['id']} details")
    page.wait_for_timeout(1500)  # the page hears what is told by now
    menu.locator("summary").click()
    menu.get_by_role("link").first.focus()
    apply(site, job)
    expect(page.locator(f"#job-{job['id']} .total")).to_have_text("1 application")
    expect(menu.get_by_role("link").first).to_be_focused()


def test_after_back_from_a_card_notices_are_told_and_nothing_fails(visit: Visit, site: Site) -> None:
    page = open_board(visit, site, "Back")
    page.locator(".slip .who").click()
    expect(page.locator("#drawer")).to_contain_text("Ida Moraes")
    expect(page).to_have_url(re.compile("application="))
    page.go_back()
    expect(page).not_to_have_url(re.compile("application="))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#toasts")).to_have_count(1)
    page.get_by_role("link", name="Move Ida Moraes").click()
    page.get_by_role("dialog").get_by_role("button", name="Rejected").click()
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("moves to Rejected")


def test_who_takes_over_by_keyboard_writes_at_once(visit: Visit, site: Site) -> None:
    page = open_conversation(visit, site).page
    page.get_by_role("button", name="Take over", exact=True).press("Enter")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.get_by_role("button", name="Hand back to the bot").press("Enter")
    expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    expect(page.locator("#talk h1, #talk h2").first).to_be_focused()


def test_what_one_writes_outlives_the_end_of_the_log_in(visit: Visit, site: Site) -> None:
    visitor = open_conversation(visit, site)
    page = visitor.page
    page.get_by_role("button", name="Take over", exact=True).click()
    text = page.get_by_label("Message", exact=True)
    text.fill("Half a sentence, and")
    other = page.context.new_page()
    other.goto(f"{site.base}/account")
    other.locator(".side details summary").click()
    other.get_by_role("button", name="Log out", exact=True).first.click()
    other.wait_for_url("**/log-in*")
    other.close()
    page.get_by_role("button", name="Send", exact=True).click()
    notice = page.locator("#toasts .toast")
    expect(notice).to_contain_text("You are logged out.")
    page.evaluate("htmx.trigger(document.body, 'poll')")
    page.wait_for_timeout(1000)
    expect(text).to_have_value("Half a sentence, and")
    with page.expect_popup() as opened:
        notice.get_by_role("link", name="Log in again").click()
    opened.value.get_by_label("E-mail").fill("admin@example.org")
    opened.value.get_by_label("Password").fill(site.password)
    opened.value.get_by_role("button", name="Log in").click()
    expect(opened.value.get_by_label("Message", exact=True)).to_be_visible()
    opened.value.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # windows of a test are never left
    expect(page.locator("#toasts")).to_contain_text("You are logged in again")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".entry.person").last).to_contain_text("Half a sentence, and")
    visitor.faults.clear()  # the browser writes down each answer of 401 and 400


def test_keys_go_to_places_of_ones_own_menu_alone(visit: Visit) -> None:
    page = visit().log_in()
    page.evaluate("document.querySelector('.side a[href=\"/inbox\"]').remove()")  # as for a hiring manager
    page.keyboard.type("gi")
    page.wait_for_timeout(500)
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.reload()
    page.keyboard.type("gi")
    expect(page).to_have_url(re.compile("/inbox$"))


def test_what_is_answered_when_its_place_was_closed_is_let_go(visit: Visit, site: Site) -> None:
    job = site.post("/jobs", {**JOB, "title": "Late"})
    made = apply(site, job, 1)
    visitor = visit()
    visitor.log_in()
    page = visitor.open(f"/jobs/{job['id']}?application={made['id']}")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("button", name="Take over", exact=True)).to_be_visible()
    late: list[Route] = []
    page.route(re.compile("/composer"), lambda route: late.append(route))  # noqa: PLW0108  it is looked at from outside
    with page.expect_request(re.compile("/composer")):
        page.evaluate("htmx.trigger(document.body, 'poll')")
    drawer.get_by_role("button", name="Take over", exact=True).click()
    expect(drawer.get_by_placeholder("Write a message")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    with page.expect_response(re.compile("/composer")):
        late[0].continue_()
    page.wait_for_timeout(500)  # that nothing goes wrong is looked at when the window closes
