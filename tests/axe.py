"""What axe finds wrong with a page in Chromium."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
#: A new size of the window has done what it sets off, too.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def violations(page: Page) -> list[tuple[str, str]]:
    """(rule, the first element that breaks it)."""
    page.wait_for_load_state()  # of half a page it would say that the other half is missing
    page.evaluate(DRAWN)
    if not page.evaluate("'axe' in window"):  # half a megabyte: once a document
        page.evaluate(AXE.axe_script)
    answer = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [(v["id"], v["nodes"][0]["html"]) for v in answer["violations"]]
