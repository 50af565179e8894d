"""What is wrong with a page, in words: axe's findings for WCAG 2.2 AA, and what axe cannot see."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
OWN = Path(__file__).with_name("audit.js").read_text(encoding="utf-8")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
RUN = """async rules => (await axe.run(document, rules)).violations.flatMap(each =>
  each.nodes.map(node => `${each.id}: ${node.target} ${node.failureSummary ?? ""}`.replaceAll("\\n", " ").slice(0, 300)))"""


@cache
def _axe() -> str:
    if not AXE.is_file():
        pytest.skip("NOT TESTED FOR ACCESSIBILITY: axe-core is not installed (npm)")
    return AXE.read_text(encoding="utf-8")


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the page that is open, as it is now."""
    page.wait_for_load_state("load")  # a heading can be found before the style sheet has come
    page.evaluate(_axe())
    found: Any = page.evaluate(RUN, RULES)
    wide = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return [*found, *page.evaluate(OWN), *([f"{wide} px wider than the window"] if wide > 0 else [])]
