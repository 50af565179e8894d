"""Every page that can be reached by a link, looked at by axe and by a strict eye: light and dark, both ways, small and large."""

import re
from urllib.parse import urlsplit

import pytest

from tests.browser.auditing import faults_of
from tests.browser.conftest import Site, Visit, Visitor
from tests.browser.seeding import Clerk, seed
from webhooks.desk.access import ACCESS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
LINK = re.compile(r'<a\b[^>]*?\bhref="(/[^"#]*)')
ID = re.compile(r"[0-9a-f]{32}|(?<=/versions/)\d+")
FILES = ("/failures.csv", "/export.csv", "/campaign.yaml", "/simulator/transcript", "/static/")
SEEN_OTHERWISE = {"/log-in", "/log-in/code", "/forgotten-password", "/forgotten-password/sent"}
COMBINATIONS = [("light", "ltr", 1280), ("dark", "rtl", 390)]


def shape(address: str) -> str:
    """Return what addresses of the same page share."""
    parts = urlsplit(address)
    view = re.search(r"(?:view|tab|state)=(\w+)", parts.query)
    return ID.sub("*", parts.path) + (f" {view[0]}" if view else "")


@pytest.fixture(scope="session")
def addresses(site: Site) -> list[str]:
    """One address of each page, found by going where links lead; none of them may be broken."""
    seed(site)
    clerk = Clerk(site.base)
    clerk.log_in(site.password)
    waiting, found = ["/"], {}
    while waiting:
        address = waiting.pop(0)
        if shape(address) in found or any(part in address for part in FILES):
            continue
        assert clerk.status(address) == 200, f"a link leads to {address}"
        page = clerk.get(address)
        found[shape(address)] = address
        waiting += [link.replace("&amp;", "&") for link in LINK.findall(page)]
    return sorted(found.values())


def test_links_lead_to_every_page(addresses: list[str], site: Site) -> None:
    shapes = {shape(address).partition(" ")[0] for address in addresses}
    must = {"/", "/jobs", "/jobs/*", "/jobs/new", "/jobs/*/settings", "/jobs/*/add", "/jobs/*/import", "/inbox"}
    must |= {"/inbox/*", "/applications/*", "/stages/*", "/stages/*/versions", "/templates", "/channels", "/users"}
    must |= {"/users/*", "/audit", "/mailbox", "/mailbox/*", "/settings/keys", "/settings/webhooks", "/account"}
    must |= {
        "/snippets",
        "/sandbox",
        "/bulk/*",
        "/jobs/*/move",
        "/jobs/*/import/*",
        "/settings/webhooks/*",
        "/settings",
    }
    assert must - shapes == set()
    assert len(ACCESS) > len(shapes)


@pytest.mark.parametrize(("scheme", "direction", "width"), COMBINATIONS)
def test_every_page_is_accessible(visit: Visit, addresses: list[str], scheme: str, direction: str, width: int) -> None:
    visitor = visit(width=width, height=800, scheme=scheme)
    chosen = [{"name": "direction", "value": direction, "url": visitor.site.base}]
    visitor.page.context.add_cookies(chosen)  # type: ignore[arg-type]
    visitor.log_in()
    faults = {address: found for address in addresses if (found := _faults(visitor, address))}
    assert faults == {}


def test_every_page_fits_the_smallest_phone(visit: Visit, addresses: list[str]) -> None:
    visitor = visit(width=320, height=640)
    visitor.log_in()
    wide = {}
    for address in addresses:
        visitor.open(address).wait_for_load_state("load")
        over = visitor.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            wide[address] = over
    assert wide == {}


def test_what_is_open_over_a_page_is_accessible_too(visit: Visit, addresses: list[str]) -> None:
    board = next(address for address in addresses if shape(address) == "/jobs/*")
    visitor = visit(width=1280, height=900, scheme="dark")
    visitor.log_in()
    page = visitor.open(board)
    page.locator(".slip .move").first.click()
    page.locator("#sheet[open]").wait_for()
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    page.locator(".slip .who").first.click()
    page.locator("#drawer[open]").wait_for()
    page.wait_for_timeout(300)
    assert faults_of(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+?")
    page.locator("#key-help[open]").wait_for()
    assert faults_of(page) == []


def _faults(visitor: Visitor, address: str) -> list[str]:
    visitor.open(address)
    return faults_of(visitor.page)
