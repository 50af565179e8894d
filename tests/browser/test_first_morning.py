"""A recruiter's first morning: from an empty installation to a completed screening, by what the pages say alone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
TABLE = "First name\tLast name\tPhone\nBo\tLee\t+14155557701\nGrace\tHo\tnot a number"


def test_a_first_morning_ends_with_a_completed_screening(visit: Visit) -> None:
    visitor = visit(width=1440, height=900)
    page = visitor.log_in()
    make_a_job(page)
    write_its_campaign(page)
    play_it(page)
    publish_and_open(page)
    invite_a_colleague(page)
    add_somebody(page)
    import_a_table(page)
    phone = page.context.new_page()
    board = page.url
    answer_as_the_candidate(phone, visitor.site.base, "Ana", "sure", "yes")
    page.goto(board)
    talk_in_person(page)
    answer_as_the_candidate(phone, visitor.site.base, "Ana", "Night")
    expect(slip(page, "Ana Silva")).to_contain_text("Completed")  # told by the server, while one looks
    move_and_undo(page)
    be_refused(page)


def go_to(page: Page, place: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()


def press(page: Page | Locator, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page | Locator, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def good_news(page: Page, words: str) -> None:
    expect(page.locator(".banner.good[role=status]")).to_contain_text(words)


def slip(page: Page, name: str) -> Locator:
    return page.locator(".slip").filter(has_text=name)


def menu(page: Page, name: str, choice: str) -> None:
    page.locator("summary", has_text=name).click()
    page.locator("details[open]").get_by_role("button", name=choice, exact=True).click()


def stored(page: Page) -> None:
    """Wait until what was written is stored, as the page says at the top."""
    expect(page.locator("#state")).to_contain_text("the draft has no errors")


def make_a_job(page: Page) -> None:
    go_to(page, "Jobs")
    follow(page, "New job")
    page.get_by_label("Title").fill("Night barista")
    press(page, "Save as draft")
    good_news(page, "The job is made.")


def write_its_campaign(page: Page) -> None:
    follow(page, "Screening")
    expect(page.locator("#try")).to_contain_text("This draft cannot be played yet")
    menu(page, "Add a module", "Questions")
    question = page.get_by_role("textbox", name="Question", exact=True)
    expect(question).to_be_focused()
    page.keyboard.type("Can you work at weekends?")
    page.get_by_label("Answer").select_option("Yes or no")
    stored(page)
    menu(page, "Add a question", "One choice")
    expect(question.last).to_be_focused()
    page.keyboard.type("Which shift suits you?")
    page.get_by_role("textbox", name="Option 1").fill("Morning")
    page.get_by_role("textbox", name="Option 2").fill("Night")
    stored(page)


def play_it(page: Page) -> None:
    phone = page.locator("#try .phone")
    reply = phone.get_by_placeholder("Write as")
    reply.fill("ok")  # the phone has begun by itself
    reply.press("Enter")
    press(phone, "Yes")
    press(phone, "Night")
    expect(page.locator("#try")).to_contain_text("Completed")


def publish_and_open(page: Page) -> None:
    follow(page, "Publish …")
    press(page, "Publish")
    good_news(page, "Version 1 is in force.")
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Night barista").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Night barista")
    page.locator("summary", has_text="More").click()
    follow(page, "Job and stages")
    follow(page, "Open")
    press(page.locator("#sheet"), "Open the job")
    good_news(page, "The job is open.")


def invite_a_colleague(page: Page) -> None:
    job = page.url
    go_to(page, "Settings")
    page.get_by_role("link", name="Users").click()
    page.get_by_label("E-mail").fill("morning@example.org")
    press(page, "Send the invitation")
    good_news(page, "The invitation is in the mailbox.")
    follow(page, "Settings")
    page.get_by_role("link", name="Mailbox").click()
    page.get_by_role("row", name="morning@example.org").get_by_role("link").click()
    expect(page.get_by_role("link", name="/invitation/")).to_be_visible()
    page.goto(job)


def add_somebody(page: Page) -> None:
    follow(page, "Board")
    follow(page, "Add candidates")
    page.get_by_label("First name").fill("Ana")
    page.get_by_label("Last name").fill("Silva")
    page.get_by_label("Phone", exact=True).fill("+1 415 555 7700")
    page.get_by_label("Stage", exact=True).select_option("Screening (sends its campaign)")
    page.get_by_label("WhatsApp").check()
    page.get_by_label("Where or how they agreed").fill("on the phone")
    press(page, "Save")
    expect(page.locator("#drawer")).to_contain_text("thank you for applying")
    page.keyboard.press("Escape")


def import_a_table(page: Page) -> None:
    follow(page, "Add candidates")
    follow(page, "From a table")
    page.get_by_label("Paste a table").fill(TABLE)
    press(page, "Read the table")
    press(page, "Check the rows")
    page.get_by_label("Where or how they agreed").fill("career fair")
    page.get_by_label("Phone, line 3").fill("+14155557702")
    press(page, "Check line 3")
    expect(page.get_by_role("status").filter(has_text="2 new")).to_be_visible()
    expect(page.get_by_label("Where or how they agreed")).to_have_value("career fair")
    press(page, "Try it out")
    expect(page.locator("main")).to_contain_text("Nothing is sent.")
    press(page, "Add 2")
    expect(page.locator("main")).to_contain_text("Begins in")
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Night barista").click()


def answer_as_the_candidate(phone: Page, base: str, name: str, *words: str) -> None:
    phone.goto(f"{base}/sandbox?find={name}+Silva")
    for each in words:
        sent = phone.locator(".bubble.mine").count()
        phone.get_by_placeholder("Write as").fill(each)
        phone.keyboard.press("Enter")
        expect(phone.locator(".bubble.mine")).to_have_count(sent + 1)


def talk_in_person(page: Page) -> None:
    slip(page, "Ana Silva").get_by_role("link", name="Ana Silva", exact=True).click()
    drawer = page.locator("#drawer")
    press(drawer, "Take over")
    drawer.get_by_placeholder("Write a message").fill("Hello Ana, Maria here.")
    press(drawer, "Send")
    expect(drawer.get_by_role("log")).to_contain_text("Hello Ana, Maria here.")
    press(drawer, "Hand back to the bot")
    expect(drawer).to_contain_text("The bot answers.")
    page.keyboard.press("Escape")


def move_and_undo(page: Page) -> None:
    slip(page, "Ana Silva").get_by_role("link", name="Ana Silva", exact=True).click()
    page.locator("#drawer").get_by_role("link", name="Move").click()
    sheet = page.locator("#sheet")
    sheet.get_by_role("button", name="Interview").click()
    expect(sheet).to_contain_text("Nothing is sent")
    press(sheet, "Move")
    press(page.locator("#drawer"), "Undo")  # beside what is being read
    expect(page.locator("#toasts")).to_contain_text("Undone: nothing was moved")
    expect(page.locator("#drawer")).to_be_visible()


def be_refused(page: Page) -> None:
    """Ask for what cannot be: somebody who came from the table meanwhile, into a stage that has nothing to send."""
    page.keyboard.press("Escape")
    slip(page, "Grace Ho").get_by_role("link", name="Move Grace Ho").click()
    sheet = page.locator("#sheet")
    sheet.get_by_role("button", name="Rejected").click()
    expect(sheet).to_contain_text("This cannot be done yet")
    expect(sheet).to_be_focused()
    expect(sheet.get_by_role("link", name="Open the campaign")).to_be_visible()
