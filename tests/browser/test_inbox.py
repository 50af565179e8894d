"""The inbox in a real browser: it follows by itself, two users see one another, and all of it works without script."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, Visit
from tests.browser.test_conversation import add_candidate, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SOON = 2.0
"""Seconds within which what a candidate writes is on every open page (web.md, D8)."""
BUSY = 4.0
"""As much again as a machine that runs the other tests may need."""


def open_conversation(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.base}/inbox?q={name.split(maxsplit=1)[0]}")
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url("**/inbox/*")
    page.wait_for_load_state()


def test_a_reply_appears_within_two_seconds_and_a_double_click_sends_one(visit: Visit) -> None:
    visitor = visit(width=1400)
    page = visitor.log_in()
    add_candidate(page, "Petra Lang")
    say(page, "ok", "Can you work at weekends?")
    inbox = page.context.new_page()
    open_conversation(inbox, visitor.site, "Petra Lang")
    inbox.get_by_role("button", name="Take over").click()
    expect(inbox.locator("#standing")).to_contain_text("You hold this")
    page.locator("#text").fill("what is the pay?")
    page.keyboard.press("Enter")
    begun = time.monotonic()
    expect(inbox.locator(".entry.theirs").last).to_contain_text("what is the pay?")
    assert time.monotonic() - begun < SOON + BUSY
    inbox.locator("#text").fill("Twelve euros an hour.")
    inbox.get_by_role("button", name="Send", exact=True).dblclick()
    expect(inbox.locator(".entry.person").last).to_contain_text("Twelve euros")
    expect(inbox.locator("#text")).to_have_value("")
    expect(page.locator(".bubble.theirs").last).to_contain_text("Twelve euros")
    inbox.wait_for_timeout(500)
    expect(inbox.locator(".entry.person")).to_have_count(1)


def test_what_one_is_writing_outlives_what_comes_in_meanwhile(visit: Visit) -> None:
    visitor = visit(width=1400)
    page = visitor.log_in()
    add_candidate(page, "Quentin Roy")
    say(page, "ok", "Can you work at weekends?")
    inbox = page.context.new_page()
    open_conversation(inbox, visitor.site, "Quentin Roy")
    inbox.get_by_role("button", name="Take over").click()
    inbox.locator("#text").fill("Half a sent")
    page.locator("#text").fill("hello?")
    page.keyboard.press("Enter")
    expect(inbox.locator(".entry.theirs").last).to_contain_text("hello?")
    expect(inbox.locator("#text")).to_have_value("Half a sent")
    expect(inbox.locator("#text")).to_be_focused()


def test_snippets_are_inserted_by_a_stroke_and_segments_are_counted(visit: Visit) -> None:
    visitor = visit(width=1400)
    page = visitor.log_in()
    page.goto(f"{visitor.site.base}/snippets")
    page.get_by_label("Name", exact=True).fill("where")
    page.get_by_label("Text", exact=True).fill("We are at Rua Garrett 10, {{ candidate.first_name }}.")
    page.get_by_role("button", name="Keep snippet").click()
    add_candidate(page, "Rosa Diaz", "SMS")
    say(page, "ok", "Can you work at weekends?")
    open_conversation(page, visitor.site, "Rosa Diaz")
    page.get_by_role("button", name="Take over").click()
    text = page.locator("#text")
    text.press_sequentially("Hi. /wh")
    expect(page.locator(".snippet-list")).to_contain_text("We are at Rua Garrett 10, Rosa.")
    page.keyboard.press("Enter")
    expect(text).to_have_value("Hi. We are at Rua Garrett 10, Rosa.")
    expect(page.locator("[data-segments]")).to_have_text("1 SMS")
    text.fill("a" * 161)
    expect(page.locator("[data-segments]")).to_have_text("2 SMS")
    text.fill("ж" * 71)
    expect(page.locator("[data-segments]")).to_have_text("2 SMS")


def test_without_script_one_takes_over_writes_and_notes(visit: Visit) -> None:
    visitor = visit(width=1400)
    page = visitor.log_in()
    add_candidate(page, "Sven Berg")
    say(page, "ok", "Can you work at weekends?")
    plain = visit(script=False, width=400)
    page = plain.log_in()
    open_conversation(page, plain.site, "Sven Berg")
    page.get_by_role("button", name="Take over").click()
    page.get_by_label("Message", exact=True).fill("Hello Sven")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".entry.person").last).to_contain_text("Hello Sven")
    page.locator("summary", has_text="Private note").click()
    page.get_by_label("Private note", exact=True).fill("Plain and simple")
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator(".entry.note").last).to_contain_text("Plain and simple")
    page.get_by_role("button", name="Hand back to the bot").click()
    expect(page.locator("#standing")).to_contain_text("The bot answers")
