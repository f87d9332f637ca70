"""What a newcomer sees of the two pipelines: the whole of `make run` with its stream programs, on its own broker."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_page import looked_at
from tests.stack import running, sign_in

INSTALLED = (Path(__file__).resolve().parents[2] / "streams" / ".venv" / "bin" / "python").exists()
LONG = """() => {
  const row = document.querySelector("table.lines tbody tr");
  row.querySelector("td.wrap bdi").textContent = "a long line ".repeat(60);
  return row.lastElementChild.getBoundingClientRect().right <= innerWidth;
}"""
WITHIN = 90_000  # ms until the first line and the first event have gone all the way, on a busy machine


@pytest.mark.skipif(not INSTALLED and os.environ.get("CI") not in ("true", "1"), reason="make test installs it")
def test_a_line_is_found_by_search_and_the_dashboard_fills_by_itself(browser):
    with running(demo=True, pipelines=True) as stack:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        sign_in(page, stack)
        _until_there(page, f"{stack.url}/c/local/logs/?q=service:checkout&live=1", "table.lines tbody tr")
        row = page.locator("table.lines tbody tr").first
        expect(row).to_contain_text("checkout")
        looked_at(page)
        assert page.evaluate(LONG), "it pushes its link out of sight"
        row.get_by_title("The Kafka record").click()
        expect(page.get_by_role("complementary", name="Record")).to_contain_text("checkout", timeout=20_000)
        _until_there(page, f"{stack.url}/c/local/shop/", "section[aria-label='Popular products'] tbody tr")
        first = page.locator(".kpi b").first
        seen = first.inner_text()
        expect(first).not_to_have_text(seen, timeout=20_000)
        expect(page.get_by_role("region", name="Behind these numbers")).to_contain_text(re.compile(r"lag [\d,]+"))
        looked_at(page)
        context.close()


def _until_there(page: Page, url: str, selector: str) -> None:
    """Asks for the page again and again, as a person would who waits for the first record."""
    waited = 0
    while True:
        page.goto(url)
        if page.locator(selector).count():
            return
        assert waited < WITHIN, page.get_by_role("main").inner_text()
        page.wait_for_timeout(1_000)
        waited += 1_000
