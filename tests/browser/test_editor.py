"""The editor and its simulator in a real browser: stored as one writes, checks at the field, dragged, played."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.auditing import faults_of
from tests.browser.conftest import Site, Visit

pytestmark = pytest.mark.browser
STORED = re.compile("Stored")


@pytest.fixture
def stage(site: Site) -> str:
    """A fresh stage, whose campaign is edited by this test alone."""
    question = {"key": "shift", "type": "choice", "text": "Which shift?", "options": ["Morning", "Evening"]}
    draft = {
        "callboard": 1, "name": "Screening", "language": "en", "welcome": {"text": "Hi {{ candidate.first_name }}. Shall we start?"},
        "modules": [
            {"key": "hello", "type": "content", "blocks": [{"text": "Two questions."}]},
            {"key": "basics", "type": "questions", "questions": [question, {"key": "about", "type": "text", "text": "Tell us more."}]},
        ],
        "conclusion": {"text": "Thank you."},
    }  # fmt: skip
    job = site.post("/jobs", {"title": "Edited", "stages": [{"name": "Screening", "type": "form", "campaign": draft}]})
    return str(job["stages"][0]["id"])


def test_what_one_writes_is_stored_by_itself_and_judged_at_its_field(visit: Visit, stage: str) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=module-1")
    question = page.get_by_label("Question", exact=True).first
    question.fill("")
    fault = page.locator('[data-finding="modules[1].questions[0].text"] li')
    expect(fault).to_contain_text("empty")
    expect(question).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#outline [aria-current] .badge.loud")).to_be_visible()
    question.press_sequentially("When can you work?", delay=20)
    expect(fault).to_have_count(0)
    expect(page.locator("#told")).to_contain_text(STORED)
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.get_by_label("Question", exact=True).first).to_have_value("When can you work?")


def test_nothing_of_what_one_writes_is_lost_while_it_is_being_stored(visit: Visit, stage: str) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=module-1")
    page.route("**/draft", lambda route: (page.wait_for_timeout(400), route.continue_())[1])
    fields = [page.get_by_label("Question", exact=True).nth(place) for place in (0, 1)]
    for words in ("first", "second", "third", "fourth"):
        for field in fields:
            field.press("End")
            field.press_sequentially(f" {words}", delay=45)
    page.wait_for_timeout(3000)
    page.unroute_all(behavior="wait")
    expect(page.locator(".clash")).to_have_count(0)
    page.reload()
    for place, begin in ((0, "Which shift?"), (1, "Tell us more.")):
        expect(page.get_by_label("Question", exact=True).nth(place)).to_have_value(f"{begin} first second third fourth")


def test_parts_are_added_and_moved_by_buttons_and_the_keyboard_stays_where_it_was(visit: Visit, stage: str) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=module-1")
    page.get_by_text("Add a question", exact=True).click()
    page.get_by_role("button", name="E-mail", exact=True).click()
    added = page.locator('[id="modules[1].questions[2].text"]')
    expect(added).to_be_focused()
    added.fill("Your e-mail?")
    expect(page.locator('[id="modules[1].questions[2].key"]')).to_have_value("your_e_mail")
    page.get_by_role("button", name="Move question 3 up").press("Enter")
    expect(page.locator('[id="modules[1].questions[1].text"]')).to_have_value("Your e-mail?")
    expect(page.get_by_role("button", name="Move question 2 up")).to_be_focused()
    page.get_by_label("Answer").nth(1).select_option("number")
    expect(page.get_by_label("Unit (optional)")).to_be_visible()


def test_a_module_is_dragged_to_another_place(visit: Visit, stage: str) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}")
    modules = page.locator("#outline .module .title")
    expect(modules).to_have_text(["Content", "Questions"])
    modules.nth(1).drag_to(modules.nth(0))
    expect(modules).to_have_text(["Questions", "Content"])


def test_a_variable_is_put_where_one_was_writing(visit: Visit, stage: str) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=conclusion")
    text = page.get_by_label("Last message")
    text.fill("Bye, ")
    text.press("End")
    page.get_by_text("Variables", exact=True).click()
    page.get_by_role("button", name="candidate.first_name", exact=True).click()
    expect(text).to_have_value("Bye, {{ candidate.first_name }}")
    expect(page.locator("#told")).to_contain_text(STORED)


def test_two_windows_at_one_part_show_both_and_lose_nothing(visit: Visit, stage: str) -> None:
    first, second = visit(width=1500), visit(width=1500)
    for visitor in (first, second):
        visitor.log_in()
        visitor.open(f"/stages/{stage}?part=conclusion")
    first.page.get_by_label("Last message").fill("The first one’s words.")
    expect(first.page.locator("#told")).to_contain_text(STORED)
    second.page.get_by_label("Last message").fill("The second one’s words.")
    expect(second.page.get_by_role("heading", name="Somebody else has changed this part as well")).to_be_visible()
    expect(second.page.get_by_text("The first one’s words.").first).to_be_visible()
    second.page.get_by_role("button", name="Keep mine").click()
    expect(second.page.get_by_label("Last message")).to_have_value("The second one’s words.")


def bubbles(page: Page) -> Callable[[str], None]:
    return lambda words: expect(page.locator(".bubble.theirs .text").last).to_have_text(words)


@pytest.mark.parametrize("script", [True, False])
def test_the_simulator_is_played_through(visit: Visit, stage: str, *, script: bool) -> None:
    visitor = visit(width=1500, script=script)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}/simulator")
    said = bubbles(page)
    said("Hi Ann. Shall we start?")
    page.get_by_label("Write as the candidate").fill("ok")
    page.get_by_role("button", name="Send", exact=True).first.click()
    said("Which shift?")
    page.get_by_role("button", name="Morning").click()
    said("Tell us more.")
    expect(page.get_by_text('Stored: shift = "Morning"')).to_be_visible()
    page.get_by_role("button", name="24 hours later").click()
    expect(page.locator(".event")).to_have_count(2)
    page.get_by_role("button", name="Lose the next message").click()
    expect(page.get_by_text("The next message will not be delivered")).to_be_visible()
    page.get_by_label("Write as the candidate").fill("I like it")
    page.get_by_role("button", name="Send", exact=True).first.click()
    expect(page.locator(".bubble.lost")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_text("Transcript", exact=True).click()
        page.get_by_role("link", name="Save as a transcript").click()
    assert "taps       Morning" in download.value.path().read_text()
    page.get_by_role("button", name="Begin again", exact=True).click()
    said("Hi Ann. Shall we start?")
    expect(page.locator(".bubble")).to_have_count(1)


def test_the_phone_beside_the_form_begins_by_itself_and_says_when_the_draft_has_changed(
    visit: Visit, stage: str
) -> None:
    visitor = visit(width=1500)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}")
    said = bubbles(page)
    said("Hi Ann. Shall we start?")
    page.get_by_label("Write as the candidate").fill("ok")
    page.get_by_label("Write as the candidate").press("Enter")
    said("Which shift?")
    expect(page.get_by_label("Write as the candidate")).to_be_focused()
    expect(page.get_by_label("Write as the candidate")).to_have_value("")
    page.get_by_role("textbox", name="First message").fill("Hello! Shall we start?")
    expect(page.locator("#told")).to_contain_text(STORED)
    page.get_by_label("Write as the candidate").fill("morning")
    page.get_by_label("Write as the candidate").press("Enter")
    page.locator(".banner", has_text="The draft has changed since").get_by_role("button", name="Begin again").click()
    said("Hello! Shall we start?")


def test_without_script_everything_is_stored_by_the_button(visit: Visit, stage: str) -> None:
    visitor = visit(width=360, script=False)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=module-1")
    page.get_by_label("Question", exact=True).first.fill("")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator('[data-finding="modules[1].questions[0].text"]')).to_contain_text("empty")
    page.get_by_text("Add a question", exact=True).click()
    page.get_by_role("button", name="Number", exact=True).click()
    expect(page.get_by_label("Question", exact=True)).to_have_count(3)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1500), ("dark", 340)])
def test_every_part_is_accessible_with_all_that_can_be_wrong_in_it(
    visit: Visit, site: Site, scheme: str, width: int
) -> None:
    job = site.post("/jobs", {"title": "All parts", "stages": [{"name": "Screening", "type": "form", "publish": False, "campaign": FULL}, {"name": "Meet", "type": "schedule", "publish": False, "campaign": MEETING}]})  # fmt: skip
    stage, meeting = (each["id"] for each in job["stages"])
    visitor = visit(width=width, height=900, scheme=scheme)
    visitor.log_in()
    parts = ["settings", "welcome", "reminders", "rules", "conclusion", *(f"module-{place}" for place in range(4))]
    faults = {}
    for address in [*(f"/stages/{stage}?part={part}" for part in parts), f"/stages/{meeting}?part=module-0",
                    f"/stages/{stage}/simulator", f"/stages/{stage}/publish", f"/stages/{stage}/import"]:  # fmt: skip
        page = visitor.open(address)
        page.wait_for_load_state("networkidle")
        for closed in reversed(page.locator("main details:not([data-menu]):not([open]) > summary").all()):
            closed.click()
        if found := faults_of(page):
            faults[address] = found
    assert faults == {}


FULL = {
    "callboard": 1, "name": "All", "language": "en", "expires_after": "soon",
    "reminders": [{"after": "P1D", "text": "", "template": {"name": "Bad Name", "variables": {"1": "x", "3": "y"}}}],
    "welcome": {"text": "x" * 1700, "template": {"name": "hello", "variables": {"1": "{{ candidate.first_nam }}"}}},
    "modules": [
        {"key": "hello", "type": "content", "blocks": [{"text": ""}, {"image": "http://x"}, {"document": "https://example.org/a.pdf", "filename": "a.pdf"}]},
        {"key": "basics", "type": "questions", "questions": [
            {"key": kind, "type": kind, "text": "", "help": "Help", "min": 5, "max": 1, "options": ["Same", "Same", "y" * 60]}
            for kind in ("choice", "choices", "number", "date", "yes_no", "file")]},
        {"key": "talk", "type": "video_interview", "voice": True, "questions": [{"key": "why", "text": "", "think": "PT9H"}]},
        {"key": "papers", "type": "collect", "documents": [{"key": "id", "label": "", "kinds": [], "min": 5}]},
    ],
    "rules": [{"after": "nobody", "if": {"is": "x", "any_of": ["y"]}}, {"after": "choice", "if": {"any_of": ["Same"], "answered": True}, "go_to": "hello"}],
    "conclusion": {"text": ""},
}  # fmt: skip
MEETING = {
    "callboard": 1, "name": "Meet", "language": "en", "welcome": {"text": "Hi. Shall we?"},
    "modules": [{"key": "meet", "type": "schedule", "length": "PT0S", "place": {"link": "x"}, "interviewers": {"any_of": ["nobody"]}}],
}  # fmt: skip


def test_a_clash_is_accessible(visit: Visit, stage: str) -> None:
    visitor = visit(width=1200)
    visitor.log_in()
    page = visitor.open(f"/stages/{stage}?part=conclusion")
    with page.context.expect_page() as opened:
        page.evaluate("address => { window.open(address); }", f"/stages/{stage}?part=conclusion")
    other = opened.value
    other.get_by_label("Last message").fill("Theirs.")
    expect(other.locator("#told")).to_contain_text(STORED)
    page.get_by_label("Last message").fill("Mine.")
    expect(page.get_by_role("button", name="Keep mine")).to_be_visible()
    assert faults_of(page) == []
