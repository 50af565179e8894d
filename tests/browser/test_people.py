"""Log-in, account, users, mailbox and audit log in a real browser."""

import re
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.auditing import faults_of
from tests.browser.conftest import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NEW = "four unrelated words"
FRONT = ("/log-in", "/forgotten-password", "/forgotten-password/sent", "/invitation/x", "/new-password/x")
ASKS = """
    const asks = document.createElement("button");
    asks.id = "asks"; asks.textContent = "Ask";
    asks.setAttribute("hx-get", "/audit"); asks.setAttribute("hx-trigger", "click, poll from:body"); asks.setAttribute("hx-swap", "none");
    document.querySelector("main").append(asks); htmx.process(asks);
    htmx.trigger(document.body, "poll");
"""
INSIDE = ("/account", "/users", "/mailbox", "/audit", "/audit?action=mail.&object=none")


def invite(page: Page, email: str, role: str = "Recruiter") -> None:
    page.get_by_role("link", name="Invite somebody").click()
    form = page.locator("#invite")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label(role).check()
    form.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("The invitation is in the mailbox.").wait_for()


def link_to(visitor: Visitor, email: str) -> str:
    """Return the address in the newest mail to somebody."""
    page = visitor.open("/mailbox")
    page.get_by_role("row", name=re.compile(email)).first.get_by_role("link").click()
    return page.get_by_role("region", name="Links in it").get_by_role("link").first.get_attribute("href") or ""


def fill_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def answers_404(visitor: Visitor) -> None:
    """Pass over what Chromium writes of an answer that is meant to be 404."""
    visitor.faults[:] = [fault for fault in visitor.faults if "404" not in fault]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_of_people_is_for_everybody(visit: Visit, scheme: str, width: int) -> None:
    visitor = visit(width=width, scheme=scheme)
    found: dict[str, Any] = {path: faults_of(visitor.open(path)) for path in FRONT}
    answers_404(visitor)
    page = visitor.log_in()
    invite(visitor.open("/users"), f"shown-{scheme}-{width}@example.org")
    found |= {path: faults_of(visitor.open(path)) for path in INSIDE}
    visitor.open("/users").get_by_role("link", name=re.compile(f"shown-{scheme}-{width}")).click()
    found["user"] = faults_of(page)
    visitor.open("/mailbox").get_by_role("link", name="Your invitation to Callboard").first.click()
    page.frame_locator("iframe").get_by_role("link", name="Choose a password").wait_for()
    found["mail"] = faults_of(page)
    for part in ("Text", "Headers", "Source"):
        page.get_by_role("link", name=part, exact=True).click()
        found[part] = faults_of(page)
    page.goto(page.get_by_role("region", name="Links in it").get_by_role("link").first.get_attribute("href") or "")
    found["invitation"] = faults_of(page)
    assert found == {place: [] for place in found}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_somebody_is_invited_and_adds_a_second_factor(visit: Visit, script: bool) -> None:  # noqa: FBT001
    admin, email = visit(script=script), f"ana-{'with' if script else 'without'}@example.org"
    admin.log_in()
    invite(admin.open("/users"), email)
    ana = visit(script=script)
    page = ana.page
    page.goto(link_to(admin, email))
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Use this password").click()
    page.get_by_text("Your password is set.").wait_for()
    fill_in(page, email, NEW)
    page.get_by_role("heading", name="Today").wait_for()
    ana.open("/account")
    page.locator("#factor_password").fill(NEW)
    page.get_by_role("button", name="Add a second factor").click()
    seed = (page.locator(".key").text_content() or "").replace(" ", "")
    assert page.get_by_role("img", name="QR code").is_visible()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(seed).now())
    page.get_by_role("button", name="Turn it on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    code = codes.first.text_content() or ""
    page.context.clear_cookies()
    ana.open("/log-in")
    fill_in(page, email, NEW)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("That recovery code is used up; you have 9 left.").wait_for()


def test_a_mail_in_its_frame_can_do_nothing(visit: Visit) -> None:
    visitor = visit()
    visitor.log_in()
    invite(visitor.open("/users"), "framed@example.org")
    page = visitor.open("/mailbox")
    page.get_by_role("link", name="Your invitation to Callboard").first.click()
    frame = page.locator("iframe")
    assert frame.get_attribute("sandbox") == ""
    address = frame.get_attribute("src") or ""
    answer = page.goto(visitor.site.base + address)
    assert answer
    assert page.evaluate("origin") == "null"  # also where it is opened by itself


def test_what_a_page_asks_by_itself_is_marked_and_what_a_person_asks_is_not(visit: Visit) -> None:
    visitor = visit()
    visitor.log_in()
    page = visitor.open("/users")
    devtools = page.context.new_cdp_session(page)  # what Playwright evaluates counts as done by a person
    with page.expect_request("**/audit") as by_itself:
        devtools.send("Runtime.evaluate", {"expression": ASKS, "userGesture": False})
    assert by_itself.value.headers.get("callboard-unattended") == "1"
    with page.expect_request("**/audit") as by_person:
        page.locator("#asks").click()
    assert "callboard-unattended" not in by_person.value.headers
