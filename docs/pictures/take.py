"""Takes the pictures of the README from a running program: `python docs/pictures/take.py ADDRESS EMAIL`.

The password is asked for on standard input. Needs Chromium and the development dependencies. Ann of the demonstration
must be new, as the script holds the first half of it with her; it adds others to fill the board.
"""

# ruff: noqa: INP001  a script among documents, not a package

import getpass
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

FOLDER = Path(__file__).parent
PHONE, DESK, EDITOR = {"width": 940, "height": 760}, {"width": 1280, "height": 800}, {"width": 1560, "height": 900}
PEOPLE = ("Bruno Alves", "Carla Dias", "Dinis Rocha", "Eva Pinto", "Filipa Reis")


def main(address: str, email: str) -> None:
    """Log in, let a morning pass, and keep what the screen shows."""
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().strip()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_context(viewport=PHONE, color_scheme="light").new_page()
        page.goto(f"{address}/sandbox")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        _talk(page)
        _keep(page, "sandbox")
        for name in PEOPLE:
            _apply(page, name)
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        _board(page, address)
        _keep(page, "board")
        _editor(page)
        _keep(page, "editor")
        browser.close()


def _talk(page: Page) -> None:
    """Answer until there is something of everything on the phone."""
    _say(page, "sure", "Can you work at weekends?")
    _say(page, "yep", "Which shift suits you best?")
    _say(page, "back", "Of course, let us take that one again.")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("Which shift suits you best?")
    expect(page.locator(".standings .pill")).to_have_text("In Progress")


def _apply(page: Page, name: str) -> None:
    """Let somebody apply; some of them answer."""
    page.get_by_text("Choose the job, name and channel").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Add a candidate").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("Shall we start?")
    if name == PEOPLE[0]:
        _say(page, "ok", "Can you work at weekends?")
        _say(page, "no", "Maria will be in touch by Friday.")
    if name == PEOPLE[1]:
        _say(page, "person please", "colleague")


def _board(page: Page, address: str) -> None:
    """Move somebody, who can still be taken back."""
    page.goto(f"{address}/jobs")
    page.get_by_role("link", name="Barista", exact=True).click()
    page.locator(".slip").filter(has_text=PEOPLE[2]).get_by_role("link", name="Move").click()
    page.get_by_role("dialog").get_by_role("button", name="Rejected").click()
    page.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".slip.moving")).to_be_visible()


def _editor(page: Page) -> None:
    """Look at a question beside the conversation in which it was answered."""
    page.get_by_role("link", name="Edit the campaign of Screening").click()
    page.set_viewport_size(EDITOR)  # type: ignore[arg-type]
    page.goto(f"{page.url.partition('?')[0]}?part=module-1")
    expect(page.locator(".bubble").first).to_be_visible()


def _say(page: Page, text: str, answer: str) -> None:
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.theirs").last).to_contain_text(answer)


def _keep(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
