"""The charts of a group on the whole stack, where history is written by what polls."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.clients import until


def test_on_the_whole_stack_the_newest_hour_fills_by_itself(tab, scene):
    scene.open(tab, "/c/local/groups/popular-products/timeline/")
    expect(tab.locator("#plots canvas")).to_have_count(2)
    last = tab.locator(".figures tbody tr").nth(1).locator("td").last
    expect(last).to_have_text(re.compile(r"^[\d.,]+/s$"))
    points = "JSON.parse(document.getElementById('history-data').textContent).t.length"
    before = tab.evaluate(points)
    until(lambda: tab.evaluate(points) > before)
