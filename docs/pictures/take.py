"""Takes the picture of the sandbox phone from the running program: `python docs/pictures/take.py ADDRESS EMAIL`.

The password is asked for on standard input. Needs Chromium and the development dependencies; the candidate who is on
the phone must be new, as the script holds the first half of the demonstration with her.
"""

# ruff: noqa: INP001  a script among documents, not a package

import getpass
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

PICTURE = Path(__file__).with_name("sandbox.png")
SIZE = {"width": 940, "height": 760}


def main(address: str, email: str) -> None:
    """Log in, add a candidate, talk, and keep what the screen shows."""
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().strip()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(viewport=SIZE, color_scheme="light").new_page()
        page.goto(f"{address}/sandbox")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        _talk(page)
        page.mouse.move(0, 0)
        page.screenshot(path=PICTURE)
        browser.close()


def _talk(page: Page) -> None:
    """Answer until there is something of everything on the phone."""
    _say(page, "sure", "Can you work at weekends?")
    _say(page, "yep", "Which shift suits you best?")
    _say(page, "back", "Of course, let us take that one again.")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("Which shift suits you best?")
    expect(page.locator(".standings .pill")).to_have_text("In Progress")


def _say(page: Page, text: str, answer: str) -> None:
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.theirs").last).to_contain_text(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
