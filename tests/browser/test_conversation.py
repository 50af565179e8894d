"""The demonstration, held as a newcomer holds it: by tapping and typing, with and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]  # the first of them starts the site


def say(page: Page, text: str, answer: str) -> None:
    """Write something on the phone, and wait for what comes back."""
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.theirs").last).to_contain_text(answer)


def add_candidate(page: Page, name: str, channel: str = "WhatsApp") -> None:
    """Let somebody apply for the demonstration job from the sandbox page."""
    page.get_by_role("link", name="Sandbox phone").click()
    page.get_by_text("Choose the job, name and channel").click()
    page.get_by_label("Job and stage").select_option("Barista · Screening")
    page.get_by_label("Name").fill(name)
    page.get_by_label("First channel").select_option(channel)
    page.get_by_role("button", name="Add a candidate").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("Shall we start?")


def open_job(page: Page) -> None:
    """Go from any page to the board of the demonstration job."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Jobs").click()
    page.get_by_role("link", name="Barista", exact=True).click()


def test_the_whole_demonstration_by_tapping_and_typing(visit: Visit) -> None:
    page = visit().log_in()
    open_job(page)
    expect(page.locator(".slip").filter(has_text="Ann Silva").locator(".pill")).to_have_text("Delivered")
    page.locator(".slip .who").filter(has_text="Ann Silva").click()
    page.locator("#drawer").get_by_role("link", name="Sandbox phone").click()
    say(page, "sure", "Can you work at weekends?")
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_role("button", name="Evening").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("How many years")
    say(page, "about two", "When could you start?")
    say(page, "22nd of March", "Your e-mail, for the details?")
    say(page, "ann@example.org", "Thank you, Ann. Maria will be in touch by Friday.")
    expect(page.locator(".standings .pill")).to_have_text("Completed")
    expect(page.locator(".bubble.mine .ticks.handled")).to_have_count(6)


def test_the_job_page_follows_without_a_reload(visit: Visit) -> None:
    visitor = visit()
    page = visitor.log_in()
    add_candidate(page, "Olga Petrova")
    watching = page.context.new_page()
    watching.goto(f"{visitor.site.base}/jobs")
    open_job(watching)
    pill = watching.locator(".slip").filter(has_text="Olga").locator(".pill")
    expect(pill).to_have_text("Delivered")
    say(page, "ok", "Can you work at weekends?")
    expect(pill).to_have_text(re.compile("In Progress"))
    say(page, "no", "Thank you, Olga.")
    expect(pill).to_have_text("Completed")


def test_the_sms_phone_shows_numbered_lines_and_no_buttons(visit: Visit) -> None:
    page = visit().log_in()
    add_candidate(page, "Pia Berg", "SMS")
    expect(page.locator(".phone header [aria-current]")).to_have_text("SMS")
    say(page, "ok", "1. Yes\n2. No")
    assert page.locator(".options").count() == 0
    say(page, "2", "Thank you, Pia.")


def test_a_conversation_that_goes_on_on_the_other_phone_is_told(visit: Visit) -> None:
    page = visit().log_in()
    add_candidate(page, "Quim Roca")
    page.get_by_role("link", name="SMS").click()
    expect(page.locator("#line")).to_have_text("the latest message is on the other phone")
    say(page, "ok", "1. Yes\n2. No")


def test_start_again_begins_anew_and_says_why_it_cannot_after_a_stop(visit: Visit) -> None:
    page = visit().log_in()
    add_candidate(page, "Rosa Lima")
    page.get_by_role("button", name="Start again with Rosa").click()
    expect(page.locator(".bubble.theirs").filter(has_text="Shall we start?")).to_have_count(2)
    page.locator("#text").fill("stop")
    page.keyboard.press("Enter")
    expect(page.locator(".standings .pill")).to_have_text("Cancelled")
    page.get_by_role("button", name="Start again with Rosa").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("Rosa has said STOP. Write START first"))


def test_the_phone_works_without_script(visit: Visit) -> None:
    page = visit(script=False).log_in()
    add_candidate_without_script(page)
    page.locator("#text").fill("sure")
    page.get_by_role("button", name="Send").click()
    wait_for_answer(page, "Can you work at weekends?")
    page.get_by_role("button", name="No", exact=True).click()
    wait_for_answer(page, "Maria will be in touch by Friday.")


def add_candidate_without_script(page: Page) -> None:
    page.get_by_role("link", name="Sandbox phone").click()
    page.locator("summary").filter(has_text="Choose the job").click()
    page.get_by_label("Job and stage").select_option("Barista · Screening")
    page.get_by_role("button", name="Add a candidate").click()
    wait_for_answer(page, "Shall we start?")


def wait_for_answer(page: Page, text: str) -> None:
    """Reload until it is there, as one does without script."""
    for _ in range(20):
        if page.locator(".bubble.theirs").filter(has_text=text).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("#thread").inner_text())


def test_who_has_lost_the_right_to_write_is_told_so(visit: Visit) -> None:
    visitor = visit()
    page = visitor.log_in()
    add_candidate(page, "Vera Moss")
    page.route(
        "**/sandbox", lambda route: route.fulfill(status=403) if route.request.method == "POST" else route.fallback()
    )
    page.locator("#text").fill("sure")
    page.keyboard.press("Enter")
    expect(page.locator("#failure")).to_have_text(
        "Not sent: your role may read only. Ask an administrator for another role."
    )
    last, bar = page.locator(".bubble").last.bounding_box(), page.locator("#failure").bounding_box()
    assert last is not None
    assert bar is not None
    assert last["y"] + last["height"] <= bar["y"]  # what was asked last stays readable
    visitor.faults.clear()  # the browser writes the answer of 403 to its console


@pytest.mark.parametrize("width", [390, 1280])
def test_a_name_and_number_too_long_for_the_choice_end_with_an_ellipsis(visit: Visit, width: int) -> None:
    page = visit(width=width).log_in()
    page.get_by_role("link", name="Sandbox phone").click()
    choice = page.get_by_label("Candidate", exact=True)
    assert choice.evaluate("select => getComputedStyle(select).textOverflow") == "ellipsis"
